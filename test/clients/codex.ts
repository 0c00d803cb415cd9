import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';

import type { Home } from '../workbench/home.ts';
import { run, sealedEnv } from './clients.ts';
import type { JsonObject } from './modelApi.ts';

export interface CodexOptions {
  /** The path of the program. */
  readonly program: string;
  readonly home: Home;
  readonly url: string;
  readonly model: string;
}

/** Codex in a temporary home. */
export interface Codex {
  /**
   * One prompt from the command line: `codex exec`.
   * @returns the id of its thread
   */
  exec(prompt: string, ...args: readonly string[]): Promise<string>;
  /** Another prompt in a thread of before: `codex exec resume`. */
  resume(thread: string, prompt: string, ...args: readonly string[]): Promise<void>;
  /** A conversation as an editor has it. */
  serve<T>(converse: (editor: CodexEditor) => Promise<T>): Promise<T>;
}

/** What an editor can ask of Codex. Threads are named by their ids. */
export interface CodexEditor {
  start(): Promise<string>;
  fork(thread: string): Promise<string>;
  /** Waits for the end of the turn. */
  turn(thread: string, prompt: string): Promise<void>;
  compact(thread: string): Promise<void>;
}

export async function codexIn({ program, home, url, model }: CodexOptions): Promise<Codex> {
  await mkdir(home.codexDir, { recursive: true });
  await writeFile(
    path.join(home.codexDir, 'config.toml'),
    `model = "${model}"
model_provider = "books"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.books]
name = "Books"
base_url = "${url}/v1"
wire_api = "responses"
experimental_bearer_token = "token-of-books"
`,
  );
  const options = { cwd: home.project, env: sealedEnv(home.env) };
  const exec = async (args: readonly string[]): Promise<string> => {
    const output = await run(program, ['exec', '--skip-git-repo-check', '--json', ...args], options);
    const events = output.split('\n').filter(line => line.startsWith('{'));
    const started = events
      .map(line => JSON.parse(line) as JsonObject)
      .find(event => event['type'] === 'thread.started');
    return String(started?.['thread_id']);
  };
  return {
    exec: (prompt, ...args) => exec([...args, prompt]),
    async resume(thread, prompt, ...args) {
      await exec([...args, 'resume', thread, prompt]);
    },
    serve: converse => serve(program, options, converse),
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly threadId?: string };
  readonly result?: { readonly thread?: { readonly id: string } };
  readonly error?: { readonly message: string };
}

/** Speaks to `codex app-server`, one JSON object a line in both directions. */
async function serve<T>(
  program: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  converse: (editor: CodexEditor) => Promise<T>,
): Promise<T> {
  const child = spawn(program, ['app-server'], { ...options, stdio: ['pipe', 'pipe', 'ignore'], timeout: 60_000 });
  const closed = new Promise<void>(resolve => child.on('close', () => resolve()));
  const waiting = new Set<(message: Message) => boolean>();
  createInterface({ input: child.stdout }).on('line', line => {
    const message = JSON.parse(line) as Message;
    for (const isDone of waiting) if (isDone(message)) waiting.delete(isDone);
  });
  const hear = (isIt: (message: Message) => boolean): Promise<Message> =>
    new Promise((resolve, reject) => {
      void closed.then(() => reject(new Error('codex app-server ended too early.')));
      waiting.add(message => {
        if (isIt(message)) resolve(message);
        return isIt(message);
      });
    });
  const say = (message: object): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  let asked = 0;
  const ask = async (method: string, params: object): Promise<Message['result']> => {
    asked += 1;
    const id = asked;
    const answer = hear(message => message.id === id && message.method === undefined);
    say({ id, method, params });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  const turnEnds = (thread: string): Promise<Message> =>
    hear(({ method, params }) => method === 'turn/completed' && params?.threadId === thread);

  await ask('initialize', { clientInfo: { name: 'codex_vscode', title: 'Editor', version: '1.0.0' } });
  say({ method: 'initialized' });
  try {
    return await converse({
      start: async () => (await ask('thread/start', { cwd: options.cwd }))!.thread!.id,
      fork: async threadId => (await ask('thread/fork', { threadId }))!.thread!.id,
      turn: async (threadId, prompt) => {
        const end = turnEnds(threadId);
        await ask('turn/start', { threadId, input: [{ type: 'text', text: prompt }] });
        await end;
      },
      compact: async threadId => {
        const end = turnEnds(threadId);
        await ask('thread/compact/start', { threadId });
        await end;
      },
    });
  } finally {
    child.stdin.end();
    await closed;
  }
}
