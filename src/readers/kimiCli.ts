import { basename, dirname, join } from 'node:path';
import { isNoUsage } from '../core/call.ts';
import { fileHead } from './fileHead.ts';
import { fieldIn } from './geminiCliFiles.ts';
import { asId, asRecord, asText, asTime, recordOf, type Found, type Line, type LineFormat } from './jsonLines.ts';
import { usageOf, workOfTool } from './kimiTokens.ts';
import type { Log } from './reader.ts';

interface KimiCliState {
  readonly sessionId: string;
  readonly isSubagent: boolean;
  readonly project: string | undefined;
  /** Logs do not tell the model: this is the one that is configured when a log is first read. */
  readonly model: string | undefined;
  /** What the model asked for since the last call: a sum of `work` flags. */
  work: number;
}

type Fields = Readonly<Record<string, unknown>>;

export const kimiCliFormat: LineFormat<KimiCliState> = { begin, parse, dismisses: () => false };

/** `sessions/<hash of the project>/<session>/wire.jsonl`, and there `subagents/<agent>/wire.jsonl`. */
function begin({ path }: Log): KimiCliState {
  const folder = dirname(path);
  const isSubagent = basename(dirname(folder)) === 'subagents';
  const session = isSubagent ? dirname(dirname(folder)) : folder;
  const share = dirname(dirname(dirname(session)));
  return {
    sessionId: basename(session),
    isSubagent,
    project: projectOf(basename(dirname(session)), fileHead(join(share, 'kimi.json'))),
    model: modelIn(fileHead(join(share, 'config.toml'))),
    work: 0,
  };
}

/** The project whose hash a folder is named by; before the hash there may be the machine it is on. */
function projectOf(folder: string, projects: string | undefined): string | undefined {
  for (const [field] of (projects ?? '').matchAll(/"path"\s*:\s*"[^"\\]*(?:\\.[^"\\]*)*"/g)) {
    const project = asText(fieldIn(field, 'path'));
    if (project !== undefined && folder.endsWith(md5(project))) return project;
  }
  return undefined;
}

/** Few have logs of Kimi CLI, and to load the runtime's cryptography takes longer than to read most logs. */
function md5(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('md5').update(text).digest('hex');
}

/** The model that is used if none is asked for, in the configuration of Kimi CLI. */
function modelIn(config: string | undefined): string | undefined {
  const name = /^default_model\s*=\s*"([^"]+)"/m.exec(config ?? '')?.[1];
  if (config === undefined || name === undefined) return undefined;
  const sections = config.split(/^\[/m);
  const section = sections.find(text => text.startsWith(`models."${name}"]`) || text.startsWith(`models.${name}]`));
  return /^model\s*=\s*"([^"]+)"/m.exec(section ?? '')?.[1];
}

function parse(line: Line, state: KimiCliState, found: Found): void {
  const text = line.bytes.subarray(line.start, line.end);
  if (!text.includes('"token_usage"') && !text.includes('"ToolCall"')) return;
  const record = recordOf(line);
  const message = asRecord(record?.['message']);
  if (!record) found.problem('malformed');
  else if (message) readMessage(message, { record, line, state, found, isSubagent: state.isSubagent });
}

interface Place {
  readonly record: Fields;
  readonly line: Line;
  readonly state: KimiCliState;
  readonly found: Found;
  readonly isSubagent: boolean;
}

function readMessage(message: Fields, place: Place): void {
  const payload = asRecord(message['payload']);
  if (!payload) return;
  switch (message['type']) {
    case 'ToolCall':
      if (place.isSubagent === place.state.isSubagent)
        place.state.work |= workOfTool(asText(asRecord(payload['function'])?.['name']) ?? '');
      break;
    case 'StatusUpdate':
      readStatus(payload, place);
      break;
    case 'SubagentEvent': {
      // What a subagent with an id does is also in a log of its own; older versions write it here only.
      const event = asRecord(payload['event']);
      if (event && asText(payload['agent_id']) === undefined && !place.isSubagent)
        readMessage(event, { ...place, isSubagent: true });
      break;
    }
  }
}

function readStatus(payload: Fields, { record, line, state, found, isSubagent }: Place): void {
  const counts = asRecord(payload['token_usage']);
  // Written also when only the mode or the size of the context changed.
  if (!counts) return;
  const atMs = asTime(record['timestamp']);
  const usage = usageOf({
    other: counts['input_other'],
    cacheRead: counts['input_cache_read'],
    cacheCreation: counts['input_cache_creation'],
    output: counts['output'],
  });
  if (atMs === undefined || !usage) {
    found.problem('malformed');
    return;
  }
  const flags = isSubagent === state.isSubagent ? state.work : 0;
  if (flags !== 0) state.work = 0;
  if (isNoUsage(usage)) return;
  found.call({
    // Forks copy records as they are, with their time.
    key: `${asId(payload['message_id']) ?? ''}:${String(record['timestamp'])}`,
    atMs,
    sessionId: state.sessionId,
    project: state.project,
    model: state.model,
    provider: undefined,
    usage,
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent,
    isCopy: false,
    entrypoint: undefined,
    work: flags,
    offset: line.offset,
  });
}
