import { isNoUsage, noUsage, untold, type Usage } from '../core/call.ts';
import { fileHead } from './fileHead.ts';
import {
  asCount,
  asId,
  asText,
  asTime,
  recordIn,
  recordOf,
  type Found,
  type Line,
  type LineFormat,
} from './jsonLines.ts';

/**
 * The list that the meter's own `stop` hook writes, as Cursor keeps no counts itself. A line is what Cursor tells the
 * hook, without texts, and when it did: `{ at, conversation_id, generation_id, model, workspace_roots, input_tokens,
 * output_tokens, cache_read_tokens, cache_write_tokens }`. The first line may have `at` only: since when there is a hook.
 * Lines `{ at, hook }` say that it was turned `off`, or `on` again.
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
    project: Array.isArray(roots) ? folderOf(roots[0]) : undefined,
    model: cursorModel(record['model']),
    provider: undefined,
    usage,
    ...untold,
    offset: line.offset,
    precision: 'turn',
  });
}

/** On Windows, Cursor tells the path of a URI: `/c:/Users/dev/shop`. */
function folderOf(root: unknown): string | undefined {
  const path = asText(root);
  const [, drive, rest = ''] = /^\/([A-Za-z]):(\/.*)?$/.exec(path ?? '') ?? [];
  return drive === undefined ? path : `${drive.toUpperCase()}:${rest.replaceAll('/', '\\')}`;
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

/** More lines than one writes in years: what follows is taken to be as what is before. */
const mostBytes = 32 * 1024 * 1024;

/**
 * Whether turns of a moment were written down by the hook: from the first line on, but for the times between a line
 * that says that it was turned off, and one that says that it is on again. A hook that has not written down a single
 * turn in such a time has told nothing: there are versions of Cursor that tell it no counts.
 */
export function hookTimes(path: string): (atMs: number) => boolean {
  const times: { fromMs: number; toMs: number; hasTurns: boolean }[] = [];
  for (const [index, line] of (fileHead(path, mostBytes) ?? '').split('\n').entries()) {
    const last = times.at(-1);
    if (index > 0 && !line.includes('"hook"')) {
      if (last?.toMs === Infinity) last.hasTurns ||= line.includes('put_tokens"');
      continue;
    }
    const record = recordIn(line);
    const atMs = asTime(record?.['at']);
    if (atMs === undefined) continue;
    if (record?.['hook'] === 'off') {
      if (last?.toMs === Infinity) last.toMs = atMs;
    } else if (last?.toMs !== Infinity) times.push({ fromMs: atMs, toMs: Infinity, hasTurns: false });
  }
  return atMs => times.some(({ fromMs, toMs, hasTurns }) => hasTurns && atMs >= fromMs && atMs < toMs);
}
