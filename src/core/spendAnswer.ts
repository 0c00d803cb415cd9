import { firstRequest, sessionLead, type PanelLead, type PanelRange, type PanelRequest } from './panel.ts';
import type { Calendar, Range } from './period.ts';

/** What can be asked of spend in the chat: what it cost; why more than usual; what is left; what if. */
export const spendTopics = ['cost', 'why', 'left', 'internalModel'] as const;
export type SpendTopic = (typeof spendTopics)[number];

/** Of which time. A session is that of the latest call, whole. */
export const spendSpans = ['session', 'today', 'yesterday', 'week', 'lastWeek', 'month', 'lastMonth', 'all'] as const;
export type SpendSpan = (typeof spendSpans)[number];

export interface SpendQuestion {
  /** In the order in which they are answered, each once. */
  readonly topics: readonly SpendTopic[];
  readonly span: SpendSpan;
  /** Whether projects may be named: only where the user asks for projects. */
  readonly namesProjects: boolean;
}

/** The commands of the chat participant, as package.json declares them. */
export const spendCommands: Readonly<Record<string, SpendQuestion>> = {
  session: { topics: ['cost'], span: 'session', namesProjects: false },
  today: { topics: ['cost'], span: 'today', namesProjects: false },
  week: { topics: ['cost'], span: 'week', namesProjects: false },
  month: { topics: ['cost'], span: 'month', namesProjects: false },
  why: { topics: ['why'], span: 'today', namesProjects: false },
  left: { topics: ['left'], span: 'today', namesProjects: false },
  internal: { topics: ['internalModel'], span: 'month', namesProjects: false },
};

/** Words that tell a topic, in the order in which topics are answered. */
const topicWords: readonly (readonly [topic: SpendTopic, words: RegExp])[] = [
  ['cost', /\b(costs?|spen[dt]|spending|pa(y|id)|bill(ed)?|how much|price|total|usage|tokens?|expensive)\b/],
  ['why', /\b(why|reasons?|causes?|rose|risen|rise|increased?|went up|gone up|more than usual|spike)\b/],
  ['left', /\b(left|remain(s|ing)?|budgets?|limits?|run out|afford)\b/],
  [
    'internalModel',
    /\b(internal|in-house|would (it|this|that|they|we)?\b.*\bcost|what if|instead|sav(e|ed|ing|ings))\b/,
  ],
];

/** Words that tell a time; the first that fits wins. */
const spanWords: readonly (readonly [span: SpendSpan, words: RegExp])[] = [
  ['session', /\b(session|conversation|thread|chat|task)\b/],
  ['yesterday', /\byesterday\b/],
  ['lastWeek', /\b(last|previous) week\b/],
  ['lastMonth', /\b(last|previous) month\b/],
  ['week', /\bweek\b/],
  ['month', /\bmonth\b/],
  ['all', /\b(ever|all time|altogether|so far in all|all of it)\b/],
  ['today', /\b(today|day|now|so far)\b/],
];

/** Times that people ask for and that are none of ours: an answer about another one would mislead. */
const otherTimes =
  /\b(years?|quarters?|hours?|minutes?|days ago|weeks ago|months ago|(last|past) \d+|january|february|march|april|june|july|august|september|october|november|december|(mon|tues|wednes|thurs|fri|satur|sun)day|20\d\d)\b/;

/**
 * What a sentence in the chat asks.
 * @param command the command of the participant, if one was given
 * @returns undefined if it is not understood: better no answer than one to another question
 */
export function questionOf(prompt: string, command?: string): SpendQuestion | undefined {
  const text = prompt.toLowerCase().replaceAll('’', "'");
  const namesProjects = /\b(projects?|repos?|repositor(y|ies)|folders?)\b/.test(text);
  const asked = command === undefined ? undefined : spendCommands[command];
  if (asked) return { ...asked, namesProjects };
  if (otherTimes.test(text)) return undefined;
  const span = spanWords.find(([, words]) => words.test(text))?.[0];
  const found = topicWords.filter(([, words]) => words.test(text)).map(([topic]) => topic);
  // "What would it have cost with …" asks for one number, "how much is left" for another: neither for what it cost.
  const isOther = found.includes('internalModel') || (found.includes('left') && !/\b(costs?|spent)\b/.test(text));
  const topics = found.filter(topic => topic !== 'cost' || !isOther);
  if (topics.length === 0 && span === undefined) return undefined;
  return {
    topics: topics.length > 0 ? topics : ['cost'],
    span: span ?? (topics.includes('internalModel') ? 'month' : 'today'),
    namesProjects,
  };
}

/** The days that are asked for, as the panel takes them. */
export function rangeOfSpan(span: Exclude<SpendSpan, 'session'>, calendar: Calendar, nowMs: number): PanelRange {
  const daysIn = ({ fromMs, toMs }: Range): PanelRange => ({
    kind: 'custom',
    fromDay: calendar.dayOf(fromMs),
    toDay: calendar.dayOf(toMs - 1),
  });
  switch (span) {
    case 'today':
      return { kind: 'today' };
    case 'yesterday':
      return daysIn(dayOfSpan('yesterday', calendar, nowMs));
    case 'week':
      return daysIn(calendar.rangeOf('week', nowMs));
    case 'lastWeek':
      return daysIn(calendar.rangeOf('week', calendar.rangeOf('week', nowMs).fromMs - 1));
    case 'month':
      return { kind: 'month' };
    case 'lastMonth':
      return daysIn(calendar.rangeOf('month', calendar.rangeOf('month', nowMs).fromMs - 1));
    case 'all':
      return { kind: 'all' };
  }
}

/** The spans of one day, which can be compared with what is usual on a day. */
export type DaySpan = 'today' | 'yesterday';

export function isDaySpan(span: SpendSpan): span is DaySpan {
  return span === 'today' || span === 'yesterday';
}

export function dayOfSpan(span: DaySpan, calendar: Calendar, nowMs: number): Range {
  const today = calendar.rangeOf('day', nowMs);
  return span === 'today' ? today : calendar.rangeOf('day', today.fromMs - 1);
}

/** The session that is asked about. */
export interface AskedSession {
  readonly assistant: string;
  readonly sessionId: string;
}

/** Where the panel shows what a topic is about: what is asked of the meter, and where the answer leads. */
export function leadOf(
  topic: SpendTopic,
  {
    span,
    range,
    session,
  }: { readonly span: SpendSpan; readonly range: PanelRange; readonly session: AskedSession | undefined },
): PanelLead {
  switch (topic) {
    case 'cost':
    case 'why':
      return span === 'session' && session ? sessionLead(session) : { tab: 'overview', range, filter: {} };
    case 'left':
      return { tab: 'budgets' };
    case 'internalModel':
      return { tab: 'whatIf', range, filter: {} };
  }
}

export function requestOf(lead: PanelLead): PanelRequest {
  return { ...firstRequest, ...lead };
}

/** What a model asks, whatever it hands over: what is none of ours is as if it were not there. */
export function questionIn(input: unknown): SpendQuestion {
  const { topics, span, namesProjects } = (typeof input === 'object' && input !== null ? input : {}) as Readonly<
    Partial<Record<keyof SpendQuestion, unknown>>
  >;
  const asked = Array.isArray(topics) ? spendTopics.filter(topic => topics.includes(topic)) : [];
  return {
    topics: asked.length > 0 ? asked : ['cost'],
    span: spendSpans.find(known => known === span) ?? 'today',
    namesProjects: namesProjects === true,
  };
}
