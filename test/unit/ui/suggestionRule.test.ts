import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';

import { noUsage, untold, work, type Call } from '../../../src/core/call.ts';
import { interruptionKeys, isInterruptible, type Occasion } from '../../../src/core/interruption.ts';
import { randomFrom } from '../../../src/core/interval.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import type { Refusal } from '../../../src/core/refusal.ts';
import type { Batch } from '../../../src/core/source.ts';
import type { SwitchAdvice } from '../../../src/core/switchAdvisor.ts';
import { suggestionKeys } from '../../../src/core/switchMoment.ts';
import { internalModelsOf } from '../../../src/internalModel/settings.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { adviceFrom } from '../../../src/meter/switchEvidence.ts';
import { momentsFrom } from '../../../src/meter/switchMoments.ts';
import {
  SuggestionRule,
  type Suggestion,
  type SuggestionRuleOptions,
  type Switchable,
} from '../../../src/ui/suggestionRule.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A Monday. */
const beginMs = Date.UTC(2026, 7, 3);
const projects = ['/home/dev/shop', '/home/dev/tool', '/home/dev/site', '/home/dev/docs'] as const;
const settings = {
  internalModel: internalModelsOf([
    {
      displayName: 'Acme Coder',
      baseUrl: 'https://models.example.com',
      model: 'acme-coder-1',
      prices: { input: 0.5, output: 2 },
    },
  ]).models[0],
  suggestions: { enabled: true, minimumCalls: 20, minimumUsdPerDay: 1 },
};

/** From the first call of a turn to its last. */
interface Turn {
  readonly project: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Weeks of work on dear models, in several projects at once. */
function history(
  days: number,
  random: () => number,
): { readonly calls: readonly Call[]; readonly turns: readonly Turn[] } {
  const calls: Call[] = [];
  const turns: Turn[] = [];
  const between = (from: number, to: number): number => Math.round(from + random() * (to - from));
  for (let date = 0; date < days; date++) {
    for (const project of projects) {
      for (let session = 0; session < 3; session++) {
        const isOfTrifles = random() < 0.3;
        let atMs = beginMs + date * day + between(8 * hour, 17 * hour);
        for (let turn = 0; turn < 6; turn++) {
          const count = isOfTrifles ? 2 : between(2, 5);
          const fromMs = atMs;
          for (let index = 0; index < count; index++) {
            const tools = isOfTrifles ? [work.explore] : [work.explore, work.run, work.edit];
            calls.push({
              ...untold,
              key: `${calls.length}`,
              atMs,
              sessionId: `${date}-${project}-${session}`,
              project,
              model: 'claude-opus-5-5',
              provider: 'anthropic',
              usage: { ...noUsage, inputTokens: 20_000, outputTokens: isOfTrifles ? 200 : 900 },
              work: index === count - 1 ? 0 : (tools[between(0, tools.length - 1)] ?? 0),
              offset: calls.length,
              billing: 'billed',
              outcome: 0,
            });
            if (index < count - 1) atMs += between(4 * second, 4 * minute);
          }
          turns.push({ project, fromMs, toMs: atMs });
          atMs += between(30 * second, 8 * minute);
        }
      }
    }
  }
  return { calls, turns };
}

interface Prompt {
  readonly atMs: number;
  readonly window: number;
  readonly suggestion: Suggestion;
}

suite('suggestions in many windows', () => {
  let folder: string;
  let ledgers: Ledger[];
  let nowMs: number;

  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'ai-spend-meter-month-'));
    // Each window has a connection of its own to the one ledger.
    ledgers = Array.from({ length: 8 }, () => new Ledger(join(folder, 'ledger.db')));
    nowMs = beginMs;
  });

  teardown(() => {
    for (const ledger of ledgers) ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const advices = new Map<string, SwitchAdvice>();

  const claudeCode: Switchable = { assistant: 'claude-code', name: 'Claude Code', scopes: ['project', 'everywhere'] };
  const codex: Switchable = { assistant: 'codex', name: 'Codex', scopes: ['everywhere'] };

  function windowOn(ledger: Ledger, project: string, switchables = [claudeCode]): SuggestionRule {
    const meter: SuggestionRuleOptions['meter'] = {
      // Advice changes little in three days, and is the dear part of a look.
      advice: request => {
        const key = `${request.assistant} ${request.project ?? ''} ${Math.floor(nowMs / (3 * day))}`;
        const advice = advices.get(key) ?? adviceFrom(ledger, request);
        advices.set(key, advice);
        return Promise.resolve(advice);
      },
      moments: request => Promise.resolve(momentsFrom(ledger, request)),
      decide: (key, value) => {
        ledger.decide(key, value, nowMs);
        return Promise.resolve();
      },
      decision: key => Promise.resolve(ledger.decision(key)),
    };
    return new SuggestionRule({
      meter,
      settings: () => settings,
      project: () => project,
      switchables: () => Promise.resolve(switchables),
      scopesInDanger: () => [],
      timeZone: () => 'UTC',
      now: () => nowMs,
      mayInterrupt: occasion => Promise.resolve(mayInterrupt(ledger, occasion)),
      textOf: ({ kind }) => kind,
    });
  }

  /** As the one gate for unsolicited messages has it, in a window that has the focus. */
  function mayInterrupt(ledger: Ledger, occasion: Occasion): boolean {
    const snoozed = ledger.decision(interruptionKeys.snoozed(occasion.kind));
    const never = ledger.decision(interruptionKeys.never(occasion.kind));
    if (!isInterruptible({ isBusy: false, snoozed, never, nowMs })) return false;
    return ledger.occasions.claimShowing({ ...occasion, day: new Date(nowMs).toISOString().slice(0, 10) }, nowMs);
  }

  test('come once a day at most in a month of eight windows, never in the middle of a turn, and ever more rarely', async () => {
    const days = 31;
    const random = randomFrom(7);
    const { calls, turns } = history(days, random);
    const [first] = ledgers;
    first?.decide(suggestionKeys.installed, 'yes', beginMs);
    first?.append(
      { id: '/home/dev/.claude/month.jsonl', assistant: 'claude-code' },
      { calls, reports: [], problems: [], checkpoint: {} },
      () => ({ nanoUsd: nanoUsd(0.2), price: undefined }) as never,
    );
    const windows = ledgers.map((ledger, index) => windowOn(ledger, projects[index % projects.length] ?? ''));

    const prompts: Prompt[] = [];
    const dismissals: { key: string; atMs: number }[] = [];
    for (let date = 0; date < days; date++) {
      const looks = Array.from({ length: 160 }, () => beginMs + date * day + (8 + random() * 11) * hour).sort(
        (a, b) => a - b,
      );
      for (const [index, atMs] of looks.entries()) {
        nowMs = Math.round(atMs);
        const window = index % windows.length;
        const { prompt } = (await windows[window]?.look()) ?? {};
        if (!prompt) continue;
        prompts.push({ atMs: nowMs, window, suggestion: prompt });
        // Mostly waved aside; sometimes the notification is still open at the end of the day.
        if (random() < 0.2) continue;
        await windows[window]?.dismiss(prompt);
        dismissals.push({ key: suggestionKeys.dismissed(prompt.moment), atMs: nowMs });
      }
    }

    const perDay = Map.groupBy(prompts, ({ atMs }) => Math.floor(atMs / day));
    assert.deepEqual(
      [...perDay.values()].filter(ofDay => ofDay.length > 1),
      [],
      'more than one a day',
    );
    assert.ok(prompts.length >= 8, `${prompts.length} prompts show nothing`);
    assert.ok(new Set(prompts.map(({ window }) => window)).size >= 4, 'few windows had the word');
    assert.deepEqual([...new Set(prompts.map(({ suggestion }) => suggestion.kind))], ['trial']);
    assert.ok(
      prompts.every(({ atMs }) => atMs >= beginMs + 7 * day),
      'the first week',
    );

    for (const { atMs, suggestion } of prompts) {
      const during = turns.filter(
        turn => turn.project === suggestion.moment.project && turn.fromMs <= atMs && atMs < turn.toMs,
      );
      assert.deepEqual(during, [], `in the middle of a turn: ${new Date(atMs).toISOString()}`);
    }

    for (const [key, ofKey] of Map.groupBy(dismissals, one => one.key)) {
      for (const [index, { atMs }] of ofKey.entries()) {
        const quietMs = 7 * day * 2 ** index;
        const next = prompts.find(
          prompt => prompt.atMs > atMs && suggestionKeys.dismissed(prompt.suggestion.moment) === key,
        );
        assert.ok(next === undefined || next.atMs >= atMs + quietMs, `${key} came back after dismissal ${index + 1}`);
      }
    }
    assert.ok(
      [...Map.groupBy(dismissals, one => one.key).values()].some(ofKey => ofKey.length >= 2),
      'nothing was dismissed twice',
    );
    const shown = first?.occasions.history(1000).filter(({ isShown }) => isShown);
    assert.equal(shown?.length, prompts.length, 'the history has every prompt');
  }).timeout(60_000);

  test('of a spent budget come at once, in the first week too, to one window, and are those of their day', async () => {
    const { calls } = history(20, randomFrom(3));
    const [one, two, three] = ledgers;
    if (!one || !two || !three) throw new TypeError('there are eight');
    // In the middle of a turn, which the refusal ends.
    const last = calls.findLast(call => call.project === projects[0] && call.work !== 0);
    if (!last) throw new TypeError('there are turns with tools');
    nowMs = last.atMs + minute;
    one.decide(suggestionKeys.installed, 'yes', nowMs - day);
    const log = { id: '/home/dev/.claude/month.jsonl', assistant: 'claude-code' };
    const append = (more: Pick<Batch, 'calls' | 'refusals'>): number =>
      one.append(log, { reports: [], problems: [], checkpoint: {}, ...more }, () => {
        return { nanoUsd: nanoUsd(0.2), price: undefined } as never;
      });
    const refusal = (atMs: number, endsTurn: boolean): Refusal => ({
      atMs,
      endsTurn,
      sessionId: last.sessionId,
      project: last.project,
      model: undefined,
      kind: 'budget',
    });
    append({ calls: calls.filter(call => call.atMs <= last.atMs) });
    assert.equal((await windowOn(one, projects[0]).look()).prompt, undefined, 'in the middle of a turn');
    append({ calls: [], refusals: [refusal(nowMs - 2 * second, false)] });
    assert.equal((await windowOn(one, projects[0]).look()).prompt, undefined, 'while it is tried again');
    append({ calls: [], refusals: [refusal(nowMs - second, true)] });
    const { prompt } = await windowOn(one, projects[0]).look();
    assert.deepEqual([prompt?.moment.cause, prompt?.moment.refusedFor, prompt?.kind], ['refusal', 'budget', 'trial']);
    assert.equal((await windowOn(two, projects[0]).look()).prompt, undefined, 'another window');
    assert.deepEqual(
      three.occasions.history(10).map(({ kind, isShown }) => [kind, isShown]),
      [['switchSuggestion', true]],
    );
    if (prompt) await windowOn(one, projects[0]).dismiss(prompt);
    nowMs += day;
    const again = calls.filter(({ sessionId, atMs }) => sessionId === last.sessionId && atMs <= last.atMs);
    append({
      calls: again.map(call => ({ ...call, key: `${call.key} again`, atMs: call.atMs + day })),
      refusals: [refusal(nowMs - second, true)],
    });
    assert.equal((await windowOn(three, projects[0]).look()).prompt, undefined, 'waved aside');
  });

  test('never come again in a project that refuses them, in whichever window', async () => {
    const { calls } = history(20, randomFrom(3));
    const [one, two, three] = ledgers;
    if (!one || !two || !three) throw new TypeError('there are eight');
    one.decide(suggestionKeys.installed, 'yes', beginMs);
    const last = calls.findLast(call => call.project === projects[0] && call.work === 0);
    one.append(
      { id: '/home/dev/.claude/month.jsonl', assistant: 'claude-code' },
      { calls: calls.filter(call => call.atMs <= (last?.atMs ?? 0)), reports: [], problems: [], checkpoint: {} },
      () => ({ nanoUsd: nanoUsd(0.2), price: undefined }) as never,
    );
    nowMs = (last?.atMs ?? 0) + minute;
    await windowOn(one, projects[0]).refuse();
    const { isSuggested, prompt } = await windowOn(two, projects[0]).look();
    assert.deepEqual({ isSuggested, prompt }, { isSuggested: false, prompt: undefined });
    assert.equal((await windowOn(three, projects[1]).look()).isSuggested, true);
  });

  test('are about the assistant that made the calls, and about what a switch of it would change', async () => {
    const { calls } = history(20, randomFrom(5));
    const [ledger] = ledgers;
    if (!ledger) throw new TypeError('there are eight');
    ledger.decide(suggestionKeys.installed, 'yes', beginMs);
    const last = calls.findLast(call => call.project === projects[2] && call.work === 0);
    ledger.append(
      { id: '/home/dev/.codex/month.jsonl', assistant: 'codex' },
      { calls: calls.filter(call => call.atMs <= (last?.atMs ?? 0)), reports: [], problems: [], checkpoint: {} },
      () => ({ nanoUsd: nanoUsd(0.2), price: undefined }) as never,
    );
    nowMs = (last?.atMs ?? 0) + minute;
    const { prompt } = await windowOn(ledger, projects[2], [claudeCode, codex]).look();
    assert.equal(prompt?.assistant.name, 'Codex');
    assert.equal(prompt.scope, 'everywhere');
    const { assistant, project } = prompt.advice.request;
    assert.deepEqual({ assistant, project }, { assistant: 'codex', project: undefined });
  });
});
