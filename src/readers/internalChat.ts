import { join } from 'node:path';
import { noUsage, untold, usageBuckets, type Usage } from '../core/call.ts';
import { chatAssistant, chatRecordsFolder } from '../core/chatRecord.ts';
import { dataFolder } from '../core/dataFolder.ts';
import { workOfTool } from './copilotChatWork.ts';
import {
  asCount,
  asId,
  asRecord,
  asText,
  asTime,
  jsonLines,
  recordOf,
  type Found,
  type Line,
  type LineFormat,
  type ReadBuffer,
} from './jsonLines.ts';
import type { Reader } from './reader.ts';

/** The internal model in VS Code's own chat: our provider of it writes down each call itself. */
export function internalChatReader(buffer: ReadBuffer): Reader {
  return {
    id: chatAssistant,
    name: 'Internal model in chat',
    coverage: { level: 'exact', lost: 'Where an answer does not tell its usage, or was stopped, it is estimated.' },
    folders: environment => [join(dataFolder(environment), chatRecordsFolder)],
    isLog: path => /[\\/]\d{4}-\d{2}\.jsonl$/.test(path),
    open: log => jsonLines({ log, assistant: chatAssistant, format, buffer }),
  };
}

const format: LineFormat<Record<string, never>> = {
  begin: () => ({}),
  parse: readRecord,
  dismisses: () => false,
};

/** A line is a `ChatRecord`, unless somebody else has written it. */
function readRecord(line: Line, _state: unknown, found: Found): void {
  const record = recordOf(line);
  const key = asId(record?.['id']);
  const atMs = asTime(record?.['at']);
  const usage = usageOf(asRecord(record?.['usage']));
  if (!record || key === undefined || atMs === undefined || !usage) {
    found.problem('malformed');
    return;
  }
  found.call({
    key,
    atMs,
    // What belongs to no conversation has its day (UTC) in common.
    sessionId: asId(record['session']) ?? new Date(atMs).toISOString().slice(0, 'yyyy-mm-dd'.length),
    project: asText(record['project']),
    model: asText(record['model']),
    provider: undefined,
    usage,
    ...untold,
    billing: 'billed',
    entrypoint: asId(record['initiator']),
    work: workOf(record['tools']),
    offset: line.offset,
    ...(record['precision'] === undefined ? {} : { precision: 'estimated' }),
  });
}

/** @returns undefined if one of the numbers makes no sense as a count */
function usageOf(counts: Readonly<Record<string, unknown>> | undefined): Usage | undefined {
  if (!counts) return undefined;
  const usage: Record<keyof Usage, number> = { ...noUsage };
  for (const bucket of usageBuckets) {
    const count = asCount(counts[bucket]);
    if (count === undefined) return undefined;
    usage[bucket] = count;
  }
  return { ...usage, reasoningTokens: Math.min(usage.reasoningTokens, usage.outputTokens) };
}

function workOf(tools: unknown): number {
  let flags = 0;
  for (const tool of Array.isArray(tools) ? (tools as readonly unknown[]) : []) {
    const name = asText(tool);
    if (name !== undefined) flags |= workOfTool(name);
  }
  return flags;
}
