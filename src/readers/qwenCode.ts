import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isNoUsage, type Usage } from '../core/call.ts';
import { fileHead } from './fileHead.ts';
import { fieldIn } from './geminiCliFiles.ts';
import {
  asCount,
  asId,
  asText,
  asTime,
  jsonLines,
  recordOf,
  type Found,
  type Line,
  type LineFormat,
  type ReadBuffer,
} from './jsonLines.ts';
import type { Log, Reader } from './reader.ts';

const assistant = 'qwen-code';

/** @param buffer what usage files are read into: one for each thread */
export function qwenCodeReader(buffer: ReadBuffer): Reader {
  return {
    id: assistant,
    name: 'Qwen Code',
    coverage: { level: 'exact', lost: 'With models of Anthropic, what is written to the cache is not told apart.' },
    folders: ({ home, env }) => {
      const settings = asText(env['QWEN_HOME']) ?? join(home, '.qwen');
      const runtime = asText(env['QWEN_RUNTIME_DIR']);
      return [...(runtime === undefined ? [] : [runtime]), settings].map(folder => join(folder, 'usage'));
    },
    isLog: path => /^token-usage-\d{4}-\d{2}\.jsonl$/.test(basename(path)),
    open: log => jsonLines({ log, assistant, format: formatOf(log), buffer }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** One call a line, of all sessions of a month. */
function formatOf(log: Log): LineFormat<object> {
  const projectOf = projectsOf(join(dirname(dirname(log.path)), 'projects'));
  return {
    begin: () => ({}),
    parse: (line, _state, found) => {
      readLine(line, found, projectOf);
    },
    dismisses: () => false,
  };
}

function readLine(line: Line, found: Found, projectOf: (sessionId: string) => string | undefined): void {
  const record = recordOf(line);
  const id = asId(record?.['id']);
  const sessionId = asId(record?.['sessionId']);
  const atMs = asTime(record?.['timestamp']);
  const usage = record && usageOf(record);
  if (!record || id === undefined || sessionId === undefined || atMs === undefined || !usage) {
    found.problem('malformed');
    return;
  }
  if (isNoUsage(usage)) return;
  const model = asText(record['model']);
  found.call({
    key: id,
    atMs,
    sessionId,
    project: projectOf(sessionId),
    model: model === 'unknown' ? undefined : model,
    provider: undefined,
    usage,
    speed: 'standard',
    geo: undefined,
    // Who signs in at Qwen pays nothing for a call.
    billing: record['authType'] === 'qwen-oauth' ? 'covered' : 'unknown',
    // Else the name of a helper: a subagent, or what keeps the memory.
    isSubagent: (asText(record['source']) ?? 'main') !== 'main',
    isCopy: false,
    entrypoint: undefined,
    work: 0,
    offset: line.offset,
    // What was written to the cache costs more, and is not told apart from the rest of the input.
    ...(record['authType'] === 'anthropic' ? { precision: 'atLeast' } : {}),
  });
}

/**
 * Cached tokens are within the input. Thoughts are within the output, except where the model's API counts them beside
 * it (Gemini): then the total is larger by them, and by the prompts of tools that the API itself ran.
 */
function usageOf(record: Fields): Usage | undefined {
  const input = asCount(record['inputTokens']);
  const output = asCount(record['outputTokens']);
  const cached = asCount(record['cachedTokens']);
  const thoughts = asCount(record['thoughtsTokens']);
  const total = asCount(record['totalTokens']);
  if (
    input === undefined ||
    output === undefined ||
    cached === undefined ||
    thoughts === undefined ||
    total === undefined
  )
    return undefined;
  const areThoughtsBeside = total >= input + output + thoughts;
  const outputTokens = areThoughtsBeside ? output + thoughts : output;
  const promptTokens = areThoughtsBeside ? total - outputTokens : input;
  return {
    inputTokens: Math.max(0, promptTokens - cached),
    outputTokens,
    reasoningTokens: Math.min(thoughts, outputTokens),
    cacheReadTokens: cached,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    webSearches: 0,
  };
}

/** The folder that a session worked in: usage files do not tell, but the chat of the session begins with it. */
function projectsOf(folder: string): (sessionId: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  let chatFolders: readonly string[] | undefined;
  return sessionId => {
    if (known.has(sessionId) || !/^[\w-]+$/.test(sessionId)) return known.get(sessionId);
    chatFolders ??= foldersIn(folder).map(name => join(folder, name, 'chats'));
    let project: string | undefined;
    for (const chats of chatFolders) {
      project = asText(fieldIn(fileHead(join(chats, `${sessionId}.jsonl`)), 'cwd'));
      if (project !== undefined) break;
    }
    known.set(sessionId, project);
    return project;
  };
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No chats are kept: the projects are unknown.
    return [];
  }
}
