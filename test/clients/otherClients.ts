import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import type { Home } from '../workbench/home.ts';
import { run, sealedEnv, type Clients } from './clients.ts';
import type { Purpose, ToolUse } from './modelApi.ts';

/** An assistant that is asked from its command line, with a model of our server. */
export interface OtherClient {
  /** The assistant's id in the ledger. */
  readonly assistant: string;
  /** A harmless tool of its own, which it runs without asking. */
  readonly toolIn: (home: Home) => ToolUse;
  /** Calls for this purpose are in no log of its own. */
  readonly isLost?: (purpose: Purpose) => boolean;
  readonly cannotResume?: boolean;
  /** Its logs do not tell which part of the output was reasoning. */
  readonly losesReasoning?: boolean;
  /** Ends what the assistant leaves running. */
  readonly stop?: (place: Place) => Promise<void>;
  readonly prepare: (place: Place) => Promise<void>;
  /** The first prompt of a conversation, or the next one of a session, which is the latest. */
  readonly ask: (place: Place, prompt: string, session: string | undefined) => Promise<string>;
}

/** Cline leaves a program running that its next start would find: its command line names the home that it is for. */
async function stopHub({ home }: Place): Promise<void> {
  if (process.platform === 'win32') return;
  // The brackets keep it from finding the shell. As it ends it still writes to the home, which goes next.
  const hub = '"cline-hub-daemo[n].*$0"';
  const script = `pkill -f ${hub}; while pgrep -f ${hub} >/dev/null; do sleep 0.1; done`;
  await run('sh', ['-c', script, home.dir], { cwd: home.dir, env: process.env });
}

export interface Place {
  readonly clients: Clients;
  readonly home: Home;
  /** The server's, without `/v1`. */
  readonly url: string;
}

export const otherClients: readonly OtherClient[] = [
  {
    assistant: 'gemini-cli',
    toolIn: () => ({ name: 'list_directory', input: { dir_path: '.' } }),
    prepare: async ({ home }) => {
      const folder = path.join(home.dir, '.gemini');
      await mkdir(folder, { recursive: true });
      const settings = {
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
      };
      await writeFile(path.join(folder, 'settings.json'), JSON.stringify(settings));
    },
    ask: ({ clients, home, url }, prompt, session) =>
      inProject(
        home,
        process.execPath,
        [
          clients.geminiCli,
          ...['--yolo', '--skip-trust', '--model', 'gemini-3-pro-preview', '--prompt', prompt],
          ...(session !== undefined ? ['--resume', 'latest'] : []),
        ],
        {
          GEMINI_API_KEY: 'key-of-books',
          GOOGLE_GEMINI_BASE_URL: url,
          GEMINI_CLI_TRUST_WORKSPACE: 'true',
        },
      ),
  },
  {
    assistant: 'qwen-code',
    toolIn: home => ({ name: 'list_directory', input: { path: home.project } }),
    prepare: async () => Promise.resolve(),
    ask: ({ clients, home, url }, prompt, session) =>
      inProject(
        home,
        process.execPath,
        [
          clients.qwenCode,
          ...['--auth-type', 'openai', '--yolo', '--prompt', prompt],
          ...(session !== undefined ? ['--continue'] : []),
        ],
        {
          OPENAI_API_KEY: 'key-of-books',
          OPENAI_BASE_URL: `${url}/v1`,
          OPENAI_MODEL: 'qwen3-coder-plus',
        },
      ),
  },
  {
    assistant: 'opencode',
    isLost: purpose => purpose === 'title',
    toolIn: () => ({ name: 'bash', input: { command: 'echo hello', description: 'Say hello' } }),
    prepare: place => writeOpenCodeConfig(place, 'opencode'),
    ask: ({ clients, home }, prompt, session) =>
      inProject(
        home,
        clients.openCode,
        ['run', '--model', 'books/gpt-5.5', ...(session !== undefined ? ['--continue'] : []), prompt],
        {
          OPENCODE_DISABLE_AUTOUPDATE: '1',
          OPENCODE_DISABLE_MODELS_FETCH: '1',
          OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        },
      ),
  },
  {
    assistant: 'kilo-code',
    toolIn: () => ({ name: 'bash', input: { command: 'echo hello', description: 'Say hello' } }),
    prepare: place => writeOpenCodeConfig(place, 'kilo'),
    ask: ({ clients, home }, prompt, session) =>
      inProject(
        home,
        clients.kiloCode,
        [...['run', '--auto', '--model', 'books/gpt-5.5'], ...(session !== undefined ? ['--continue'] : []), prompt],
        {
          KILO_DISABLE_MODELS_FETCH: '1',
          KILO_TELEMETRY_LEVEL: 'off',
        },
      ),
  },
  {
    assistant: 'copilot-cli',
    toolIn: () => ({ name: 'bash', input: { command: 'echo hello', description: 'Say hello', mode: 'sync' } }),
    prepare: async () => Promise.resolve(),
    ask: ({ clients, home, url }, prompt, session) =>
      inProject(
        home,
        clients.copilotCli,
        ['--prompt', prompt, '--allow-all-tools', ...(session !== undefined ? ['--continue'] : [])],
        {
          COPILOT_OFFLINE: 'true',
          COPILOT_AUTO_UPDATE: 'false',
          COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
          COPILOT_PROVIDER_API_KEY: 'key-of-books',
          COPILOT_PROVIDER_TYPE: 'openai',
          COPILOT_PROVIDER_WIRE_API: 'completions',
          COPILOT_PROVIDER_MAX_PROMPT_TOKENS: '100000',
          COPILOT_MODEL: 'gpt-5.4',
        },
      ),
  },
  {
    assistant: 'cline',
    // It resumes only in a terminal.
    cannotResume: true,
    losesReasoning: true,
    stop: stopHub,
    toolIn: () => ({ name: 'run_commands', input: { commands: ['echo hello'] } }),
    prepare: async ({ home, url }) => {
      const folder = path.join(home.dir, '.cline', 'data', 'settings');
      await mkdir(folder, { recursive: true });
      const settings = {
        provider: 'openai-compatible',
        apiKey: 'key-of-books',
        model: 'gpt-5.4',
        baseUrl: `${url}/v1`,
      };
      const providers = {
        'openai-compatible': { settings, updatedAt: '2026-11-22T10:00:00.000Z', tokenSource: 'manual' },
      };
      const whole = { version: 1, lastUsedProvider: 'openai-compatible', modes: {}, providers };
      await writeFile(path.join(folder, 'providers.json'), JSON.stringify(whole));
    },
    ask: ({ clients, home }, prompt) =>
      inProject(home, clients.cline, [...['--provider', 'openai-compatible', '--model', 'gpt-5.4'], prompt], {}),
  },
];

async function inProject(
  home: Home,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const options = { cwd: home.project, env: { ...sealedEnv({ ...home.env, ...env }), NO_COLOR: '1' } };
  return run(program, args, { ...options, timeoutMs: 120_000 });
}

/** The two share their configuration's format, one having come from the other. */
async function writeOpenCodeConfig({ home, url }: Place, name: 'opencode' | 'kilo'): Promise<void> {
  const folder = path.join(home.dir, '.config', name);
  await mkdir(folder, { recursive: true });
  const config = {
    autoupdate: false,
    share: 'disabled',
    model: 'books/gpt-5.5',
    small_model: 'books/gpt-5.5',
    provider: {
      books: {
        npm: '@ai-sdk/openai-compatible',
        name: 'Books',
        options: { baseURL: `${url}/v1`, apiKey: 'key-of-books' },
        models: {
          'gpt-5.5': {
            name: 'GPT-5.5',
            reasoning: true,
            tool_call: true,
            limit: { context: 100_000, output: 4_096 },
            cost: { input: 5, output: 30, cache_read: 0.5 },
          },
        },
      },
    },
    permission: { bash: 'allow', edit: 'allow' },
  };
  await writeFile(path.join(folder, `${name}.json`), JSON.stringify(config));
}
