import * as vscode from 'vscode';

import type { Meter } from '../core/meterApi.ts';
import type { PanelContribution, PanelLead } from '../core/panel.ts';
import { calendarOf } from '../core/period.ts';
import { isRunning } from '../core/sideView.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import {
  dayOfSpan,
  isDaySpan,
  leadOf,
  questionIn,
  questionOf,
  rangeOfSpan,
  requestOf,
  type SpendQuestion,
  type SpendTopic,
} from '../core/spendAnswer.ts';
import type { Language } from '../core/statusText.ts';
import { commandId, type CommandName } from './commandIds.ts';
import { sentenceOf } from './commands.ts';
import { escape } from './markdownText.ts';
import { spendText, toldTexts, type SpendFacts, type SpendText } from './spendAnswerText.ts';

export interface SpendAnswersOptions {
  readonly meter: Pick<Meter, 'panel' | 'explain'>;
  readonly snapshot: () => MeterSnapshot | undefined;
  readonly contribution: () => Promise<PanelContribution>;
  readonly language: Language;
}

/** One topic's answer, and where the panel shows it. */
interface Answer {
  readonly topic: SpendTopic;
  readonly about: SpendFacts['about'];
  readonly text: SpendText;
  readonly lead: PanelLead;
}

/** What the chat is told of spend: by the participant, which asks no model, and by the tool that models may use. */
export class SpendAnswers {
  readonly #options: SpendAnswersOptions;

  constructor(options: SpendAnswersOptions) {
    this.#options = options;
  }

  /** Answers in the chat from the ledger alone. */
  async answer(
    { prompt, command }: Pick<vscode.ChatRequest, 'prompt' | 'command'>,
    stream: vscode.ChatResponseStream,
  ): Promise<vscode.ChatResult> {
    const { t } = vscode.l10n;
    const question = questionOf(prompt, command);
    if (!question) {
      stream.markdown(helpMarkdown());
      button(stream, { title: t('Open Usage'), name: 'openUsage' });
      return {};
    }
    try {
      const answers = await this.#answersTo(question);
      for (const { about, text, lead } of answers) {
        stream.markdown(markdownOf(text));
        if (about === 'noInternalModel') {
          button(stream, { title: t('Describe It'), name: 'describeInternalModel' });
        } else {
          button(stream, { title: t('Show in the Usage Panel'), name: 'openUsage', argument: lead });
        }
      }
      return { metadata: { topics: question.topics } };
    } catch (error) {
      return { errorDetails: { message: sentenceOf(error) } };
    }
  }

  /** What else could be asked. */
  followups({ metadata }: vscode.ChatResult): vscode.ChatFollowup[] {
    const { t } = vscode.l10n;
    const asked = (metadata?.['topics'] ?? []) as readonly SpendTopic[];
    const offers: readonly (readonly [topic: SpendTopic, command: string, label: string])[] = [
      ['cost', 'session', t('What did the last session cost?')],
      ['why', 'why', t('Why did today cost more than usual?')],
      ['left', 'left', t('What is left of my budgets?')],
      ['internalModel', 'internal', t('What would this month have cost with the internal model?')],
    ];
    return offers
      .filter(([topic]) => !asked.includes(topic))
      .map(([, command, label]) => ({ prompt: '', command, label }));
  }

  /** Says what a model is about to be told; nothing is told before the user agrees. */
  prepare(input: unknown): vscode.PreparedToolInvocation {
    const { t } = vscode.l10n;
    const lines = toldTexts(questionIn(input), this.#options.language);
    const message = [t('The model of this chat will be told:'), lines.map(line => `- ${escape(line)}`).join('\n')];
    return {
      invocationMessage: t('Looking up AI spend'),
      confirmationMessages: {
        title: t('Tell the model what was spent?'),
        message: new vscode.MarkdownString(message.join('\n\n')),
      },
    };
  }

  /** What a model is told. */
  async tell(input: unknown): Promise<vscode.LanguageModelToolResult> {
    const answers = await this.#answersTo(questionIn(input));
    const text = answers.map(({ text: { headline, points } }) =>
      [headline, ...points.map(point => `- ${point}`)].join('\n'),
    );
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text.join('\n\n'))]);
  }

  async #answersTo(question: SpendQuestion): Promise<readonly Answer[]> {
    const { snapshot: latest, language } = this.#options;
    const snapshot = latest();
    if (!snapshot) {
      const text = { headline: vscode.l10n.t('The meter is starting.'), points: [] };
      return [{ topic: 'cost', about: 'nothing', text, lead: { tab: 'overview' } }];
    }
    const answers: Answer[] = [];
    for (const topic of topicsOf(question)) {
      const { facts, lead } = await this.#factsOf(topic, question, snapshot);
      const { timeZone } = snapshot;
      const text = spendText(facts, { language, timeZone, namesProjects: question.namesProjects });
      answers.push({ topic, about: facts.about, text: withReading(text, snapshot), lead });
    }
    return answers;
  }

  async #factsOf(
    topic: SpendTopic,
    { span }: SpendQuestion,
    snapshot: MeterSnapshot,
  ): Promise<{ readonly facts: SpendFacts; readonly lead: PanelLead }> {
    const { meter, contribution } = this.#options;
    const calendar = calendarOf(snapshot.timeZone);
    const nowMs = Date.now();
    // The panel prices a session otherwise only with the day that it is in.
    const days = span === 'session' ? 'today' : span;
    const range = rangeOfSpan(days, calendar, nowMs);
    const lead = leadOf(topic, { span, range, session: snapshot.session });
    switch (topic) {
      case 'left':
        return { lead, facts: { about: 'left', watch: snapshot.watch } };
      case 'internalModel': {
        const known = await contribution();
        if (known.internalModels.length === 0) return { lead, facts: { about: 'noInternalModel' } };
        const whatIf = known.internalModels.map(({ model }) => `internal:${model}`);
        const view = await meter.panel(requestOf({ ...lead, whatIf }), known);
        return {
          lead,
          facts: view.shows === 'whatIf' ? { about: 'internalModel', span: days, view } : { about: 'nothing' },
        };
      }
      case 'why':
        if (isDaySpan(span)) {
          const day = dayOfSpan(span, calendar, nowMs);
          const explanation = await meter.explain(day);
          return { lead, facts: { about: 'why', span, day: calendar.dayOf(day.fromMs), explanation } };
        }
        return { lead, facts: await this.#costOf(lead, days, snapshot) };
      case 'cost':
        return { lead, facts: await this.#costOf(lead, days, snapshot) };
    }
  }

  async #costOf(lead: PanelLead, span: SpendQuestion['span'], snapshot: MeterSnapshot): Promise<SpendFacts> {
    const { meter, contribution } = this.#options;
    const view = await meter.panel(requestOf(lead), await contribution());
    if (view.shows === 'session') return { about: 'session', view, isRunning: isRunning(snapshot) };
    return view.shows === 'overview' ? { about: 'cost', span, view } : { about: 'nothing' };
  }
}

/** Of a session or of many days, what it cost says what for; and that is all there is to say why. */
function topicsOf({ topics, span }: SpendQuestion): readonly SpendTopic[] {
  return isDaySpan(span) || !topics.includes('cost') ? topics : topics.filter(topic => topic !== 'why');
}

function withReading(text: SpendText, { reading }: MeterSnapshot): SpendText {
  if (reading.state === 'ready') return text;
  return { ...text, points: [...text.points, vscode.l10n.t('The numbers grow until that is done.')] };
}

function markdownOf({ headline, points }: SpendText): string {
  return [`${escape(headline)}\n`, ...points.map(point => `- ${escape(point)}`), '\n'].join('\n');
}

function helpMarkdown(): string {
  const { t } = vscode.l10n;
  return [
    t('I answer from the meter, without a model. Ask for instance:'),
    [
      t('What did this session cost, and what is left?'),
      t('What did I spend this week, by project?'),
      t('Why did today cost more than usual?'),
      t('What would this month have cost with the internal model?'),
    ]
      .map(example => `- ${escape(example)}`)
      .join('\n'),
    t('Times that I know: the last session, today, yesterday, this or last week or month, all time.'),
    '',
  ].join('\n\n');
}

function button(
  stream: vscode.ChatResponseStream,
  { title, name, argument }: { readonly title: string; readonly name: CommandName; readonly argument?: PanelLead },
): void {
  stream.button({ title, command: commandId(name), ...(argument && { arguments: [argument] }) });
}
