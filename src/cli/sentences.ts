import type { DoctorReport } from '../core/doctor.ts';
import { reasonOf, UserError, type UserProblem } from '../core/errors.ts';
import { formatTokens } from '../core/money.ts';

export const help = `ai-spend: what your AI assistants cost

  ai-spend report [--from YYYY-MM-DD] [--to YYYY-MM-DD] [--by GROUP] [--time-zone ZONE] [--json]
      GROUP: day (if none is given), month, assistant, model, provider, project, session, call
  ai-spend report --month YYYY-MM [--format text|html|json] [--without-project-names] [--time-zone ZONE]
      a month with its budgets, changes and switches; as HTML one file that needs nothing else
  ai-spend doctor [--problem-report] [--json]
      which logs were looked for, found and read, and what could not be read; as a problem report without the names
      of your home, projects and sessions, to be passed on (neither has anything of what a log says)
  ai-spend continue
      lets the next prompt of Claude Code go on that a budget has paused, once
  ai-spend commit-cost
      what the calls cost that a commit made here now would be the next one of: for the line AI-Cost of its message

Report and doctor bring the ledger up to date first. HOME, CLAUDE_CONFIG_DIR, CODEX_HOME and AI_SPEND_METER_HOME are honoured.
`;

/** One sentence that says what is wrong and what to do. */
export function sentenceOf(error: unknown): string {
  return error instanceof UserError ? problemSentence(error.problem) : `ai-spend failed: ${reasonOf(error)}`;
}

function problemSentence(problem: UserProblem): string {
  switch (problem.kind) {
    case 'ledgerTooNew':
      return `The ledger ${problem.path} was written by a newer version of AI Spend Meter: update this one.`;
    case 'ledgerUnusable':
      return `The ledger ${problem.path} cannot be used (${problem.reason}): check its folder, or move the file away to start a new one from the logs.`;
    case 'sqliteMissing':
      return `Node ${problem.nodeVersion} has no SQLite: use Node 22.15 or newer.`;
    case 'unknownTimeZone':
      return `The time zone ${problem.timeZone} is not known: give an IANA name such as Europe/Berlin.`;
    case 'badArgument':
      return `ai-spend cannot use ${JSON.stringify(problem.argument)}: expected ${problem.expected}.`;
    default:
      return `ai-spend failed: ${problem.kind}.`;
  }
}

/** The doctor's report for people. */
export function doctorText(report: DoctorReport): string {
  const lines = [
    `Ledger: ${report.ledger.path}, ${bytes(report.ledger.sizeBytes)}, ${String(report.ledger.calls)} calls`,
  ];
  for (const assistant of report.assistants) {
    lines.push('', assistant.name);
    for (const folder of assistant.folders.filter(({ exists }) => exists)) {
      lines.push(`  ${folder.path}: ${folder.reason === undefined ? 'found' : `cannot be read (${folder.reason})`}`);
    }
    const [likeliest, ...others] = assistant.folders.filter(({ exists }) => !exists);
    if (likeliest)
      lines.push(`  ${likeliest.path}: not there${others.length > 0 ? ` (nor ${String(others.length)} others)` : ''}`);
    if (assistant.variables.length > 0) {
      const variables = assistant.variables.map(({ name, isSet }) => (isSet ? `${name} (set)` : name));
      lines.push(`  moved by ${variables.join(', ')}`);
    }
    for (const path of assistant.files) lines.push(`  ${path}: found`);
    if (assistant.filesLookedFor > 0) {
      lines.push(
        `  ${String(assistant.files.length)} of ${String(assistant.filesLookedFor)} places that may have a single log`,
      );
    }
    lines.push(
      `  ${String(assistant.logs)} logs, ${bytes(assistant.sizeBytes)}; ${String(assistant.readLogs)} read to their end; ` +
        `${String(assistant.calls)} calls in the ledger`,
    );
    if (assistant.versions.length > 0) lines.push(`  written by version ${assistant.versions.join(', ')}`);
    if (assistant.kinds.length > 0) {
      const kinds = assistant.kinds.map(({ kind, count }) => `${kind} ${String(count)}`);
      lines.push(`  records in the newest logs: ${kinds.join(', ')}`);
    }
    for (const { kind, count, path, offset } of assistant.unknownKinds) {
      lines.push(`  not known to this version: ${String(count)} ${kind}, first in ${path} at byte ${String(offset)}`);
    }
    for (const { path, reason } of assistant.unreadLogs) {
      lines.push(`  not read to its end: ${path} (${reason === 'hasGrown' ? 'it has changed since' : reason})`);
    }
    for (const { path, offset, kind, reason } of assistant.problems) {
      lines.push(`  ${kind}: ${path} at byte ${String(offset)}${reason === undefined ? '' : ` (${reason})`}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function bytes(count: number): string {
  return `${formatTokens(count, { locale: 'en' })}B`;
}
