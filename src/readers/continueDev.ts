import { basename, isAbsolute, join } from 'node:path';
import { isNoUsage, noUsage, untold, type Call, type Usage } from '../core/call.ts';
import { providerId } from '../core/modelId.ts';
import { nanoUsd } from '../core/money.ts';
import type { Json } from '../core/source.ts';
import {
  asCount,
  asRecord,
  asText,
  asTime,
  jsonLines,
  recordIn,
  recordOf,
  type Found,
  type Line,
  type LineFormat,
  type ReadBuffer,
} from './jsonLines.ts';
import type { Log, Reader, ReaderEnvironment } from './reader.ts';
import { sqliteFile, type ReadDatabase } from './sqliteFile.ts';
import { wholeFile } from './wholeFile.ts';

const id = 'continue';

/**
 * Continue: the extension writes what it has counted itself, twice; the command line `cn` keeps the provider's numbers
 * with each session.
 */
export function continueReader(buffer: ReadBuffer): Reader {
  return {
    id,
    name: 'Continue',
    coverage: {
      level: 'estimated',
      lost: 'The extension counts with its own tokenizer, without reasoning, images, tools and caches.',
    },
    folders,
    isLog: path => kindOf(path) !== undefined,
    open: log => {
      switch (kindOf(log.path)) {
        case 'database':
          return sqliteFile({ log, assistant: id, read: readEstimates });
        case 'session':
          return wholeFile({ log, assistant: id, parse: readSession });
        default:
          return jsonLines({ log, assistant: id, format: estimateFormat, buffer });
      }
    },
  };
}

function folders({ home, env }: ReaderEnvironment): readonly string[] {
  const configured = env['CONTINUE_GLOBAL_DIR'] ?? '';
  // A relative one is relative to whatever folder Continue was started in.
  const root = isAbsolute(configured) ? configured : join(home, '.continue');
  return [join(root, 'dev_data'), join(root, 'sessions')];
}

function kindOf(path: string): 'estimates' | 'database' | 'session' | undefined {
  const name = basename(path);
  if (name === 'devdata.sqlite') return 'database';
  // The first version of this list has no times; the database has the same calls, with theirs.
  if (name === 'tokensGenerated.jsonl') return /[\\/]0\.1\.0[\\/][^\\/]+$/.test(path) ? undefined : 'estimates';
  return /[\\/]sessions[\\/][^\\/]+\.json$/.test(path) && name !== 'sessions.json' ? 'session' : undefined;
}

const estimateFormat: LineFormat<Record<string, never>> = {
  begin: () => ({}),
  parse: readEstimate,
  dismisses: () => false,
};

function readEstimate(line: Line, _state: unknown, found: Found): void {
  const record = recordOf(line);
  if (!record) {
    found.problem('malformed');
    return;
  }
  if ((record['eventName'] ?? 'tokensGenerated') !== 'tokensGenerated') return;
  const time = asText(record['timestamp']);
  addEstimate(
    {
      key: undefined,
      atMs: asTime(time),
      model: record['model'],
      provider: record['provider'],
      input: record['promptTokens'],
      output: record['generatedTokens'],
      entrypoint: asText(record['userAgent'])?.split('/', 1)[0],
      sourceRank: 2,
      offset: line.offset,
    },
    found,
  );
}

/**
 * A row is written just before its line in the list, its time cut off to whole seconds. It must not seem to be older
 * than the line: then it would be taken for a call from before there was a list.
 */
const rowDelayMs = 1999;

function readEstimates(database: ReadDatabase, found: Found, state: Json | undefined): Json {
  let lastRow = typeof state === 'number' ? state : 0;
  if (!database.has('tokens_generated', 'timestamp')) return lastRow;
  const input = database.has('tokens_generated', 'tokens_prompt') ? 'tokens_prompt' : '0';
  const rows = database.all(
    `SELECT id, timestamp, model, provider, ${input} AS input, tokens_generated AS output
       FROM tokens_generated WHERE id > ? ORDER BY id`,
    lastRow,
  );
  for (const row of rows) {
    const rowId = asCount(row['id']) ?? 0;
    const time = asText(row['timestamp']);
    const atMs = time === undefined ? undefined : asTime(`${time}Z`);
    addEstimate(
      {
        key: `row:${String(rowId)}`,
        atMs: atMs === undefined ? undefined : atMs + rowDelayMs,
        model: row['model'],
        provider: row['provider'],
        input: row['input'],
        output: row['output'],
        entrypoint: undefined,
        sourceRank: 1,
        offset: 0,
      },
      found,
    );
    lastRow = Math.max(lastRow, rowId);
  }
  return lastRow;
}

interface Estimate {
  /** undefined if nothing but its content tells it from others */
  readonly key: string | undefined;
  readonly atMs: number | undefined;
  readonly model: unknown;
  readonly provider: unknown;
  readonly input: unknown;
  readonly output: unknown;
  readonly entrypoint: string | undefined;
  /** Each call is in the list (2) and in the database (1), which is older than the list. */
  readonly sourceRank: 1 | 2;
  readonly offset: number;
}

function addEstimate(estimate: Estimate, found: Found): void {
  const { atMs, entrypoint, sourceRank, offset } = estimate;
  const model = asText(estimate.model);
  const inputTokens = asCount(estimate.input);
  const outputTokens = asCount(estimate.output);
  if (atMs === undefined || inputTokens === undefined || outputTokens === undefined) {
    found.problem('malformed');
    return;
  }
  if (inputTokens + outputTokens === 0) return;
  const provider = asText(estimate.provider);
  found.call({
    ...unknownPlace,
    key: `${estimate.key ?? JSON.stringify([model?.slice(0, longestName), inputTokens, outputTokens])}:${String(atMs)}`,
    atMs,
    // Nothing tells which conversation a call is of: a day is what they have in common.
    sessionId: new Date(atMs).toISOString().slice(0, 'yyyy-mm-dd'.length),
    model,
    provider: provider === undefined ? undefined : providerId(provider),
    usage: { ...noUsage, inputTokens, outputTokens },
    entrypoint,
    offset,
    precision: 'estimated',
    sourceRank,
  });
}

const longestName = 200;

const unknownPlace = { ...untold, project: undefined } as const satisfies Partial<Call>;

/** The command line's sum over a session; the extension writes the same files without it. */
function readSession(text: string, found: Found, log: Log): void {
  const session = recordIn(text);
  const sum = asRecord(session?.['usage']);
  if (!session) {
    found.problem('malformed');
    return;
  }
  if (!sum) return;
  const answers = answersOf(session['history']);
  const usage = usageOf(sum, answers);
  if (!usage) {
    found.problem('malformed');
    return;
  }
  if (isNoUsage(usage)) return;
  // The name of the file, as `cn` itself goes by when it resumes a session.
  const sessionId = basename(log.path, '.json');
  const cost = sum['totalCost'];
  found.call({
    ...unknownPlace,
    key: `session:${sessionId}`,
    // No record of a session has a time. Of all readings, the earliest counts.
    atMs: Math.round(log.modifiedMs),
    sessionId,
    project: asText(session['workspaceDirectory']),
    model: answers.map(answer => asText(answer['model'])).findLast(model => model !== undefined),
    provider: undefined,
    usage,
    entrypoint: 'cli',
    offset: 0,
    precision: 'atMost',
    ...(typeof cost === 'number' && cost > 0 && cost < mostUsd ? { recordedNanoUsd: nanoUsd(cost) } : {}),
  });
}

/** No session costs more; a larger number is a fault of the file. */
const mostUsd = 1e6;

/** The usage of the answers that are still in the session: compaction takes some away, the sum keeps them. */
function answersOf(history: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(history)) return [];
  return history
    .map(item => asRecord(asRecord(asRecord(item)?.['message'])?.['usage']))
    .filter(usage => usage !== undefined);
}

/**
 * The sum's cached tokens are Anthropic's, beside the prompt. Those of OpenAI are a part of the prompt, and only the
 * answers tell them.
 */
function usageOf(sum: Readonly<Record<string, unknown>>, answers: ReturnType<typeof answersOf>): Usage | undefined {
  const cache = asRecord(sum['promptTokensDetails']);
  const prompt = asCount(sum['promptTokens']);
  const output = asCount(sum['completionTokens']);
  const cacheRead = asCount(cache?.['cachedTokens']);
  const cacheWrite = asCount(cache?.['cacheWriteTokens']);
  if (prompt === undefined || output === undefined || cacheRead === undefined || cacheWrite === undefined) {
    return undefined;
  }
  let cachedInPrompt = 0;
  let reasoning = 0;
  for (const answer of answers) {
    const details = asRecord(answer['prompt_tokens_details']);
    if (details?.['cache_read_tokens'] === undefined) cachedInPrompt += asCount(details?.['cached_tokens']) ?? 0;
    reasoning += asCount(asRecord(answer['completion_tokens_details'])?.['reasoning_tokens']) ?? 0;
  }
  const cached = cacheRead > 0 ? 0 : Math.min(cachedInPrompt, prompt);
  return {
    ...noUsage,
    inputTokens: prompt - cached,
    outputTokens: output,
    reasoningTokens: Math.min(reasoning, output),
    cacheReadTokens: cacheRead + cached,
    cacheWrite5mTokens: cacheWrite,
  };
}
