import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';

import { Toasts } from '../../../src/ui/toasts.ts';

/** When messages are shown that are asked for at these moments, which are in order. */
async function shownAt(asksMs: readonly number[]): Promise<number[]> {
  const at = { askMs: 0, shownMs: 0 };
  const wait = (ms: number): Promise<void> => {
    at.shownMs += ms;
    return Promise.resolve();
  };
  const toasts = new Toasts({ now: () => at.askMs, wait });
  const shown: number[] = [];
  for (const askMs of asksMs) {
    at.askMs = askMs;
    at.shownMs = askMs;
    shown.push(await toasts.show(() => Promise.resolve(at.shownMs)));
  }
  return shown;
}

/** Those of the messages that VS Code shows as toasts: three from the first of some on, until 0.8 s are over. */
function toastsOf(shownMs: readonly number[]): number[] {
  let [sinceMs, count] = [-Infinity, 0];
  return shownMs.filter(ms => {
    if (ms - sinceMs > 800) [sinceMs, count] = [ms, 0];
    return ++count <= 3;
  });
}

suite('messages one after another', () => {
  const cases: [what: string, asksMs: number[], shownMs: number[]][] = [
    ['one comes at once', [7], [7]],
    ['one comes at once after a rest', [0, 500, 1300], [0, 500, 1300]],
    ['several at once are spaced', [0, 0, 0, 0], [0, 500, 1000, 1500]],
    ['one that comes meanwhile waits for its turn', [0, 0, 400, 1400], [0, 500, 1000, 1500]],
  ];
  for (const [what, asksMs, shownMs] of cases) {
    test(what, async () => assert.deepEqual(await shownAt(asksMs), shownMs));
  }

  test('all of them are seen, even with one of another extension among them', async () => {
    assert.deepEqual(toastsOf([0, 100, 600, 700, 801]), [0, 100, 600, 801]);
    const asks = fc.array(fc.nat(3000), { maxLength: 12 }).map(all => all.toSorted((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(asks, fc.nat(6000), async (asksMs, otherMs) => {
        const shown = [...(await shownAt(asksMs)), otherMs].sort((a, b) => a - b);
        assert.deepEqual(toastsOf(shown), shown);
      }),
    );
  });

  test('the answer is handed on, and so is a failure, after which the next one comes', async () => {
    const toasts = new Toasts({ now: () => 0, wait: () => Promise.resolve() });
    assert.equal(await toasts.show(() => Promise.resolve('Undo')), 'Undo');
    await assert.rejects(
      toasts.show(() => Promise.reject(new Error('gone'))),
      /gone/,
    );
    assert.equal(await toasts.show(() => Promise.resolve('Keep')), 'Keep');
  });
});
