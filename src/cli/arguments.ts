import { parseArgs } from 'node:util';
import { UserError } from '../core/errors.ts';
import { isMonth, type Month } from '../core/month.ts';

export const reportGroups = ['day', 'month', 'assistant', 'model', 'provider', 'project', 'session', 'call'] as const;
export type ReportGroup = (typeof reportGroups)[number];

export const monthFormats = ['text', 'html', 'json'] as const;
export type MonthFormat = (typeof monthFormats)[number];

export type Command =
  | {
      readonly name: 'report';
      readonly from: string | undefined;
      readonly to: string | undefined;
      readonly by: ReportGroup;
      readonly timeZone: string | undefined;
      readonly isJson: boolean;
    }
  | {
      readonly name: 'month';
      readonly month: Month;
      readonly format: MonthFormat;
      readonly timeZone: string | undefined;
      readonly hidesProjects: boolean;
    }
  | { readonly name: 'doctor'; readonly isJson: boolean; readonly isProblemReport: boolean }
  | { readonly name: 'continue' }
  /** For the hook that writes the cost into the messages of commits. */
  | { readonly name: 'commit-cost' }
  | { readonly name: 'help' };

/** @throws {UserError} `badArgument` */
export function commandOf(args: readonly string[]): Command {
  const { values, positionals } = parsed(args);
  if (values.help || positionals[0] === 'help' || args.length === 0) return { name: 'help' };
  const [name, ...rest] = positionals;
  if (rest[0] !== undefined) throw bad(rest[0], 'no further argument');
  switch (name) {
    case 'report':
      if (values.month !== undefined) return monthCommand(values.month, values);
      if (values.format !== undefined) throw bad(`--format ${values.format}`, '--month with it');
      if (values['without-project-names']) throw bad('--without-project-names', '--month with it');
      return {
        name,
        from: day(values.from, '--from'),
        to: day(values.to, '--to'),
        by: groupOf(values.by ?? 'day'),
        timeZone: values['time-zone'],
        isJson: values.json,
      };
    case 'doctor':
      return { name, isJson: values.json, isProblemReport: values['problem-report'] };
    case 'continue':
    case 'commit-cost':
      return { name };
    default:
      throw bad(name ?? '', 'report, doctor, continue or help');
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        by: { type: 'string' },
        month: { type: 'string' },
        format: { type: 'string' },
        'without-project-names': { type: 'boolean', default: false },
        'time-zone': { type: 'string' },
        'problem-report': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // Its message names the argument and says what is wrong with it.
    throw new UserError({
      kind: 'badArgument',
      argument: error instanceof Error ? error.message : String(error),
      expected: 'the options that `ai-spend help` lists',
    });
  }
}

function monthCommand(month: string, values: ReturnType<typeof parsed>['values']): Command {
  const { from, to, by, json, format = json ? 'json' : 'text' } = values;
  const other = Object.entries({ from, to, by }).find(([, value]) => value !== undefined);
  if (other) throw bad(`--${other[0]} ${other[1] ?? ''}`, 'either --month or --from, --to and --by');
  if (!isMonth(month)) throw bad(`--month ${month}`, 'a month as YYYY-MM');
  const found = monthFormats.find(candidate => candidate === format);
  if (!found) throw bad(`--format ${format}`, monthFormats.join(', '));
  if (json && found !== 'json') throw bad(`--format ${format}`, '--json without another format');
  return {
    name: 'month',
    month,
    format: found,
    timeZone: values['time-zone'],
    hidesProjects: values['without-project-names'],
  };
}

function day(text: string | undefined, option: string): string | undefined {
  if (text === undefined) return undefined;
  const atMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 10) !== text) {
    throw bad(`${option} ${text}`, 'a day of the calendar as YYYY-MM-DD');
  }
  return text;
}

function groupOf(text: string): ReportGroup {
  const group = reportGroups.find(candidate => candidate === text);
  if (!group) throw bad(`--by ${text}`, reportGroups.join(', '));
  return group;
}

function bad(argument: string, expected: string): UserError {
  return new UserError({ kind: 'badArgument', argument, expected });
}
