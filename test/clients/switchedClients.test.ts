import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { setup, suite, teardown, test } from 'mocha';

import { createSwitchers } from '../../src/switching/all.ts';
import type { SwitchedModel, Switcher } from '../../src/switching/switcher.ts';
import type { Home } from '../workbench/home.ts';
import { ownedUntil, type Owned } from '../workbench/owned.ts';
import { run, sealedEnv, suiteClients, type Clients } from './clients.ts';
import { codexIn } from './codex.ts';
import { otherClients } from './otherClients.ts';

const vendorKey = 'key-of-the-vendor';
const internalKey = 'key-of-the-company';

interface Place {
  readonly clients: Clients;
  readonly home: Home;
  /** Of the vendor's server, without `/v1`. */
  readonly vendor: string;
}

/** An assistant that is asked from its command line, with nothing said about models there. */
interface SwitchedClient {
  readonly assistant: string;
  /** Its configuration and login before the switch, by the path in the home. */
  readonly files: (vendor: string) => Readonly<Record<string, string>>;
  readonly command: (place: Place, prompt: string) => readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
}

const clientsByFile: readonly SwitchedClient[] = [
  {
    assistant: 'codex',
    files: vendor => ({
      '.codex/config.toml': `# Mine\nmodel = "gpt-5.5-codex" # big\nopenai_base_url = "${vendor}/v1"\ncheck_for_update_on_startup = false\n\n[analytics]\nenabled = false\n`,
      '.codex/auth.json': JSON.stringify({ auth_mode: 'apikey', OPENAI_API_KEY: vendorKey }),
    }),
    command: ({ clients }, prompt) => [clients.codex, 'exec', '--skip-git-repo-check', prompt],
  },
  {
    assistant: 'gemini-cli',
    files: vendor => ({
      '.gemini/settings.json':
        '{\n  // Mine\n  "security": { "auth": { "selectedType": "gemini-api-key" } },\n  "privacy": { "usageStatisticsEnabled": false }\n}\n',
      '.gemini/.env': `# Mine\nGOOGLE_GEMINI_BASE_URL="${vendor}"\nGEMINI_API_KEY='${vendorKey}'\nGEMINI_MODEL=gemini-3-pro-preview\n`,
    }),
    command: ({ clients }, prompt) => [process.execPath, clients.geminiCli, '--skip-trust', '--prompt', prompt],
    env: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  },
  {
    assistant: 'qwen-code',
    files: vendor => ({
      '.qwen/settings.json': `{\n  // Mine\n  "modelProviders": {\n    "openai": [{ "id": "qwen3-coder-plus", "name": "Coder", "baseUrl": "${vendor}/v1", "envKey": "VENDOR_KEY" }]\n  },\n  "env": { "VENDOR_KEY": "${vendorKey}" },\n  "security": { "auth": { "selectedType": "openai" } },\n  "model": { "name": "qwen3-coder-plus" }\n}\n`,
    }),
    command: ({ clients }, prompt) => [process.execPath, clients.qwenCode, '--prompt', prompt],
    // A login of the shell, which must not be sent along either.
    env: { OPENAI_API_KEY: vendorKey },
  },
  {
    assistant: 'opencode',
    files: vendor => ({ '.config/opencode/opencode.jsonc': openCodeConfig(vendor) }),
    command: ({ clients }, prompt) => [clients.openCode, 'run', prompt],
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    },
  },
  {
    assistant: 'kilo-code',
    files: vendor => ({ '.config/kilo/kilo.json': openCodeConfig(vendor) }),
    command: ({ clients }, prompt) => [clients.kiloCode, 'run', '--auto', prompt],
    env: { KILO_DISABLE_MODELS_FETCH: '1', KILO_TELEMETRY_LEVEL: 'off' },
  },
  {
    assistant: 'cline',
    files: vendor => ({
      '.cline/data/settings/providers.json': JSON.stringify({
        version: 1,
        lastUsedProvider: 'openai-compatible',
        modes: {},
        providers: {
          'openai-compatible': {
            settings: {
              provider: 'openai-compatible',
              apiKey: vendorKey,
              model: 'gpt-5.4',
              baseUrl: `${vendor}/v1`,
              headers: { 'x-team': vendorKey },
            },
            updatedAt: '2026-11-22T10:00:00.000Z',
            tokenSource: 'manual',
          },
        },
      }),
    }),
    command: ({ clients }, prompt) => [clients.cline, prompt],
  },
];

function openCodeConfig(vendor: string): string {
  return `{
  // Mine
  "autoupdate": false,
  "share": "disabled",
  "model": "vendor/gpt-5.5", // big
  "small_model": "vendor/gpt-5.5",
  "provider": {
    "vendor": {
      "npm": "@ai-sdk/openai-compatible",
      "options": { "baseURL": "${vendor}/v1", "apiKey": "${vendorKey}" },
      "models": { "gpt-5.5": {} }
    }
  }
}
`;
}

suite('Switching by files', function () {
  this.timeout('5m');
  const own = ownedUntil(teardown);
  const clients = suiteClients();
  let home: Home;
  let vendor: WatchedServer;
  let company: WatchedServer;

  setup(async () => {
    home = await own.createHome('switched-client');
    vendor = await startWatchedServer(own);
    company = await startWatchedServer(own);
  });

  for (const { assistant, files, command, env = {} } of clientsByFile) {
    test(`${assistant}: the next run calls the internal model with its key, and after undo the vendor's again`, async () => {
      const place = { clients, home, vendor: vendor.url };
      const stop = (): Promise<void> | undefined =>
        otherClients.find(one => one.assistant === assistant)?.stop?.({ ...place, url: place.vendor });
      own.atEnd(stop);
      const written = files(place.vendor);
      for (const [name, text] of Object.entries(written)) {
        await mkdir(path.dirname(path.join(home.dir, name)), { recursive: true });
        await writeFile(path.join(home.dir, name), text);
      }
      const ask = async (prompt: string): Promise<{ vendor: Seen; company: Seen }> => {
        const [program, ...args] = command(place, prompt);
        const options = { cwd: home.project, env: { ...sealedEnv({ ...home.env, ...env }), NO_COLOR: '1' } };
        await run(program, args, { ...options, timeoutMs: 120_000 });
        await stop();
        return { vendor: vendor.look(), company: company.look() };
      };

      const first = await ask('Say hello.');
      assert.ok(first.vendor.models.length > 0 && first.company.requests.length === 0, shown(first));
      assert.ok(first.vendor.requests.some(request => request.includes(vendorKey)));

      // Some write to their configuration at their first start.
      const texts = (): Promise<readonly string[]> =>
        Promise.all(Object.keys(written).map(name => readFile(path.join(home.dir, name), 'utf8')));
      const before = await texts();
      const switcher = switcherFor(assistant, env);
      const plan = await switcher.plan({ scope: 'everywhere', openProjects: [home.project] }, modelAt(company.url));
      const applied = await switcher.apply(plan, internalKey);
      assert.ok(applied);
      const second = await ask('Say it again.');
      assert.ok(second.vendor.requests.length === 0 && second.company.models.length > 0, shown(second));
      assert.deepEqual([...new Set(second.company.models)], ['acme-coder']);
      for (const request of second.company.requests) {
        assert.ok(request.includes(internalKey) && !request.includes(vendorKey), request);
      }

      const asked = await switcher.undo(applied.id);
      // Others do so at every start.
      if (asked.state === 'differs') await switcher.undo(applied.id, { accepted: asked.differences });
      else assert.deepEqual(await texts(), before);
      const third = await ask('And once more.');
      assert.ok(third.vendor.models.length > 0 && third.company.requests.length === 0, shown(third));
      assert.ok(third.vendor.requests.every(request => !request.includes(internalKey)));
    });
  }

  test('codex: a thread keeps its model while the program runs, and the next one has the internal model', async () => {
    const codex = await codexIn({ program: clients.codex, home, url: vendor.url, model: 'gpt-5.5-codex' });
    const switcher = switcherFor('codex', {});
    const calls = (): { vendor: readonly string[]; company: readonly string[] } => ({
      vendor: vendor.look().models,
      company: company.look().models,
    });
    await codex.serve(async editor => {
      const running = await editor.start();
      await editor.turn(running, 'Say hello.');
      assert.deepEqual(calls(), { vendor: ['gpt-5.5-codex'], company: [] });

      const plan = await switcher.plan({ scope: 'everywhere' }, modelAt(company.url));
      await switcher.apply(plan, internalKey);
      await editor.turn(running, 'Say it again.');
      assert.deepEqual(calls(), { vendor: ['gpt-5.5-codex'], company: [] });
      await editor.turn(await editor.start(), 'Say hello.');
      assert.deepEqual(calls(), { vendor: [], company: ['acme-coder'] });

      assert.equal((await switcher.undo(plan.id)).state, 'undone');
      await editor.turn(await editor.start(), 'Say hello.');
      assert.deepEqual(calls(), { vendor: ['gpt-5.5-codex'], company: [] });
    });
  });

  test('gemini-cli: what it asks on the side, to shorten a conversation, goes to the internal model by its name', async () => {
    const settings = '{"privacy":{"usageStatisticsEnabled":false},"model":{"compressionThreshold":0.000001}}';
    await mkdir(path.join(home.dir, '.gemini'), { recursive: true });
    await writeFile(path.join(home.dir, '.gemini', 'settings.json'), settings);
    const switcher = switcherFor('gemini-cli', {});
    await switcher.apply(await switcher.plan({ scope: 'everywhere' }, modelAt(company.url)), internalKey);
    const ask = (...more: readonly string[]): Promise<string> =>
      run(process.execPath, [clients.geminiCli, '--skip-trust', '--prompt', 'Say hello. '.repeat(2_000), ...more], {
        cwd: home.project,
        env: { ...sealedEnv({ ...home.env, GEMINI_CLI_TRUST_WORKSPACE: 'true' }), NO_COLOR: '1' },
        timeoutMs: 120_000,
      });
    await ask();
    await ask('--resume', 'latest');
    const { models } = company.look();
    assert.ok(models.length > 2, 'the conversation was shortened');
    assert.deepEqual([...new Set(models)], ['acme-coder']);
  });

  function switcherFor(assistant: string, env: Readonly<Record<string, string>>): Switcher {
    const all = createSwitchers({
      home: home.dir,
      env: { ...home.env, ...env },
      dataFolder: home.meterDir,
      now: Date.now,
    });
    const found = all.find(one => one.assistant === assistant);
    assert.ok(found);
    return found;
  }
});

function modelAt(url: string): SwitchedModel {
  const endpoints = { messages: url, chatCompletions: url, responses: url, gemini: url };
  return { displayName: 'Acme Coder', model: 'acme-coder', baseUrl: url, endpoints, contextTokens: 100_000 };
}

/** What came to a server since it was looked at. */
interface Seen {
  /** Of each call. */
  readonly models: readonly string[];
  /** Of each request, a call or not: its address and its headers. */
  readonly requests: readonly string[];
}

interface WatchedServer {
  readonly url: string;
  look(): Seen;
}

/** A server that also remembers all that its requests brought along. */
async function startWatchedServer(own: Owned): Promise<WatchedServer> {
  const server = await own.startModelServer();
  const port = Number(new URL(server.url).port);
  const requests: string[] = [];
  const hear = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.socket.localPort === port) requests.push(`${request.url ?? ''} ${JSON.stringify(request.headers)}`);
  };
  subscribe('http.server.request.start', hear);
  own.atEnd(() => void unsubscribe('http.server.request.start', hear));
  let looked = 0;
  return {
    url: server.url,
    look() {
      const models = server.bookings.slice(looked).map(({ model }) => model);
      looked = server.bookings.length;
      return { models, requests: requests.splice(0) };
    },
  };
}

function shown(calls: object): string {
  return JSON.stringify(calls, undefined, 1);
}
