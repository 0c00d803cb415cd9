import { basename, dirname, join } from 'node:path';
import { isNoUsage, work } from '../core/call.ts';
import { fileHead } from './fileHead.ts';
import { usageOf } from './geminiCliTokens.ts';
import {
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
import { geminiCliKinds } from './knownKinds.ts';
import type { Log, Reader } from './reader.ts';
import { wholeFile } from './wholeFile.ts';

const assistant = 'gemini-cli';

/** @param buffer what chats are read into: one for each thread */
export function geminiCliReader(buffer: ReadBuffer): Reader {
  return {
    id: assistant,
    name: 'Gemini CLI',
    knownKinds: geminiCliKinds,
    coverage: {
      level: 'exact',
      lost: 'Calls beside the conversation are not in its logs: choosing a model, searching the web, summing up.',
    },
    folders: ({ home, env }) => [join(asText(env['GEMINI_CLI_HOME']) ?? home, '.gemini', 'tmp')],
    isLog: path => chatName.test(path),
    open: log =>
      log.path.endsWith('.json')
        ? wholeFile({ log, assistant, parse: readOldChat })
        : jsonLines({ log, assistant, format, buffer }),
  };
}

/** A chat of its own, which older versions wrote as one object; or, in the folder of its parent, a subagent's. */
const chatName = /[\\/]chats[\\/](?:session-[^\\/]+\.jsonl?|[^\\/]+[\\/][^\\/]+\.jsonl)$/;

interface ChatState {
  /** The id of this chat. */
  chat: string;
  /** The chat whose subagent this is. */
  readonly parent: string | undefined;
  isSubagent: boolean;
  readonly project: string | undefined;
  model: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

interface Place {
  readonly state: ChatState;
  readonly found: Found;
  /** Where the record begins in its log, in bytes. */
  readonly offset: number;
}

const format: LineFormat<ChatState> = { begin, parse: readLine, dismisses: () => false };

function begin({ path }: Log): ChatState {
  const folder = dirname(path);
  const isNested = basename(folder) !== 'chats';
  const projectFolder = dirname(isNested ? dirname(folder) : folder);
  return {
    chat: basename(path).replace(/\.jsonl?$/, ''),
    parent: isNested ? basename(folder) : undefined,
    isSubagent: isNested,
    project: asText(fileHead(join(projectFolder, '.project_root'))?.trim()),
    model: undefined,
  };
}

function readLine(line: Line, state: ChatState, found: Found): void {
  const text = line.bytes.subarray(line.start, line.end);
  // In what was said, quotes are escaped: only fields of records look like this.
  if (!text.includes('"tokens":{') && !text.includes('"sessionId":"')) return;
  const record = recordOf(line);
  if (record) readRecord(record, { state, found, offset: line.offset });
  else found.problem('malformed');
}

function readOldChat(text: string, found: Found, log: Log): void {
  const place: Place = { state: begin(log), found, offset: 0 };
  try {
    const chat = asRecord(JSON.parse(text));
    if (chat) readChat(chat, place);
    else found.problem('malformed');
  } catch {
    found.problem('malformed');
  }
}

/** A message; or what the chat is, or has become, which may come with all of its messages once more. */
function readRecord(record: Fields, place: Place): void {
  if (record['type'] === 'gemini') readMessage(record, place);
  else readChat(asRecord(record['$set']) ?? record, place);
}

function readChat(chat: Fields, place: Place): void {
  const { state } = place;
  state.chat = asId(chat['sessionId']) ?? state.chat;
  if (chat['kind'] === 'subagent') state.isSubagent = true;
  const messages: unknown = chat['messages'];
  if (!Array.isArray(messages)) return;
  for (const message of messages) readMessage(asRecord(message) ?? {}, place);
}

function readMessage(message: Fields, { state, found, offset }: Place): void {
  const tokens = asRecord(message['tokens']);
  if (message['type'] !== 'gemini' || !tokens) return;
  const id = asId(message['id']);
  const atMs = asTime(message['timestamp']);
  const usage = usageOf(tokens);
  if (id === undefined || atMs === undefined || !usage) {
    found.problem('malformed');
    return;
  }
  // An answer without words or tools is written without its model.
  state.model = asText(message['model']) ?? state.model;
  if (isNoUsage(usage)) return;
  found.call({
    key: `${state.chat}:${id}`,
    atMs,
    sessionId: state.parent ?? state.chat,
    project: state.project,
    model: state.model,
    provider: undefined,
    usage,
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent: state.isSubagent,
    isCopy: false,
    entrypoint: undefined,
    work: workOf(message['toolCalls']),
    offset,
  });
}

function workOf(toolCalls: unknown): number {
  if (!Array.isArray(toolCalls)) return 0;
  return toolCalls.reduce<number>((flags, call) => flags | workOfTool(asText(asRecord(call)?.['name']) ?? ''), 0);
}

function workOfTool(tool: string): number {
  return workOfTools.get(tool) ?? work.other;
}

const workOfTools: ReadonlyMap<string, number> = new Map([
  ...['list_directory', 'read_file', 'read_many_files', 'glob', 'grep_search', 'search_file_content'].map(
    name => [name, work.explore] as const,
  ),
  ...['replace', 'write_file'].map(name => [name, work.edit] as const),
  ...['run_shell_command', 'list_background_processes', 'read_background_output'].map(
    name => [name, work.run] as const,
  ),
  ...['google_web_search', 'web_fetch'].map(name => [name, work.web] as const),
  // How a subagent answers.
  ['complete_task', 0],
  ...['invoke_agent', 'delegate_to_agent', 'codebase_investigator'].map(name => [name, work.delegate] as const),
]);
