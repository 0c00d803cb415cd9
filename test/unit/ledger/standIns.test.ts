import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { mergeCalls, noUsage, type Call } from '../../../src/core/call.ts';
import { allTime } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { Batch } from '../../../src/core/source.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { packBatch, unpackBatch } from '../../../src/meter/packedBatch.ts';
import { claudeCodeReader } from '../../../src/readers/claudeCode.ts';
import { clineReader } from '../../../src/readers/cline.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { findLogs } from '../../../src/readers/reader.ts';

const prices = new PriceBook();
const startMs = Date.parse('2026-11-22T10:00:00Z');
const at = (seconds: number): number => startMs + seconds * 1000;

function aCall(key: string, seconds: number, outputTokens: number, more: Partial<Call> = {}): Call {
  return {
    key,
    atMs: at(seconds),
    sessionId: `session of ${key}`,
    project: '/home/dev/shop',
    model: 'claude-sonnet-5',
    provider: 'anthropic',
    usage: { ...noUsage, inputTokens: 1000, outputTokens },
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent: false,
    isCopy: false,
    entrypoint: 'sdk-ts',
    work: 0,
    offset: 0,
    ...more,
  };
}

/** A call that Cline had Claude Code make between these seconds. */
function aStandIn(key: string, [from, to]: readonly [number, number], output: number, more: Partial<Call> = {}): Call {
  const madeBy = { assistant: 'claude-code', fromMs: at(from), toMs: at(to) };
  return aCall(key, to, output, { entrypoint: 'cli', billing: 'covered', madeBy, ...more });
}

interface Reading {
  readonly assistant: string;
  readonly calls: readonly Call[];
}

/** What is in the ledger after each of these was read, from a log of its own. */
function keysAfter(...readings: readonly Reading[]): string[] {
  const ledger = new Ledger(':memory:');
  for (const [index, { assistant, calls }] of readings.entries()) {
    const batch: Batch = { calls, reports: [], problems: [], checkpoint: index };
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

  test('is taken out when it is told again and its maker has listed it', () => {
    const grown = { ...turn, madeBy: { assistant: 'claude-code', fromMs: at(0), toMs: at(20) } };
    const slow = [first, { ...second, atMs: at(19) }];
    assert.deepEqual(keysAfter(cline(turn), claudeCode(...slow), cline(grown)), madeByClaudeCode);
  });

  test('is known by its maker after it was merged or passed between threads', () => {
    const maker = (fromMs: number, toMs: number): Call => ({ ...turn, madeBy: { assistant: 'codex', fromMs, toMs } });
    const merged = { assistant: 'codex', fromMs: 10, toMs: 40 };
    assert.deepEqual(mergeCalls(maker(20, 40), maker(10, 30)).madeBy, merged);
    assert.deepEqual(mergeCalls(maker(10, 30), maker(20, 40)).madeBy, merged);
    const { madeBy, ...plain } = turn;
    assert.deepEqual(mergeCalls(plain, turn).madeBy, madeBy);
    assert.deepEqual(mergeCalls(turn, plain).madeBy, madeBy);

    const calls = Array.from({ length: 20 }, (_, index) => ({ ...turn, key: String(index) }));
    const batch: Batch = { calls, reports: [], problems: [], checkpoint: null };
    assert.deepEqual([...unpackBatch(packBatch(batch)).calls], calls);
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
