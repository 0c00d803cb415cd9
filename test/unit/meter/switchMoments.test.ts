import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';

import { work, type Call } from '../../../src/core/call.ts';
import type { Refusal } from '../../../src/core/refusal.ts';
import { healthCalls } from '../../../src/core/switchHealth.ts';
import { switchRecordKey, endedAt, type SwitchRecord } from '../../../src/core/switchRecord.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { healthFrom, momentsFrom, switchRecordsIn } from '../../../src/meter/switchMoments.ts';
import { appendCalls, noPrices } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';

const nowMs = Date.UTC(2026, 7, 14, 10);
const minute = 60_000;

function call(key: string, agoMs: number, change: Partial<Call> = {}): Call {
  return inventedCall({ key, atMs: nowMs - agoMs, model: 'claude-opus-5-5', outcome: 0, ...change });
}

const record: SwitchRecord = {
  id: 'claude-code-1',
  assistant: 'claude-code',
  project: '/home/dev/shop',
  internalModel: { model: 'acme-coder-1', displayName: 'Acme Coder', input: 1, output: 1 },
  appliedAtMs: nowMs - 10 * minute,
};

suite('what the ledger tells of switches', () => {
  let ledger: Ledger;

  setup(() => (ledger = new Ledger(':memory:')));
  teardown(() => {
    ledger.close();
  });

  function append(assistant: string, ...calls: readonly Call[]): void {
    appendCalls(ledger, calls, { prices: noPrices, assistant });
  }

  function refuse(assistant: string, ...refusals: readonly Refusal[]): void {
    appendCalls(ledger, [], { prices: { costOf: () => assert.fail('no call to price') }, assistant, refusals });
  }

  function refusal(agoMs: number, change: Partial<Refusal> = {}): Refusal {
    const told = { sessionId: 's1', project: '/home/dev/shop/api', model: undefined } as const;
    return { ...told, atMs: nowMs - agoMs, kind: 'auth', endsTurn: true, ...change };
  }

  const about = {
    assistant: 'claude-code',
    project: '/home/dev/shop',
    sinceMs: record.appliedAtMs,
    model: 'ACME-coder-1',
  };

  test('counts the calls of its project only, by price or by the id of the model', () => {
    append(
      'claude-code',
      call('before', 20 * minute),
      call('a', 5 * minute, { model: 'acme-coder-1', provider: undefined }),
      call('elsewhere', 4 * minute, { project: '/home/dev/tool' }),
      call('below', 3 * minute, { model: 'acme-coder-1', provider: 'internal', project: '/home/dev/shop/api' }),
    );
    assert.deepEqual(healthFrom(ledger, about), {
      internalCalls: 2,
      firstInternalAtMs: nowMs - 5 * minute,
      trouble: undefined,
    });
  });

  test('counts them however many others were made elsewhere since', () => {
    const elsewhere = Array.from({ length: healthCalls }, (_, index) =>
      call(`elsewhere ${String(index)}`, minute, { project: '/home/dev/tool' }),
    );
    append('claude-code', call('a', 5 * minute, { model: 'acme-coder-1', provider: undefined }), ...elsewhere);
    assert.equal(healthFrom(ledger, about).internalCalls, 1);
    assert.equal(healthFrom(ledger, { ...about, project: '/home/dev/none' }).internalCalls, 0);
  });

  test('finds calls that are metered under another id', () => {
    append('internal-chat', call('chat', minute, { model: 'acme-coder-1', provider: 'internal' }));
    assert.equal(healthFrom(ledger, about).internalCalls, 0);
    assert.equal(healthFrom(ledger, { ...about, internalCallsOf: 'internal-chat' }).internalCalls, 1);
  });

  test('finds the first request refused after a switch, in its project', () => {
    refuse('claude-code', refusal(11 * minute), refusal(minute, { project: '/home/dev/tool' }));
    refuse('codex', refusal(minute));
    assert.equal(healthFrom(ledger, about).trouble, undefined);
    refuse('claude-code', refusal(2 * minute, { sessionId: 's2' }));
    assert.deepEqual(healthFrom(ledger, about).trouble, { kind: 'failing', because: 'auth', atMs: nowMs - 2 * minute });
  });

  test('finds the moment of a refusal, of a session without a call', () => {
    refuse('claude-code', refusal(1000, { kind: 'budget' }));
    const request = { nowMs, assistants: ['claude-code'], project: '/home/dev/shop', scopesInDanger: [] };
    assert.deepEqual(
      momentsFrom(ledger, request).moments.map(({ cause, refusedFor, sessionId }) => ({
        cause,
        refusedFor,
        sessionId,
      })),
      [{ cause: 'refusal', refusedFor: 'budget', sessionId: 's1' }],
    );
  });

  test('finds the moment among the calls of the last hours', () => {
    append('claude-code', call('a', 8 * minute, { work: work.explore }), call('b', 2 * minute));
    const request = { nowMs, assistants: ['claude-code'], project: '/home/dev/shop', scopesInDanger: [] };
    assert.deepEqual(
      momentsFrom(ledger, request).moments.map(({ cause, sessionId }) => ({ cause, sessionId })),
      [{ cause: 'newSession', sessionId: 's1' }],
    );
  });

  test('remembers every switch, the oldest first, and which of them are over', () => {
    const older = endedAt({ ...record, appliedAtMs: nowMs - 86_400_000, isTrial: true }, nowMs - 3_600_000);
    for (const one of [record, older]) ledger.decide(switchRecordKey(one), JSON.stringify(one), nowMs);
    ledger.decide('switch-suggestion:never:/home/dev/shop', 'yes', nowMs);
    assert.deepEqual(switchRecordsIn(ledger), [older, record]);
    assert.equal('isTrial' in older, false);
  });
});
