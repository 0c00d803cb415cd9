import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';
import { inOrder, type Heard } from '../../../media/panel/heard.ts';
import { firstRequest, namedRanges, panelDimensions, panelTabs, type ToPanel } from '../../../src/core/panel.ts';
import type { PackedView, PanelRequest, PanelView } from '../../../src/core/panel.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { packedView } from '../../../src/meter/packedView.ts';
import { panelView } from '../../../src/meter/panelQueries.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';
import { panelContext } from '../panelContext.ts';

const prices = new PriceBook({});
const nowMs = Date.parse('2026-11-22T14:00:00+01:00');
const context = panelContext({
  nowMs,
  calendar: calendarOf('Europe/Berlin'),
  prices,
  contribution: {
    switches: [],
    internalModels: [{ model: 'acme-coder-1', displayName: 'Acme Coder', contextTokens: 128_000 }],
  },
});

function message({ bytes }: Pick<PackedView, 'bytes'>, answers = 0): ToPanel {
  return { type: 'view', packed: bytes, answers, locale: 'en', isSample: false, recordings: [] };
}

/** What the page hears of messages that arrive at once. */
function heardOf(messages: readonly ToPanel[], count = messages.length): Promise<readonly Heard[]> {
  return new Promise(resolve => {
    const heard: Heard[] = [];
    const take = inOrder(one => {
      if (heard.push(one) === count) resolve(heard);
    });
    messages.forEach(take);
  });
}

/** As a message between threads leaves it, and then as the page has it. */
async function inPage(view: PanelView): Promise<PanelView> {
  const [heard] = await heardOf([message(structuredClone(packedView(view)))]);
  assert.ok(heard?.type === 'view');
  return heard.view;
}

/** The page takes a field that is not there for one that is undefined. Nothing else may get lost. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutUndefined(field)]));
}

suite('a view on its way to the page', () => {
  let ledger: Ledger;
  setup(() => {
    ledger = new Ledger(':memory:');
  });
  teardown(() => ledger.close());

  const ask = (request: Partial<PanelRequest>): PanelView =>
    panelView(ledger, { ...firstRequest, ...request }, context);

  /** A year, with all that views tell apart. */
  function appendYear(): void {
    const models = ['claude-opus-5', 'claude-sonnet-5', 'gpt-5.5', 'orion-preview-3', undefined];
    const calls = Array.from({ length: 1500 }, (_, index) =>
      inventedCall({
        key: `k${index}`,
        atMs: nowMs - index * 20_000_017,
        model: models[index % 5],
        project: index % 7 === 0 ? undefined : `/home/dev/project-${index % 13}`,
        sessionId: `s${index % 90}`,
        billing: index % 3 === 0 ? 'billed' : index % 3 === 1 ? 'covered' : 'unknown',
        isSubagent: index % 4 === 0,
        offset: index * 100,
        work: index % 8,
      }),
    );
    appendCalls(ledger, calls, { prices, problems: [{ offset: 12, kind: 'malformed' }] });
    appendCalls(ledger, calls.slice(0, 100), { prices, assistant: 'codex' });
  }

  test('is the same again: every tab, in every range, with nothing and with a year', async () => {
    const same = async (request: Partial<PanelRequest>): Promise<void> => {
      const view = ask(request);
      assert.deepEqual(await inPage(view), withoutUndefined(view));
    };
    for (const tab of panelTabs) await same({ tab });
    appendYear();
    for (const tab of panelTabs) {
      for (const kind of namedRanges) await same({ tab, range: { kind } });
    }
    for (const stackBy of panelDimensions) await same({ stackBy, filter: { model: 'gpt-5.5' }, allRows: ['project'] });
    await same({ filter: { model: 'nobody' } });
    await same({ why: { dimension: 'model', key: 'gpt-5.5', measure: 'spend' } });
    await same({ session: { assistant: 'claude-code', session: 's3', order: 'dearest', page: 0 } });
    await same({ sessions: { order: 'newest', page: 1 } });
    await same({ tab: 'compare', compare: { by: 'model', looksCloser: true } });
  });

  test('tells the host its days, and what the page may have opened', () => {
    appendYear();
    const log = '/logs/claude-code.jsonl';
    const session = { assistant: 'claude-code', session: 's3', order: 'newest', page: 0 } as const;
    const told = (request: Partial<PanelRequest>): unknown[] => {
      const { fromDay, toDay, today, logs, switches } = packedView(ask(request));
      return [fromDay, toDay, today, logs, switches];
    };
    const today = '2026-11-22';
    assert.deepEqual(told({ range: { kind: '7days' } }), ['2026-11-16', today, today, [], []]);
    assert.deepEqual(told({ tab: 'sources' }), [today, today, today, [log], []]);
    assert.deepEqual(told({ session }), [today, today, today, [log], []]);
  });

  test('is a few kilobytes, and takes no more along', () => {
    appendYear();
    const { bytes } = packedView(ask({ range: { kind: 'all' } }));
    assert.equal(bytes.buffer.byteLength, bytes.byteLength);
    assert.ok(bytes.byteLength < 9 * 1024, `${bytes.byteLength} bytes`);
    for (const tab of panelTabs.slice(1)) {
      const other = packedView(ask({ tab, range: { kind: 'all' } })).bytes;
      assert.ok(other.byteLength < 4 * 1024, `${tab}: ${other.byteLength} bytes`);
    }
  });

  test('arrives before whatever was sent after it', async () => {
    const failed = (reason: string): ToPanel => ({ type: 'failed', reason });
    const small = packedView(ask({ tab: 'alerts' }));
    appendYear();
    const large = packedView(ask({ range: { kind: 'all' } }));
    const order = [
      message(large, 1),
      failed('a'),
      message(small, 2),
      message(large, 3),
      message(small, 4),
      failed('b'),
    ] as const;
    const heard = await heardOf(order);
    assert.deepEqual(
      heard.map(one => (one.type === 'view' ? one.answers : one.reason)),
      [1, 'a', 2, 3, 4, 'b'],
    );
  });

  test('that is broken keeps back nothing that comes after it', async () => {
    const { error } = console;
    const errors: unknown[] = [];
    console.error = one => errors.push(one);
    try {
      const bytes = new Uint8Array(9).fill(255);
      const heard = await heardOf([message({ bytes }), { type: 'failed', reason: 'a' }], 1);
      assert.deepEqual(heard, [{ type: 'failed', reason: 'a' }]);
      assert.equal(errors.length, 1);
    } finally {
      console.error = error;
    }
  });
});
