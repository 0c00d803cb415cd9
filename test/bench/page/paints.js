// Put into every page before its own code runs: times how long views of the panel take to be painted, and how far apart
// frames are. Times are in milliseconds of `performance.now()`, but for `paintedAtMs`, which any other program can read.
(() => {
  /** A view counts as drawn once nothing in the page has changed for so long: some pictures follow the first paint. */
  const quietMs = 250;
  const patienceMs = 30_000;

  /** Of each view that has arrived and been painted, in their order. */
  const paints = [];
  const waiting = new Set();
  let clickedMs;
  let lastAnswers = -1;

  /** Calls when the frame that comes next has been painted: a task that is queued in a frame runs after its painting. */
  function afterPaint(tell) {
    globalThis.requestAnimationFrame(() => {
      const { port1, port2 } = new globalThis.MessageChannel();
      port1.onmessage = () => {
        port1.close();
        tell(globalThis.performance.now());
      };
      port2.postMessage(undefined);
    });
  }

  function onMessage({ data, timeStamp }) {
    if (data?.type !== 'view') return;
    lastAnswers = data.answers;
    const paint = { answers: data.answers, arrivedMs: timeStamp, clickedMs, paintedMs: undefined, drawnMs: undefined };
    let hasChanged = false;
    const changes = new globalThis.MutationObserver(() => {
      hasChanged = true;
    });
    changes.observe(globalThis.document, { subtree: true, childList: true, attributes: true, characterData: true });
    // A view is unpacked before it is drawn: frames in which nothing has changed yet do not show it.
    const look = nowMs => {
      if (hasChanged) {
        paint.paintedMs ??= nowMs;
        paint.drawnMs = nowMs;
      }
      hasChanged = false;
      if (nowMs - (paint.drawnMs ?? timeStamp) < quietMs) {
        afterPaint(look);
        return;
      }
      changes.disconnect();
      // Nothing that is to be seen was new.
      paint.paintedMs ??= timeStamp;
      paint.drawnMs ??= timeStamp;
      paint.bytes = data.packed.byteLength;
      paint.paintedAtMs = globalThis.performance.timeOrigin + paint.paintedMs;
      paints.push(paint);
      for (const wake of waiting) wake();
    };
    afterPaint(look);
  }

  // What VS Code writes into a page takes away what listened before, but not this: so it is the first to hear the host.
  const { addEventListener } = globalThis;
  let isListening = false;
  globalThis.addEventListener = function (type, ...rest) {
    if (type === 'message' && !isListening) {
      isListening = true;
      addEventListener.call(globalThis, 'message', onMessage);
      addEventListener.call(globalThis, 'click', event => (clickedMs ??= event.timeStamp), true);
    }
    return addEventListener.call(this, type, ...rest);
  };

  let stopFrames;

  globalThis.paints = {
    /** Forgets what was; returns the number of the last answer. */
    beforeClick() {
      clickedMs = undefined;
      paints.length = 0;
      return lastAnswers;
    },
    /** The first view that answers another question. */
    async after(answers) {
      const deadlineMs = globalThis.performance.now() + patienceMs;
      for (;;) {
        const found = paints.find(paint => paint.answers !== answers);
        if (found) return found;
        if (globalThis.performance.now() >= deadlineMs) throw new Error('No view has come.');
        await new Promise(resolve => {
          const wake = () => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
          globalThis.setTimeout(wake, patienceMs);
        });
      }
    },
    /** From a message that changes nothing to the next frame. */
    empty() {
      return new Promise(resolve => {
        const { port1, port2 } = new globalThis.MessageChannel();
        port1.onmessage = ({ timeStamp }) => {
          port1.close();
          afterPaint(nowMs => resolve(nowMs - timeStamp));
        };
        port2.postMessage(undefined);
      });
    },
    startFrames() {
      const gaps = [];
      const longTasks = [];
      const tasks = new globalThis.PerformanceObserver(list => {
        longTasks.push(...list.getEntries().map(({ duration }) => duration));
      });
      tasks.observe({ type: 'longtask' });
      let isOver = false;
      let lastMs;
      const frame = nowMs => {
        if (lastMs !== undefined) gaps.push(nowMs - lastMs);
        lastMs = nowMs;
        if (!isOver) globalThis.requestAnimationFrame(frame);
      };
      globalThis.requestAnimationFrame(frame);
      stopFrames = () => {
        isOver = true;
        longTasks.push(...tasks.takeRecords().map(({ duration }) => duration));
        tasks.disconnect();
        return { gaps, longTasks };
      };
    },
    stopFrames: () => stopFrames(),
  };
})();
