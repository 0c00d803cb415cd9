import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'mocha';

import { calendarOf } from '../../../src/core/period.ts';
import {
  dayOfSpan,
  leadOf,
  questionIn,
  questionOf,
  rangeOfSpan,
  spendCommands,
  spendSpans,
  spendTopics,
  type SpendQuestion,
} from '../../../src/core/spendAnswer.ts';

interface Manifest {
  readonly contributes: {
    readonly chatParticipants: readonly { readonly commands: readonly { readonly name: string }[] }[];
    readonly languageModelTools: readonly {
      readonly inputSchema: {
        readonly properties: {
          readonly topics: { readonly items: { readonly enum: readonly string[] } };
          readonly span: { readonly enum: readonly string[] };
        };
      };
    }[];
  };
}

const asked = (topics: SpendQuestion['topics'], span: SpendQuestion['span'], namesProjects = false): SpendQuestion => ({
  topics,
  span,
  namesProjects,
});

suite('a question about spend', () => {
  const cases: [prompt: string, question: SpendQuestion | undefined][] = [
    ['What did this session cost?', asked(['cost'], 'session')],
    ['what did this session cost, why, and what is left?', asked(['cost', 'why', 'left'], 'session')],
    ['How much have I spent today?', asked(['cost'], 'today')],
    ['how much did I pay yesterday', asked(['cost'], 'yesterday')],
    ['What did I spend this week, by project?', asked(['cost'], 'week', true)],
    ['And last week?', asked(['cost'], 'lastWeek')],
    ['cost of the previous month', asked(['cost'], 'lastMonth')],
    ['Why did it rise?', asked(['why'], 'today')],
    ['why was yesterday so expensive?', asked(['cost', 'why'], 'yesterday')],
    ['What’s left of my budgets?', asked(['left'], 'today')],
    ['how much is left', asked(['left'], 'today')],
    ['what would the internal model have cost', asked(['internalModel'], 'month')],
    ['What would this have cost today with Acme instead?', asked(['internalModel'], 'today')],
    ['could I have saved something last week?', asked(['internalModel'], 'lastWeek')],
    ['what has it cost altogether', asked(['cost'], 'all')],
    ['What did I spend in March?', undefined],
    ['what did the last 3 days cost', undefined],
    ['spend of this year', undefined],
    ['Refactor the parser, please.', undefined],
    ['', undefined],
  ];
  for (const [prompt, question] of cases) {
    test(`is understood, or known not to be: "${prompt}"`, () => assert.deepEqual(questionOf(prompt), question));
  }

  test('may be a command, whatever is written behind it', () => {
    assert.deepEqual(questionOf('', 'left'), asked(['left'], 'today'));
    assert.deepEqual(questionOf('by project', 'week'), asked(['cost'], 'week', true));
    assert.equal(questionOf('', 'nothing-of-ours'), undefined);
  });

  test('of a model is what it says, as far as it can be asked', () => {
    assert.deepEqual(questionIn({}), asked(['cost'], 'today'));
    assert.deepEqual(questionIn(undefined), asked(['cost'], 'today'));
    const input = { topics: ['left', 'cost', 'evil', 7], span: 'month', namesProjects: true };
    assert.deepEqual(questionIn(input), asked(['cost', 'left'], 'month', true));
    assert.deepEqual(questionIn({ topics: 'cost', span: 'century', namesProjects: 'yes' }), asked(['cost'], 'today'));
  });

  test('is declared in package.json as it is understood', () => {
    const path = join(import.meta.dirname, '..', '..', '..', 'package.json');
    const { contributes } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    const [participant] = contributes.chatParticipants;
    assert.deepEqual(
      participant?.commands.map(({ name }) => name),
      Object.keys(spendCommands),
    );
    const schema = contributes.languageModelTools[0]?.inputSchema.properties;
    assert.deepEqual(schema?.topics.items.enum, spendTopics);
    assert.deepEqual(schema.span.enum, spendSpans);
  });
});

suite('the days that a question is about', () => {
  const calendar = calendarOf('Europe/Berlin');
  // A Monday; the clocks were put back on Sunday, the 25th.
  const nowMs = Date.parse('2026-10-26T00:30:00+01:00');
  const days = (fromDay: string, toDay: string) => ({ kind: 'custom', fromDay, toDay });
  const cases = [
    ['today', { kind: 'today' }],
    ['yesterday', days('2026-10-25', '2026-10-25')],
    ['week', days('2026-10-26', '2026-11-01')],
    ['lastWeek', days('2026-10-19', '2026-10-25')],
    ['month', { kind: 'month' }],
    ['lastMonth', days('2026-09-01', '2026-09-30')],
    ['all', { kind: 'all' }],
  ] as const;
  for (const [span, range] of cases) {
    test(`are those of ${span}`, () => assert.deepEqual(rangeOfSpan(span, calendar, nowMs), range));
  }

  test('have as many hours as they have', () => {
    const { fromMs, toMs } = dayOfSpan('yesterday', calendar, nowMs);
    assert.equal((toMs - fromMs) / 3_600_000, 25);
  });
});

test('an answer leads to where the panel says more', () => {
  const about = { span: 'week', range: { kind: 'today' }, session: undefined } as const;
  const session = { assistant: 'codex', sessionId: 's1' };
  assert.deepEqual(leadOf('cost', about), { tab: 'overview', range: { kind: 'today' }, filter: {} });
  assert.deepEqual(leadOf('cost', { ...about, span: 'session', session }), {
    tab: 'overview',
    session: { assistant: 'codex', session: 's1', order: 'newest', page: 0 },
  });
  assert.deepEqual(leadOf('left', about), { tab: 'budgets' });
  assert.deepEqual(leadOf('internalModel', about), { tab: 'whatIf', range: { kind: 'today' }, filter: {} });
});
