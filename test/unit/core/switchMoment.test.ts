import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';

import type { WatchedBudget } from '../../../src/core/alerts.ts';
import type { BudgetStep, BudgetTerms } from '../../../src/core/budget.ts';
import { noUsage, work } from '../../../src/core/call.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import type { StoredRefusal } from '../../../src/core/refusal.ts';
import {
  dismissedAgain,
  momentsIn,
  promptFor,
  quietUntilMs,
  scopesInDanger,
  type MomentCall,
  type MomentRequest,
  type PromptSituation,
} from '../../../src/core/switchMoment.ts';
import type { SwitchVerdict } from '../../../src/core/switchVerdict.ts';
import { inventedBudget } from '../inventedBudget.ts';

const nowMs = Date.UTC(2026, 7, 14, 10);
const second = 1000;
const minute = 60_000;
const day = 86_400_000;

const request: MomentRequest = {
  nowMs,
  assistants: ['claude-code'],
  project: '/home/dev/shop',
  scopesInDanger: [],
};

/** An answer of a dear model, so long ago. */
function call(agoMs: number, change: Partial<MomentCall> = {}): MomentCall {
  return {
    atMs: nowMs - agoMs,
    sessionId: 's1',
    assistant: 'claude-code',
    project: '/home/dev/shop',
    model: 'claude-opus-5-5',
    provider: 'anthropic',
    usage: { ...noUsage, inputTokens: 20_000, outputTokens: 100 },
    work: 0,
    isSubagent: false,
    isInternal: false,
    ...change,
  };
}

/** A session that has begun hours ago, and edited files. */
const older = [call(5 * 3_600_000, { work: work.edit }), call(5 * 3_600_000 - minute)];
const trifles = [5, 4, 3, 2].map(minutes => call(minutes * minute));

/** A request that the gateway refused for good, so long ago. */
function refusal(agoMs: number, change: Partial<StoredRefusal> = {}): StoredRefusal {
  return {
    atMs: nowMs - agoMs,
    sessionId: 's1',
    assistant: 'claude-code',
    project: '/home/dev/shop',
    model: undefined,
    kind: 'budget',
    endsTurn: true,
    ...change,
  };
}

function causes(
  calls: readonly MomentCall[],
  change: Partial<MomentRequest> = {},
  refusals: readonly StoredRefusal[] = [],
): string[] {
  return momentsIn({ calls, refusals }, { ...request, ...change }).moments.map(({ cause }) => cause);
}

const only = (calls: readonly MomentCall[]) => ({ calls, refusals: [] });

suite('the moment to speak of a switch', () => {
  const told = call(8 * minute, { work: work.explore });
  const cases: [what: string, calls: MomentCall[], causes: string[]][] = [
    ['is a session that has just begun', [told, call(minute)], ['newSession']],
    ['is a run of trifles in an older one', [...older, ...trifles], ['trivialRun']],
    ['is no run of three', [...older, ...trifles.slice(1)], []],
    [
      'is no run with an edit in it',
      [...older, ...trifles.slice(0, 3), call(121 * second, { work: work.edit }), ...trifles.slice(3)],
      [],
    ],
    [
      'is no run with a long answer in it',
      [...older, ...trifles, call(90 * second, { usage: { ...noUsage, outputTokens: 2_000 } })],
      [],
    ],
    [
      'is no run of two models',
      [...older, call(6 * minute), ...trifles.slice(1), call(minute, { model: 'claude-haiku-5' })],
      [],
    ],
    ['is not where the internal model answers', [told, call(minute, { isInternal: true })], []],
    ['is not long after the last call', [call(30 * minute), call(16 * minute)], []],
    ['is not in another project', [told, call(minute, { project: '/home/dev/tool' })].slice(1), []],
    ['is not that of an assistant that cannot be switched', [call(minute, { assistant: 'cursor' })], []],
    ['is in a folder below', [told, call(minute, { project: '/home/dev/shop/api' })], ['newSession']],
  ];
  for (const [what, calls, expected] of cases) test(what, () => assert.deepEqual(causes(calls), expected));

  const stuck = call(2 * minute, { work: work.run });
  const refused: [what: string, calls: MomentCall[], refusals: StoredRefusal[], causes: string[]][] = [
    ['is a request that was refused for its budget, at once', [...older, stuck], [refusal(second)], ['refusal']],
    ['is the very first request of a session', [], [refusal(second)], ['refusal']],
    ['is too many requests', older, [refusal(second, { kind: 'rateLimit' })], ['refusal']],
    ['is a server that is overloaded', older, [refusal(second, { kind: 'overloaded' })], ['refusal']],
    ['is not a wrong key', older, [refusal(second, { kind: 'auth' })], []],
    ['is not a request that makes no sense', older, [refusal(second, { kind: 'other' })], []],
    ['is not while the request is tried again', older, [refusal(second, { endsTurn: false })], []],
    ['is once nobody tries again any more', older, [refusal(121 * second, { endsTurn: false })], ['refusal']],
    ['is not once it was answered after all', [...older, call(minute)], [refusal(2 * minute)], []],
    ['is not where the internal model was refused', [call(2 * minute, { isInternal: true })], [refusal(second)], []],
    ['is not long after the refusal', older, [refusal(16 * minute)], []],
    ['is not what was refused in another project', [], [refusal(second, { project: '/home/dev/tool' })], []],
    ['is not that of an assistant that cannot be switched either', [], [refusal(second, { assistant: 'cursor' })], []],
    [
      'is not while another session of the project is in a turn',
      [call(second, { sessionId: 's2', work: work.run })],
      [refusal(second)],
      [],
    ],
  ];
  for (const [what, calls, refusals, expected] of refused) {
    test(what, () => assert.deepEqual(causes(calls, {}, refusals), expected));
  }

  test('says why the request was refused, and by which model if that is known', () => {
    const momentAfter = (calls: MomentCall[], change: Partial<StoredRefusal>) => {
      const [moment] = momentsIn({ calls, refusals: [refusal(second, change)] }, request).moments;
      return { model: moment?.model, refusedFor: moment?.refusedFor, kinds: moment?.kinds };
    };
    assert.deepEqual(momentAfter([], { model: 'gpt-5.6-sol' }), {
      model: 'gpt-5.6-sol',
      refusedFor: 'budget',
      kinds: [],
    });
    assert.deepEqual(momentAfter([told], { kind: 'rateLimit' }), {
      model: 'claude-opus-5-5',
      refusedFor: 'rateLimit',
      kinds: ['explore'],
    });
  });

  test('of a refusal is said to come when the request has been tried again long enough', () => {
    const { againAtMs } = momentsIn({ calls: [], refusals: [refusal(second, { endsTurn: false })] }, request);
    assert.equal(againAtMs, nowMs + 119 * second);
  });

  test('is any session while a budget is in danger', () => {
    const one = [...older, call(minute)];
    assert.deepEqual(causes(one, { scopesInDanger: [{}] }), ['budget']);
    assert.deepEqual(causes(one, { scopesInDanger: [{ project: '/home/dev/shop' }] }), ['budget']);
    assert.deepEqual(causes(one, { scopesInDanger: [{ project: '/home/dev/tool' }, { model: 'gpt-*' }] }), []);
  });

  test('says which kinds of work it is about, the most demanding first', () => {
    const [moment] = momentsIn(only([told, call(5 * minute, { work: work.edit }), call(minute)]), request).moments;
    assert.deepEqual(moment?.kinds, ['edit', 'explore', 'answer']);
  });

  test('says when to look again if a turn is in the way', () => {
    assert.deepEqual(momentsIn(only([told, call(5 * second)]), request), {
      moments: [],
      againAtMs: nowMs + 15 * second,
    });
    assert.equal(momentsIn(only([told, call(minute)]), request).againAtMs, undefined);
  });

  test('never comes in the middle of a turn', () => {
    // After an answer in words nothing comes for 20 s; after a tool was asked for, the next call may be long in coming.
    const offsets = fc.array(fc.integer({ min: 0, max: 40 * minute }), { minLength: 1, maxLength: 12 });
    const works = fc.constantFrom(0, work.explore, work.run, work.edit);
    fc.assert(
      fc.property(offsets, fc.array(works, { minLength: 12, maxLength: 12 }), fc.boolean(), (agos, kinds, danger) => {
        const calls = [...agos].sort((a, b) => b - a).map((ago, index) => call(ago, { work: kinds[index] ?? 0 }));
        const { moments } = momentsIn(only(calls), { ...request, scopesInDanger: danger ? [{}] : [] });
        const last = calls.at(-1);
        const isOpen = last !== undefined && last.work !== 0 && nowMs - last.atMs < 30 * minute;
        const isFresh = last !== undefined && nowMs - last.atMs < 20 * second;
        assert.ok(moments.length === 0 || (!isOpen && !isFresh));
      }),
    );
  });

  test('waits for the turn of another session of the project', () => {
    const other = call(10 * second, { sessionId: 's2', work: work.run });
    assert.deepEqual(causes([told, call(minute), other]), []);
  });

  test('waits longer where the log does not tell tools', () => {
    assert.deepEqual(causes([call(3 * minute), call(minute)]), []);
    assert.deepEqual(causes([call(5 * minute), call(3 * minute)]), ['newSession']);
  });
});

suite('a prompt', () => {
  const moment = {
    cause: 'newSession',
    assistant: 'claude-code',
    project: '/home/dev/shop',
    sessionId: 's1',
    model: 'claude-opus-5-5',
    kinds: ['explore', 'answer'],
  } as const;
  const row = {
    model: 'claude-opus-5-5',
    calls: 40,
    nowNanoUsd: nanoUsd(10),
    thenNanoUsd: nanoUsd(2),
    savingNanoUsd: nanoUsd(8),
  };
  const adviceOf = (verdict: SwitchVerdict): PromptSituation['advice'] => ({
    verdict,
    byModel: [row],
    isMaterial: true,
  });
  const saving = {
    basis: 'estimated',
    perDayNanoUsd: { value: 2, low: 1, high: 3 },
    days: 5,
    correction: 1,
    learnedFrom: 0,
  } as const;
  const good: PromptSituation = {
    moment,
    advice: adviceOf({ kind: 'switchHere' }),
    isEnabled: true,
    installed: { value: 'yes', atMs: nowMs - 30 * day },
    dismissed: undefined,
    never: undefined,
    nowMs,
  };
  const decided = (value: string, daysAgo: number) => ({ value, atMs: nowMs - daysAgo * day });

  const cases: [what: string, change: Partial<PromptSituation>, prompt: 'switch' | 'trial' | undefined][] = [
    ['offers a switch where the internal model held up', {}, 'switch'],
    ['offers a trial where nobody knows', { advice: adviceOf({ kind: 'trial', days: 1 }) }, 'trial'],
    [
      'offers a switch for kinds of work that the session consists of',
      { advice: adviceOf({ kind: 'switchForKinds', kinds: ['answer', 'explore', 'run'], saving }) },
      'switch',
    ],
    ['offers none for others', { advice: adviceOf({ kind: 'switchForKinds', kinds: ['answer'], saving }) }, undefined],
    ['offers nothing on thin evidence', { advice: adviceOf({ kind: 'notEnough', missing: { days: 2 } }) }, undefined],
    [
      'offers nothing where it is not worth it',
      { advice: adviceOf({ kind: 'notWorthIt', because: 'quality' }) },
      undefined,
    ],
    [
      'offers nothing for a model that is cheap already',
      { advice: { ...good.advice, byModel: [{ ...row, thenNanoUsd: nanoUsd(6) }] } },
      undefined,
    ],
    ['offers nothing for a model that was not compared', { moment: { ...moment, model: 'claude-haiku-5' } }, undefined],
    ['is turned off by its setting', { isEnabled: false }, undefined],
    ['never comes where it is not wanted', { never: decided('yes', 400) }, undefined],
    ['does not come in the first week', { installed: decided('yes', 6) }, undefined],
    [
      'comes in the first week if a budget is in danger',
      { installed: decided('yes', 6), moment: { ...moment, cause: 'budget' } },
      'switch',
    ],
    [
      'comes in the first week if what may be spent is spent',
      { installed: decided('yes', 6), moment: { ...moment, cause: 'refusal', refusedFor: 'budget' } },
      'switch',
    ],
    [
      'does not come in the first week because of too many requests',
      { installed: decided('yes', 6), moment: { ...moment, cause: 'refusal', refusedFor: 'rateLimit' } },
      undefined,
    ],
    [
      'needs no dear model where what may be spent is spent',
      { moment: { ...moment, model: undefined, cause: 'refusal', refusedFor: 'budget' } },
      'switch',
    ],
    [
      'needs one where there were too many requests',
      { moment: { ...moment, model: undefined, cause: 'refusal', refusedFor: 'rateLimit' } },
      undefined,
    ],
    [
      'offers no switch for some kinds of work to a session of which none is known',
      {
        moment: { ...moment, kinds: [], cause: 'refusal', refusedFor: 'budget' },
        advice: adviceOf({ kind: 'switchForKinds', kinds: ['answer'], saving }),
      },
      undefined,
    ],
    ['does not come back within a week', { dismissed: decided('1', 6.9) }, undefined],
    ['comes back after a week', { dismissed: decided('1', 7) }, 'switch'],
    ['stays away for two weeks the second time', { dismissed: decided('2', 13.9) }, undefined],
    ['stays away for four weeks the third time', { dismissed: decided('3', 27.9) }, undefined],
    ['comes back after four weeks', { dismissed: decided('3', 28) }, 'switch'],
  ];
  for (const [what, change, expected] of cases) {
    test(what, () => assert.equal(promptFor({ ...good, ...change }), expected));
  }

  test('stays away twice as long after each dismissal, up to more than a year', () => {
    const weeks: number[] = [];
    let value = dismissedAgain(undefined);
    for (let times = 0; times < 9; times++) {
      weeks.push(quietUntilMs({ value, atMs: 0 }) / (7 * day));
      value = dismissedAgain({ value, atMs: 0 });
    }
    assert.deepEqual(weeks, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
  });
});

test('a budget is in danger once it offers a switch, for what it counts', () => {
  const budget = (change: Partial<BudgetTerms>, reached: BudgetStep | undefined, of?: string): WatchedBudget => {
    // Of a budget's status, only what it is for and what it has reached count here.
    return { budget: inventedBudget(50, { steps: [], ...change }), of, reached } as WatchedBudget;
  };
  const budgets = [
    budget({}, { atShare: 0.9, action: 'nudge' }),
    budget({ scope: { model: 'gpt-*' } }, undefined),
    budget({ scope: { assistant: 'codex' } }, { atShare: 1, action: 'offerSwitch' }),
    budget({ each: 'project' }, { atShare: 1, action: 'offerSwitch' }, '/home/dev/shop'),
  ];
  assert.deepEqual(scopesInDanger({ budgets }), [{ assistant: 'codex' }, { project: '/home/dev/shop' }]);
  assert.deepEqual(scopesInDanger(undefined), []);
});
