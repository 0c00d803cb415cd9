import type { BudgetScope } from '../core/budget.ts';
import type { Occasion } from '../core/interruption.ts';
import type { Meter } from '../core/meterApi.ts';
import { calendarOf } from '../core/period.ts';
import type { SwitchAdvice } from '../core/switchAdvisor.ts';
import { dismissedAgain, promptFor, suggestionKeys, type SwitchMoment } from '../core/switchMoment.ts';
import type { Switcher, SwitchScope } from '../switching/switcher.ts';
import { adviceRequest } from './adviceRequest.ts';
import type { Settings } from './settings.ts';

/** An assistant that could be switched now. */
export type Switchable = Pick<Switcher, 'assistant' | 'internalCallsOf' | 'name' | 'scopes'>;

/** What is offered without being asked for. */
export interface Suggestion {
  readonly kind: 'switch' | 'trial';
  readonly assistant: Switchable;
  readonly scope: SwitchScope;
  readonly advice: SwitchAdvice;
  /** Its project is the folder of the window. */
  readonly moment: SwitchMoment;
}

export interface SuggestionRuleOptions {
  readonly meter: Pick<Meter, 'advice' | 'decide' | 'decision' | 'moments'>;
  readonly settings: () => Pick<Settings, 'internalModel' | 'suggestions'>;
  /** The folder of this window that a switch of the project is about; undefined without one. */
  readonly project: () => string | undefined;
  /** Those in use, the most recent first, that can call the internal model and are not switched. */
  readonly switchables: () => Promise<readonly Switchable[]>;
  /** What budgets are for that are (nearly) spent. */
  readonly scopesInDanger: () => readonly BudgetScope[];
  readonly timeZone: () => string;
  readonly now: () => number;
  /** The one gate for everything that shows itself without being asked for. */
  readonly mayInterrupt: (occasion: Occasion) => Promise<boolean>;
  /** The sentence that is shown, and kept in the history. */
  readonly textOf: (suggestion: Suggestion) => string;
}

export interface Look {
  /** Whether there is something to suggest to whoever asks for it. */
  readonly isSuggested: boolean;
  /** What to show now. The right to do so is claimed: nobody else will. */
  readonly prompt: (Suggestion & { readonly text: string }) | undefined;
  /** When to look again at the latest, in milliseconds since 1970 (UTC). */
  readonly againAtMs: number | undefined;
}

const nothing: Look = { isSuggested: false, prompt: undefined, againAtMs: undefined };

/** What one window suggests, and what it learns from the answers: all windows share one ledger. */
export class SuggestionRule {
  readonly #options: SuggestionRuleOptions;

  constructor(options: SuggestionRuleOptions) {
    this.#options = options;
  }

  async look(): Promise<Look> {
    const { meter, project, switchables, now, scopesInDanger } = this.#options;
    if (!this.#options.settings().internalModel) return nothing;
    const folder = project();
    const all = await switchables();
    const [latest] = all;
    if (!latest) return nothing;
    const [never, latestAdvice, { moments, againAtMs }] = await Promise.all([
      folder === undefined ? undefined : meter.decision(suggestionKeys.never(folder)),
      this.#adviceFor(latest),
      meter.moments({
        nowMs: now(),
        assistants: all.map(({ assistant }) => assistant),
        project: folder,
        scopesInDanger: scopesInDanger(),
      }),
    ]);
    if (never) return nothing;
    const prompt = await this.#promptFor(moments, all, latestAdvice);
    return { isSuggested: latestAdvice.isMaterial || prompt !== undefined, prompt, againAtMs };
  }

  /** Was waved aside, or closed without an answer: it comes again, but later each time. */
  async dismiss({ moment }: Suggestion): Promise<void> {
    const { meter } = this.#options;
    const key = suggestionKeys.dismissed(moment);
    await meter.decide(key, dismissedAgain(await meter.decision(key)));
  }

  /** Was taken up: what was waved aside before counts no longer. */
  async accept({ moment }: Suggestion): Promise<void> {
    await this.#options.meter.decide(suggestionKeys.dismissed(moment), undefined);
  }

  /** Never again in the project of this window. */
  async refuse(): Promise<void> {
    const folder = this.#options.project();
    if (folder !== undefined) await this.#options.meter.decide(suggestionKeys.never(folder), 'yes');
  }

  async #promptFor(
    moments: readonly SwitchMoment[],
    all: readonly Switchable[],
    latestAdvice: SwitchAdvice,
  ): Promise<Look['prompt']> {
    const { settings, project, now, meter, textOf } = this.#options;
    for (const seen of moments) {
      const assistant = all.find(one => one.assistant === seen.assistant);
      if (!assistant) continue;
      const isLatest = assistant.assistant === latestAdvice.request.assistant;
      const moment = { ...seen, project: project() };
      const [advice, installed, dismissed] = await Promise.all([
        isLatest ? latestAdvice : this.#adviceFor(assistant),
        meter.decision(suggestionKeys.installed),
        meter.decision(suggestionKeys.dismissed(moment)),
      ]);
      const isEnabled = settings().suggestions.enabled;
      const situation = { moment, advice, isEnabled, installed, dismissed, never: undefined, nowMs: now() };
      const kind = promptFor(situation);
      if (kind === undefined) continue;
      const suggestion = { kind, assistant, scope: this.#scopeOf(assistant), advice, moment };
      const text = textOf(suggestion);
      return (await this.#mayShow(moment, text)) ? { ...suggestion, text } : undefined;
    }
    return undefined;
  }

  #mayShow(moment: SwitchMoment, text: string): Promise<boolean> {
    const { timeZone, now, mayInterrupt } = this.#options;
    const day = calendarOf(timeZone()).dayOf(now());
    return mayInterrupt({
      kind: 'switchSuggestion',
      key: suggestionKeys.shown(day, moment),
      cause: suggestionKeys.day(day),
      facts: { text, assistant: moment.assistant, moment: moment.cause },
    });
  }

  #scopeOf({ scopes }: Switchable): SwitchScope {
    return scopes.includes('project') && this.#options.project() !== undefined ? 'project' : 'everywhere';
  }

  /** About what a switch would change: the project, or everything if the assistant knows no less. */
  #adviceFor(assistant: Switchable): Promise<SwitchAdvice> {
    const { meter, settings, project, now, timeZone } = this.#options;
    return meter.advice(
      adviceRequest({
        settings: settings(),
        assistant,
        project: this.#scopeOf(assistant) === 'project' ? project() : undefined,
        isSwitched: false,
        nowMs: now(),
        timeZone: timeZone(),
      }),
    );
  }
}
