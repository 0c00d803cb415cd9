import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { mergeCalls, noUsage, type Call, type SessionReport } from '../../../src/core/call.ts';
import { allTime } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { Batch } from '../../../src/core/source.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { unpackBatch } from '../../../src/meter/packedBatch.ts';
import { claudeCodeReader } from '../../../src/readers/claudeCode.ts';
import { clineReader } from '../../../src/readers/cline.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { findLogs } from '../../../src/readers/reader.ts';
import { inventedCall } from '../inventedCall.ts';
import { throughThread } from '../throughThread.ts';

const prices = new PriceBook();
const startMs = Date.parse('2026-11-22T10:00:00Z');
const at = (seconds: number): number => startMs + seconds * 1000;

function aCall(key: string, seconds: number, outputTokens: number, more: Partial<Call> = {}): Call {
  return inventedCall({
    key,
    atMs: at(seconds),
    sessionId: `session of ${key}`,
    model: 'claude-sonnet-5',
    usage: { ...noUsage, inputTokens: 1000, outputTokens },
    entrypoint: 'sdk-ts',
    ...more,
  });
}

/** A call that Cline had Claude Code make between these seconds. */
function aStandIn(key: string, [from, to]: readonly [number, number], output: number, more: Partial<Call> = {}): Call {
  const madeBy = { assistant: 'claude-code', fromMs: at(from), toMs: at(to) };
  return aCall(key, to, output, { entrypoint: 'cli', billing: 'covered', madeBy, ...more });
}

interface Reading {
  readonly assistant: string;
  readonly calls: readonly Call[];
  readonly reports?: readonly SessionReport[];
}

/** What is in the ledger after each of these was read, from a log of its own. */
function keysAfter(...readings: readonly Reading[]): string[] {
  const ledger = new Ledger(':memory:');
  for (const [index, { assistant, calls, reports = [] }] of readings.entries()) {
    const batch: Batch = { calls, reports, problems: [], checkpoint: index };
    const source = { id: `/logs/${assistant}${String(index)}`, assistant };
    ledger.append(source, batch, (call, options) => prices.costOf(call, options));
  }
  return ledger
    .calls({ range: allTime })
    .map(({ assistant, key }) => `${assistant} ${key}`)
    .sort();
}

const cline = (...calls: Call[]): Reading => ({ assistant: 'cline', calls });
const claudeCode = (...calls: Call[]): Reading => ({ assistant: 'claude-code', calls });

/** Every order of three readings, each with all of them once more behind it. */
function ordersOf([a, b, c]: readonly [Reading, Reading, Reading]): Reading[][] {
  const once = [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ];
  return once.flatMap(order => [order, [...order, ...order]]);
}

suite('a call that two assistants tell of', () => {
  const turn = aStandIn('turn', [0, 10], 585);
  const [first, second] = [0, 1].map(index =>
    aCall(`call ${String(index)}`, 5 + index, index === 0 ? 274 : 311, { sessionId: 's' }),
  ) as [Call, Call];
  const late = { ...second, atMs: at(13) };
  const byUser = [first, second].map(call => ({ ...call, entrypoint: 'cli' }));
  const elsewhere = { ...second, sessionId: 'another' };
  const madeByClaudeCode = ['claude-code call 0', 'claude-code call 1'];

  const cases: readonly [what: string, claudeCodeHas: readonly Call[], kept: readonly string[]][] = [
    ['counts where its maker lists it', [first, second], madeByClaudeCode],
    ['counts where its maker lists it a moment later', [first, late], madeByClaudeCode],
    ['counts where it was told if its maker has no log', [], ['cline turn']],
    ['counts where it was told as long as its maker lists less', [first], ['claude-code call 0', 'cline turn']],
    ['is not found in what the user asked the maker', byUser, [...madeByClaudeCode, 'cline turn']],
    ['is not found in two sessions', [first, elsewhere], [...madeByClaudeCode, 'cline turn']],
    [
      'is not found at another time',
      [first, second].map(call => ({ ...call, atMs: call.atMs + 60_000 })),
      [...madeByClaudeCode, 'cline turn'],
    ],
  ];
  for (const [what, claudeCodeHas, kept] of cases) {
    test(what, () => {
      assert.deepEqual(keysAfter(cline(turn), claudeCode(...claudeCodeHas)), kept);
      assert.deepEqual(keysAfter(claudeCode(...claudeCodeHas), cline(turn)), kept);
    });
  }

  test('is found by half of the output if that is an estimate', () => {
    const made = aCall('exact', 5, 100, { entrypoint: undefined, sourceRank: 2 });
    const told = (output: number): Call => ({
      ...aStandIn('estimate', [0, 10], output, { precision: 'estimated' }),
      madeBy: { assistant: 'copilot-chat', fromMs: at(0), toMs: at(10) },
    });
    const copilotChat = { assistant: 'copilot-chat', calls: [made] };
    assert.deepEqual(keysAfter(cline(told(190)), copilotChat), ['copilot-chat exact']);
    assert.deepEqual(keysAfter(cline(told(210)), copilotChat), ['cline estimate', 'copilot-chat exact']);
    const summary = { assistant: 'copilot-chat', calls: [{ ...made, sourceRank: 1 }] };
    assert.deepEqual(keysAfter(cline(told(190)), summary), ['cline estimate', 'copilot-chat exact']);
  });

  test('is taken out when it is told by whom it was made, which earlier versions did not read', () => {
    const plain = aCall('turn', 10, 585, { entrypoint: 'cli', billing: 'covered' });
    assert.deepEqual(keysAfter(cline(plain), claudeCode(first, second), cline(turn)), madeByClaudeCode);
  });

  test('is known by its maker after it was merged or passed between threads', () => {
    const maker = (fromMs: number, toMs: number): Call => ({ ...turn, madeBy: { assistant: 'codex', fromMs, toMs } });
    const merged = { assistant: 'codex', fromMs: 20, toMs: 30 };
    assert.deepEqual(mergeCalls(maker(20, 40), maker(10, 30)).madeBy, merged);
    assert.deepEqual(mergeCalls(maker(10, 30), maker(20, 40)).madeBy, merged);
    const { madeBy, ...plain } = turn;
    assert.deepEqual(mergeCalls(plain, turn).madeBy, madeBy);
    assert.deepEqual(mergeCalls(turn, plain).madeBy, madeBy);

    const calls = Array.from({ length: 20 }, (_, index) => ({ ...turn, key: String(index) }));
    const batch: Batch = { calls, reports: [], problems: [], checkpoint: null };
    assert.deepEqual(
      throughThread([batch]).flatMap(packed => [...unpackBatch(packed).calls]),
      calls,
    );
  });

  test('is the fullest that was told of it, in whatever order its readings come', () => {
    const partial = aStandIn('turn', [0, 10], 274);
    for (const order of ordersOf([cline(turn), cline(partial), claudeCode(first)])) {
      assert.deepEqual(keysAfter(...order), ['claude-code call 0', 'cline turn']);
    }
  });

  test('is found within all bounds that were told of it', () => {
    const lastSoFar = aStandIn('turn', [0, 600], 585);
    const slow = claudeCode(first, { ...second, atMs: at(60) });
    for (const order of ordersOf([cline(lastSoFar), cline(turn), slow])) {
      assert.deepEqual(keysAfter(...order), [...madeByClaudeCode, 'cline turn']);
    }
  });

  test('is found in a call of which more is told later', () => {
    const begun = { ...first, usage: { ...noUsage, outputTokens: 1 } };
    const whole = { ...first, atMs: at(90), usage: { ...noUsage, outputTokens: 585 } };
    for (const order of ordersOf([cline(turn), claudeCode(begun), claudeCode(whole)])) {
      assert.deepEqual(keysAfter(...order), ['claude-code call 0']);
    }
  });

  test('counts once in whatever order and pieces the logs are read', () => {
    const turns = [turn, aStandIn('lost', [100, 110], 50), aStandIn('other', [20, 30], 40)];
    const made = [first, late, aCall('call 2', 25, 40), aCall('call 3', 105, 20)];
    const readings = [...turns.map(call => cline(call)), ...made.map(call => claudeCode(call))];
    const kept = keysAfter(...readings);
    assert.deepEqual(
      kept.filter(key => key.startsWith('cline')),
      ['cline lost'],
    );
    const anyOrder = fc.shuffledSubarray([...readings, ...readings], { minLength: readings.length * 2 });
    fc.assert(fc.property(anyOrder, order => assert.deepEqual(keysAfter(...order), kept)));
  });

  test('is found or not in whatever order partial readings of all come', () => {
    const anyTurn = fc
      .tuple(fc.constantFrom('t1', 't2'), fc.integer({ min: 4, max: 40 }), fc.integer({ min: 1, max: 6 }))
      .map(([key, toSeconds, output]) => cline({ ...aStandIn(key, [0, toSeconds], output), atMs: at(3) }));
    const anyMade = fc
      .tuple(fc.constantFrom('c1', 'c2', 'c3'), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 6 }))
      .map(([key, seconds, output]) => claudeCode(aCall(key, seconds, output, { sessionId: 's1' })));
    const inTwoOrders = fc
      .array(fc.oneof(anyTurn, anyMade), { minLength: 2, maxLength: 6 })
      .chain(all => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      // What is told once more is what has the last word on a call that was taken out for a part of it.
      fc.property(inTwoOrders, ([all, shuffled]) => {
        assert.deepEqual(keysAfter(...shuffled, ...all), keysAfter(...all, ...shuffled));
      }),
      { numRuns: 300 },
    );
  }).timeout(20_000);
});

suite('a session that two assistants tell of', () => {
  const session = { sessionId: '7d0b0000-0000-4000-8000-000000000001' };
  const span = aCall('span', 5, 274, { ...session, sourceRank: 2, entrypoint: undefined });
  const turn = aCall('turn', 9, 274, { ...session, sourceRank: 1, entrypoint: undefined, precision: 'atLeast' });
  const otherSpan = aCall('other span', 5, 10, { sourceRank: 2 });
  const made = aCall('made', 4, 274, session);
  const copilotChat = { assistant: 'copilot-chat', calls: [span, turn, otherSpan] };

  for (const program of ['claude-code', 'codex', 'copilot-cli']) {
    test(`counts for ${program} and not for Copilot Chat, which showed it`, () => {
      const own = { assistant: program, calls: [made] };
      const kept = [`${program} made`, 'copilot-chat other span'].sort();
      assert.deepEqual(keysAfter(own, copilotChat), kept);
      assert.deepEqual(keysAfter(copilotChat, own), kept);
      assert.deepEqual(keysAfter(copilotChat, own, copilotChat), kept);
    });
  }

  test('counts for Claude Code if that only reports it', () => {
    const usage = { ...noUsage, outputTokens: 274 };
    const report = {
      sessionId: session.sessionId,
      atMs: at(10),
      counterMs: at(0),
      ancestors: [],
      models: [{ model: 'claude-sonnet-5', usage, costNanoUsd: 4_110_000 }],
    };
    const reporting = { assistant: 'claude-code', calls: [], reports: [report] };
    const kept = keysAfter(reporting, copilotChat);
    assert.equal(kept.length, 2);
    assert.equal(kept[1], 'copilot-chat other span');
    assert.deepEqual(keysAfter(copilotChat, reporting), kept);
  });

  test('counts for Copilot Chat if there is no other log of it', () => {
    assert.deepEqual(keysAfter(copilotChat), ['copilot-chat other span', 'copilot-chat span']);
  });

  test('is two sessions if neither assistant runs the other', () => {
    assert.deepEqual(keysAfter(cline(made), claudeCode(made)), ['claude-code made', 'cline made']);
  });
});

suite('a home in which Cline ran Claude Code', () => {
  const home = join(import.meta.dirname, '../../fixtures/readers/cline/other-assistants-made-the-calls/home');
  const readers = { cline: clineReader(), 'claude-code': claudeCodeReader(new ReadBuffer()) };

  function read(assistant: keyof typeof readers): Reading {
    const environment = { home, env: {}, platform: process.platform, projects: [] };
    const { logs } = findLogs(readers[assistant], environment);
    const batches = logs.flatMap(log => [...readers[assistant].open(log).read(undefined)]);
    return { assistant, calls: batches.flatMap(batch => batch.calls) };
  }

  const ofCline = ['cline msg_first', 'cline msg_own', 'cline msg_second'];
  const ofClaudeCode = ['claude-code msg_a', 'claude-code msg_b', 'claude-code msg_c'];
  const cases: readonly [what: string, read: readonly (keyof typeof readers)[], kept: readonly string[]][] = [
    [
      'has the calls of Claude Code, and those that Cline made',
      ['cline', 'claude-code'],
      [...ofClaudeCode, 'cline msg_own'],
    ],
    ['has the same if Claude Code is read first', ['claude-code', 'cline'], [...ofClaudeCode, 'cline msg_own']],
    ['has what Cline tells of them if Claude Code has no log', ['cline'], ofCline],
    ['has the calls of Claude Code if Cline has no log', ['claude-code'], ofClaudeCode],
  ];
  for (const [what, assistants, kept] of cases) {
    test(what, () => assert.deepEqual(keysAfter(...assistants.map(read)), kept));
  }
});
