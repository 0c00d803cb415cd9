import { parseArgs } from 'node:util';
import { UserError } from '../core/errors.ts';

export const reportGroups = ['day', 'month', 'assistant', 'model', 'provider', 'project', 'session', 'call'] as const;
export type ReportGroup = (typeof reportGroups)[number];

export type Command =
  | {
      readonly name: 'report';
      readonly from: string | undefined;
      readonly to: string | undefined;
      readonly by: ReportGroup;
      readonly timeZone: string | undefined;
      readonly isJson: boolean;
    }
  | { readonly name: 'doctor'; readonly isJson: boolean; readonly isProblemReport: boolean }
  | { readonly name: 'help' };

/** @throws {UserError} `badArgument` */
export function commandOf(args: readonly string[]): Command {
  const { values, positionals } = parsed(args);
  if (values.help || positionals[0] === 'help' || args.length === 0) return { name: 'help' };
  const [name, ...rest] = positionals;
  if (rest[0] !== undefined) throw bad(rest[0], 'no further argument');
  switch (name) {
    case 'report':
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
    default:
      throw bad(name ?? '', 'report, doctor or help');
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
