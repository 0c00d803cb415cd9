import { closeSync, openSync, readSync } from 'node:fs';
import { isNoUsage, noUsage, type Usage } from '../core/call.ts';
import {
  asCount,
  asId,
  asRecord,
  asText,
  asTime,
  recordOf,
  type Found,
  type Line,
  type LineFormat,
} from './jsonLines.ts';

/**
 * The list that the meter's own `stop` hook writes, as Cursor keeps no counts itself. A line is what Cursor tells the
 * hook, without texts, and when it did: `{ at, conversation_id, generation_id, model, workspace_roots, input_tokens,
 * output_tokens, cache_read_tokens, cache_write_tokens }`. The first line may have `at` only: since when there is a hook.
 */
export const hookFileName = 'usage.jsonl';

export const hookFormat: LineFormat<Record<string, never>> = {
  begin: () => ({}),
  parse: readTurn,
  dismisses: () => false,
};

/** One turn: the sum of its requests, told once at its end. */
function readTurn(line: Line, _state: unknown, found: Found): void {
  const record = recordOf(line);
  if (!record) {
    found.problem('malformed');
    return;
  }
  if (record['input_tokens'] === undefined && record['output_tokens'] === undefined) return;
  const atMs = asTime(record['at']);
  const usage = usageOf(record);
  if (atMs === undefined || !usage) {
    found.problem('malformed');
    return;
  }
  if (isNoUsage(usage)) return;
  const conversation = asId(record['conversation_id']) ?? 'unknown';
  const roots = record['workspace_roots'];
  found.call({
    key: `${conversation}:${asId(record['generation_id']) ?? String(atMs)}`,
    atMs,
    sessionId: conversation,
    project: Array.isArray(roots) ? asText(roots[0]) : undefined,
    model: cursorModel(record['model']),
    provider: undefined,
    usage,
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent: false,
    isCopy: false,
    entrypoint: undefined,
    work: 0,
    offset: line.offset,
    precision: 'turn',
  });
}

/** Cursor's own names of models end in an effort, which a price list only knows behind this route. */
export function cursorModel(name: unknown): string | undefined {
  const model = asText(name);
  // Both mean that Cursor chose a model; it does not tell which one.
  return model === undefined ? undefined : `cursor/${model === 'default' ? 'auto' : model}`;
}

/** @returns undefined if the numbers make no sense */
function usageOf(record: Readonly<Record<string, unknown>>): Usage | undefined {
  const input = asCount(record['input_tokens']);
  const output = asCount(record['output_tokens']);
  const cacheRead = asCount(record['cache_read_tokens']);
  const cacheWrite = asCount(record['cache_write_tokens']);
  if (input === undefined || output === undefined || cacheRead === undefined || cacheWrite === undefined) {
    return undefined;
  }
  // The input includes the cache; where it cannot, it does not.
  const isIncluded = cacheRead + cacheWrite <= input;
  return {
    ...noUsage,
    inputTokens: isIncluded ? input - cacheRead - cacheWrite : input,
    outputTokens: output,
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite,
  };
}

const firstLineBytes = 4096;

/** Since when turns are written down by the hook; undefined if there is none. */
export function firstHookMs(path: string): number | undefined {
  const bytes = Buffer.alloc(firstLineBytes);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const length = readSync(file, bytes, 0, bytes.length, 0);
    const [line = ''] = bytes.toString('utf8', 0, length).split('\n', 1);
    return asTime(asRecord(JSON.parse(line))?.['at']);
  } catch {
    return undefined; // No hook was ever installed, or its list is damaged: then the export is all there is.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
