import { outcome } from '../core/call.ts';
import { asRecord, asText, type Line } from './jsonLines.ts';

/** What a record of the user's side tells of the call before it. */
export interface Outcome {
  /** A sum of `outcome` flags. */
  readonly flags: number;
  /** Whether it is what the user wrote. */
  readonly isPrompt: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Goes by the marks of Claude Code itself, never by what the user or a tool wrote. */
export function outcomeIn(record: Fields): Outcome {
  const content = asRecord(record['message'])?.['content'];
  if (!Array.isArray(content)) return { flags: 0, isPrompt: isWritten(record) };
  let flags = 0;
  let isPrompt = false;
  for (const value of content as readonly unknown[]) {
    const block = asRecord(value);
    if (block?.['type'] === 'tool_result') flags |= flagsOfResult(block, record);
    else if (block?.['type'] === 'text') {
      if (stopMarks.has(asText(block['text']) ?? '')) flags |= outcome.interrupted;
      else isPrompt ||= isWritten(record);
    }
  }
  return { flags, isPrompt };
}

/** Claude Code marks what it puts into the conversation itself, and what it tells a subagent to do. */
function isWritten(record: Fields): boolean {
  return marks.every(mark => record[mark] !== true);
}

const marks = ['isMeta', 'isCompactSummary', 'isSidechain'] as const;

/** Whether a line of the user's side may say by a mark that the user has not written it. */
export function mayBeMarked({ bytes, start, end }: Line): boolean {
  const line = bytes.subarray(start, end);
  // Most lines have nothing that is true, and each search takes longer than the rest.
  return line.includes('":true', 0, 'latin1') && markTexts.some(text => line.includes(text, 0, 'latin1'));
}

/** A text has its quotes escaped, so it is a key that this finds. */
const markTexts = marks.map(mark => `"${mark}":true`);

/** What stands for the user's side when the user stops an answer, or a tool (as of 1.0 to 2.1.330). */
const stopMarks: ReadonlySet<string> = new Set([
  '[Request interrupted by user]',
  '[Request interrupted by user for tool use]',
]);

/** What the results of refused tools began with before they were marked in a field (as of 1.0 to 2.1). */
const refusalMark = "The user doesn't want to proceed with this tool use.";

function flagsOfResult(block: Fields, record: Fields): number {
  if (block['is_error'] !== true) return 0;
  switch (record['toolDenialKind']) {
    case undefined:
      return asText(block['content'])?.startsWith(refusalMark) === true ? outcome.rejected : outcome.toolFailed;
    // Stopped while it ran, or because the turn was.
    case 'interrupted':
    case 'cancelled':
      return outcome.interrupted;
    // By the user, by a rule of the user's, by the classifier of the mode that asks nobody.
    default:
      return outcome.rejected;
  }
}
