let isMeasured = false;

/**
 * Notes how long the first view took from its arrival until it was painted, as a performance measure and on the body,
 * where a test finds it.
 */
export function measureFirstPaint(arrivedAt: number): void {
  if (isMeasured) return;
  isMeasured = true;
  performance.mark('viewArrived', { startTime: arrivedAt });
  requestAnimationFrame(() => {
    // A task that is queued while a frame is made runs after that frame was painted.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const { duration } = performance.measure('firstPaint', 'viewArrived');
      document.body.dataset['firstPaintMs'] = duration.toFixed(1);
      port1.close();
    };
    port2.postMessage(undefined);
  });
}
