import { basename, dirname, join } from 'node:path';
import { isNoUsage, type Call } from '../core/call.ts';
import { fileHead } from './fileHead.ts';
import { fieldIn } from './geminiCliFiles.ts';
import { asId, asRecord, asText, asTime, recordOf, type Found, type Line, type LineFormat } from './jsonLines.ts';
import { usageOf, workOfTool } from './kimiTokens.ts';
import type { Log } from './reader.ts';

/** Whether a log is of Kimi Code: `sessions/<folder>/<session>/agents/<agent>/wire.jsonl`. */
export function isKimiCodeLog(path: string): boolean {
  return basename(dirname(dirname(path))) === 'agents';
}

interface KimiCodeState {
  readonly sessionId: string;
  readonly agent: string;
  readonly project: string | undefined;
  /** The session that this one is a fork of, and when it became one: what is older is a copy. */
  readonly forkedFrom: string | undefined;
  readonly createdMs: number;
  /** The last request, which tells what the name of the model stands for. */
  request: { readonly alias: string; readonly model: string; readonly provider: string | undefined } | undefined;
  /** The last call: the tools it asks for come behind it. */
  last: Call | undefined;
}

export const kimiCodeFormat: LineFormat<KimiCodeState> = { begin, parse, dismisses: () => false };

function begin({ path }: Log): KimiCodeState {
  const folder = dirname(dirname(dirname(path)));
  const session = fileHead(join(folder, 'state.json'));
  return {
    sessionId: basename(folder),
    agent: basename(dirname(path)),
    project: asText(fieldIn(session, 'cwd')) ?? asText(fieldIn(session, 'workDir')),
    forkedFrom: asId(fieldIn(session, 'forkedFrom')),
    createdMs: asTime(fieldIn(session, 'createdAt')) ?? 0,
    request: undefined,
    last: undefined,
  };
}

function parse(line: Line, state: KimiCodeState, found: Found): void {
  const text = line.bytes.subarray(line.start, line.end);
  if (text.includes('"type":"usage.record"')) readUsage(line, state, found);
  else if (text.includes('"type":"llm.request"')) readRequest(line, state, found);
  else if (state.last && text.includes('"type":"tool.call"')) readToolCall(text, state.last, state, found);
}

function readRequest(line: Line, state: KimiCodeState, found: Found): void {
  const record = recordOf(line);
  const model = asText(record?.['model']);
  if (!record || model === undefined) {
    found.problem('malformed');
    return;
  }
  const alias = asText(record['modelAlias']) ?? model;
  state.request = { alias, model, provider: providers.get(record['provider']) };
}

/** By the protocol that is spoken: only that of their own API says who serves the model. */
const providers: ReadonlyMap<unknown, string> = new Map([['kimi', 'moonshotai']]);

function readUsage(line: Line, state: KimiCodeState, found: Found): void {
  const record = recordOf(line);
  const counts = asRecord(record?.['usage']);
  const atMs = asTime(record?.['time']);
  const usage =
    counts &&
    usageOf({
      other: counts['inputOther'],
      cacheRead: counts['inputCacheRead'],
      cacheCreation: counts['inputCacheCreation'],
      output: counts['output'],
    });
  if (!record || atMs === undefined || !usage) {
    found.problem('malformed');
    return;
  }
  state.last = undefined;
  if (isNoUsage(usage)) return;
  const alias = asText(record['model']);
  const request = state.request?.alias === alias ? state.request : undefined;
  const copiedFrom = atMs < state.createdMs ? state.forkedFrom : undefined;
  state.last = {
    // Records have no id of their own; forks copy them as they are.
    key: [
      state.agent,
      atMs,
      usage.inputTokens,
      usage.cacheReadTokens,
      usage.cacheWrite5mTokens,
      usage.outputTokens,
    ].join(':'),
    atMs,
    sessionId: copiedFrom ?? state.sessionId,
    project: state.project,
    model: request?.model ?? modelNamed(alias),
    provider: request?.provider,
    usage,
    speed: 'standard',
    geo: undefined,
    billing: alias?.startsWith(planPrefix) ? 'covered' : 'unknown',
    isSubagent: state.agent !== 'main',
    isCopy: copiedFrom !== undefined,
    entrypoint: undefined,
    work: 0,
    offset: line.offset,
  };
  found.call(state.last);
}

/** Names of models that signing in at Kimi adds begin with it. */
const planPrefix = 'kimi-code/';

/** What a model is called that was set by environment variables. */
const nameInEnvironment = '__kimi_env_model__';

/** The model by the name that it has in the configuration, if there was no request to tell what that stands for. */
function modelNamed(alias: string | undefined): string | undefined {
  if (alias === nameInEnvironment) return undefined;
  return alias?.startsWith(planPrefix) ? alias.slice(planPrefix.length) : alias;
}

/** How many bytes of a tool's call are looked at: its name comes before what it is called with. */
const headBytes = 1024;

function readToolCall(text: Buffer, last: Call, state: KimiCodeState, found: Found): void {
  const tool = asText(fieldIn(text.toString('utf8', 0, headBytes), 'name'));
  if (tool === undefined) return;
  state.last = { ...last, work: last.work | workOfTool(tool) };
  found.call(state.last);
}
