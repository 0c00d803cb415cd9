import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';

import type { Home } from '../workbench/home.ts';
import { run, sealedEnv } from './clients.ts';

/** Where a Claude Code is told to call, unless its configuration says otherwise. */
export interface Endpoint {
  readonly url: string;
  readonly token: string;
}

export interface ClaudeCodeOptions {
  /** The path of the program. */
  readonly program: string;
  readonly home: Home;
  /** Undefined leaves it to the configuration in the home. */
  readonly endpoint?: Endpoint;
  readonly env?: Readonly<Record<string, string>>;
  readonly killedBy?: AbortSignal;
}

/** What a run of Claude Code says about itself. */
export interface ClaudeCodeRun {
  readonly sessionId: string;
  /** The answer. */
  readonly result: string;
}

export type Step = string | (() => Promise<void>);

/** Claude Code in a temporary home. */
export interface ClaudeCode {
  /** One prompt from the command line: `claude -p`. */
  print(prompt: string, ...args: readonly string[]): Promise<ClaudeCodeRun>;
  /**
   * A conversation as an editor has it, in one process; the editor asks for a title too.
   * @param steps what the user writes, and what happens meanwhile
   */
  converse(steps: readonly Step[], ...args: readonly string[]): Promise<ClaudeCodeRun>;
}

/** Its mode `auto` asks Anthropic's own endpoint whether an action is safe, and refuses it at any other. */
const permissions = ['--permission-mode', 'default', '--allowedTools', 'Bash,WebSearch,Agent'];

export function claudeCodeIn({ program, home, endpoint, env = {}, killedBy }: ClaudeCodeOptions): ClaudeCode {
  const options = {
    cwd: home.project,
    env: {
      ...sealedEnv(home.env),
      DISABLE_AUTOUPDATER: '1',
      DISABLE_ERROR_REPORTING: '1',
      DISABLE_TELEMETRY: '1',
      ...(endpoint && { ANTHROPIC_BASE_URL: endpoint.url, ANTHROPIC_AUTH_TOKEN: endpoint.token }),
      ...env,
    },
    ...(killedBy && { killedBy }),
  };
  return {
    async print(prompt, ...args) {
      const output = await run(program, ['-p', prompt, '--output-format', 'json', ...permissions, ...args], options);
      const { session_id, result } = JSON.parse(output) as { readonly session_id: string; readonly result: string };
      return { sessionId: session_id, result };
    },

    async converse(steps, ...args) {
      const formats = ['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];
      const child = spawn(program, ['-p', ...formats, ...permissions, ...args], {
        cwd: options.cwd,
        env: { ...options.env, CLAUDE_CODE_ENTRYPOINT: 'claude-vscode' },
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: 60_000,
      });
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
      const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const say = (message: object): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
      const hear = async (type: string): Promise<Readonly<Record<string, unknown>>> => {
        for (;;) {
          const { value, done } = await said.next();
          if (done === true) throw new Error(`Claude Code ended without saying "${type}".\n${errors}`);
          const message = JSON.parse(value) as Readonly<Record<string, unknown>>;
          if (message['type'] === type) return message;
        }
      };
      let last: Readonly<Record<string, unknown>> = {};
      try {
        for (const step of steps) {
          if (typeof step === 'function') {
            await step();
            continue;
          }
          say({ type: 'user', message: { role: 'user', content: step } });
          last = await hear('result');
        }
        const description = steps.find(step => typeof step === 'string');
        const title = { subtype: 'generate_session_title', description, persist: true };
        say({ type: 'control_request', request_id: 'title', request: title });
        await hear('control_response');
        const ended = new Promise<void>(resolve => child.on('close', () => resolve()));
        child.stdin.end();
        await ended;
      } finally {
        child.kill(); // if a step failed
      }
      return { sessionId: String(last['session_id']), result: String(last['result']) };
    },
  };
}

/** What Claude Code itself says that a session cost, from its log: the last `cost-state` of each file. */
export async function costStates(home: Home): Promise<ReadonlyMap<string, CostState>> {
  const states = new Map<string, CostState>();
  const projects = path.join(home.claudeDir, 'projects');
  for (const entry of await readdir(projects, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.jsonl')) continue;
    const log = await readFile(path.join(entry.parentPath, entry.name), 'utf8');
    for (const line of log.split('\n')) {
      if (line.startsWith('{"type":"cost-state"')) {
        const state = JSON.parse(line) as CostState;
        states.set(state.sessionId, state);
      }
    }
  }
  return states;
}

export interface CostState {
  readonly sessionId: string;
  readonly totalCostUSD: number;
  readonly startTime: number;
}
