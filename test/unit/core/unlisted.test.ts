import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { addUsage, isNoUsage, noUsage, type SessionReport, type Usage } from '../../../src/core/call.ts';
import { unlistedUsage, type CounterFamily, type ListedUse } from '../../../src/core/unlisted.ts';

const minute = 60_000;
const start = Date.parse('2026-11-22T10:00:00Z');

function tokens(inputTokens: number, outputTokens: number, more: Partial<Usage> = {}): Usage {
  return { ...noUsage, inputTokens, outputTokens, ...more };
}

function report(sessionId: string, atMinute: number, usage: Usage, ancestors: string[] = []): SessionReport {
  return {
    sessionId,
    atMs: start + atMinute * minute,
    counterMs: start,
    ancestors,
    models: [{ model: 'claude-opus-5', usage, costNanoUsd: undefined }],
  };
}

function call(sessionId: string, atMinute: number, usage: Usage, isSubagent = false): ListedUse {
  return { sessionId, model: 'claude-opus-5', atMs: start + atMinute * minute, isSubagent, usage };
}

type Booked = [sessionId: string, atMinute: number, inputTokens: number, outputTokens: number];

function booked(reports: SessionReport[], listed: ListedUse[]): Booked[] {
  return unlistedUsage({ counterMs: start, reports, listed }).map(({ sessionId, atMs, usage }) => [
    sessionId,
    (atMs - start) / minute,
    usage.inputTokens,
    usage.outputTokens,
  ]);
}

suite('unlisted usage', () => {
  const cases: [what: string, reports: SessionReport[], listed: ListedUse[], expected: Booked[]][] = [
    ['nothing reported is nothing unlisted', [], [call('a', 1, tokens(10, 5))], []],
    ['what is all listed leaves nothing', [report('a', 2, tokens(10, 5))], [call('a', 1, tokens(10, 5))], []],
    [
      'a title costs what is beyond',
      [report('a', 2, tokens(30, 20))],
      [call('a', 1, tokens(10, 5))],
      [['a', 2, 20, 15]],
    ],
    [
      'each report books only what is new since the last',
      [report('a', 2, tokens(30, 20)), report('a', 9, tokens(90, 50))],
      [call('a', 1, tokens(10, 5)), call('a', 8, tokens(40, 25))],
      [
        ['a', 2, 20, 15],
        ['a', 9, 20, 5],
      ],
    ],
    [
      'a call that a subagent lists a little after the report is part of it',
      [report('a', 2, tokens(30, 20))],
      [call('a', 1, tokens(10, 5)), call('a', 2.5, tokens(20, 15), true)],
      [],
    ],
    [
      'a call of the next run is not part of it, however soon it comes, nor is one of its subagents',
      [report('a', 2, tokens(30, 20))],
      [call('a', 1, tokens(10, 5)), call('a', 2.1, tokens(7, 7)), call('a', 2.2, tokens(5, 5), true)],
      [['a', 2, 20, 15]],
    ],
    [
      'a run that was killed, listed and never reported, does not lessen what was booked before',
      [report('a', 2, tokens(30, 20)), report('a', 20, tokens(50, 40))],
      [call('a', 1, tokens(10, 5)), call('a', 10, tokens(40, 35)), call('a', 19, tokens(15, 15))],
      [['a', 2, 20, 15]],
    ],
    [
      'a fork that only wrote a summary is inherited by its own fork',
      [report('a', 2, tokens(30, 20)), report('b', 5, tokens(70, 40), ['a']), report('c', 8, tokens(80, 50), ['a'])],
      [call('a', 1, tokens(10, 5)), call('c', 7, tokens(10, 10))],
      [
        ['a', 2, 20, 15],
        ['b', 5, 40, 20],
      ],
    ],
    [
      'an origin that never reported, but went on beside the fork, lends only what came before',
      [report('b', 5, tokens(75, 41), ['a'])],
      [call('a', 1, tokens(30, 20)), call('b', 4, tokens(40, 20)), call('a', 4.5, tokens(5, 1))],
      [['b', 5, 5, 1]],
    ],
    [
      'a call from before the counter started is not part of it',
      [report('a', 2, tokens(30, 20))],
      [call('a', -5, tokens(10, 5))],
      [['a', 2, 30, 20]],
    ],
    [
      'a fork goes on with the count of its origin: nothing is counted twice',
      [report('a', 2, tokens(30, 20)), report('b', 5, tokens(70, 40), ['a'])],
      [call('a', 1, tokens(10, 5)), call('b', 4, tokens(40, 20))],
      [['a', 2, 20, 15]],
    ],
    [
      'what a fork adds unlisted is its own',
      [report('a', 2, tokens(30, 20)), report('b', 5, tokens(75, 41), ['a'])],
      [call('a', 1, tokens(10, 5)), call('b', 4, tokens(40, 20))],
      [
        ['a', 2, 20, 15],
        ['b', 5, 5, 1],
      ],
    ],
    [
      'an origin that went on after the fork is not subtracted with what it did then',
      [report('a', 2, tokens(30, 20)), report('a', 4, tokens(130, 90)), report('b', 5, tokens(70, 40), ['a'])],
      [call('a', 1, tokens(10, 5)), call('a', 3.5, tokens(100, 70)), call('b', 4.5, tokens(40, 20))],
      [['a', 2, 20, 15]],
    ],
    [
      'a fork of a fork inherits once',
      [
        report('a', 2, tokens(30, 20)),
        report('b', 5, tokens(70, 40), ['a']),
        report('c', 8, tokens(80, 50), ['a', 'b']),
      ],
      [call('a', 1, tokens(10, 5)), call('b', 4, tokens(40, 20)), call('c', 7, tokens(10, 10))],
      [['a', 2, 20, 15]],
    ],
    [
      'if the origin never reported, what is listed of it is what the fork inherits',
      [report('b', 5, tokens(75, 41), ['a'])],
      [call('a', 1, tokens(30, 20)), call('b', 4, tokens(40, 20))],
      [['b', 5, 5, 1]],
    ],
    [
      'each model is counted for itself',
      [
        {
          ...report('a', 2, noUsage),
          models: [
            { model: 'claude-opus-5', usage: tokens(10, 5), costNanoUsd: undefined },
            { model: 'claude-haiku-4-5', usage: tokens(7, 3, { webSearches: 1 }), costNanoUsd: undefined },
          ],
        },
      ],
      [call('a', 1, tokens(10, 5))],
      [['a', 2, 7, 3]],
    ],
  ];
  for (const [what, reports, listed, expected] of cases) {
    test(what, () => {
      assert.deepEqual(booked(reports, listed), expected);
    });
  }

  const usage = fc.record({ i: fc.nat(500), o: fc.nat(500) }).map(({ i, o }) => tokens(i, o));
  const steps = fc.array(fc.record({ listed: usage, hidden: usage, isReported: fc.boolean() }), { maxLength: 12 });

  test('listed and unlisted together are what the counter says, over any session', () => {
    fc.assert(
      fc.property(steps, history => {
        const reports: SessionReport[] = [];
        const listed: ListedUse[] = [];
        let count = noUsage;
        history.forEach((step, i) => {
          listed.push(call('a', i * 10 + 1, step.listed));
          count = addUsage(addUsage(count, step.listed), step.hidden);
          if (step.isReported || i === history.length - 1) reports.push(report('a', i * 10 + 2, count));
        });
        const sum = [...listed, ...unlistedUsage({ counterMs: start, reports, listed })].reduce(
          (total, part) => addUsage(total, part.usage),
          noUsage,
        );
        assert.deepEqual(sum, count);
      }),
    );
  });

  test('the order in which facts are known does not matter', () => {
    fc.assert(
      fc.property(steps, fc.integer(), (history, seed) => {
        const reports: SessionReport[] = [];
        const listed: ListedUse[] = [];
        let count = noUsage;
        history.forEach((step, i) => {
          const session = i < history.length / 2 ? 'a' : 'b';
          listed.push(call(session, i * 10 + 1, step.listed));
          count = addUsage(addUsage(count, step.listed), step.hidden);
          reports.push(report(session, i * 10 + 2, count, session === 'b' ? ['a'] : []));
        });
        const shuffled = <T>(items: T[]): T[] =>
          items
            .map((item, i): [number, T] => [Math.sin(seed + i * 7.3), item])
            .sort(([a], [b]) => a - b)
            .map(([, item]) => item);
        const family: CounterFamily = { counterMs: start, reports, listed };
        const other: CounterFamily = { counterMs: start, reports: shuffled(reports), listed: shuffled(listed) };
        const sorted = (found: ReturnType<typeof unlistedUsage>) =>
          [...found].sort((a, b) => a.sessionId.localeCompare(b.sessionId) || a.atMs - b.atMs);
        assert.deepEqual(sorted(unlistedUsage(other)), sorted(unlistedUsage(family)));
        assert.ok(unlistedUsage(family).every(found => !isNoUsage(found.usage)));
      }),
    );
  });
});
