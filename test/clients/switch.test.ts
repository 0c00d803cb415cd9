import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setup, suite, teardown, test } from 'mocha';

import { createClaudeCodeSwitcher } from '../../src/switching/claudeCode.ts';
import type { AppliedSwitch, Switcher, SwitchedModel, SwitchTarget } from '../../src/switching/switcher.ts';
import type { Home } from '../workbench/home.ts';
import { ownedUntil } from '../workbench/owned.ts';
import { claudeCodeIn } from './claudeCode.ts';
import type { ClaudeCode } from './claudeCode.ts';
import { suiteClients } from './clients.ts';
import { report } from './ledger.ts';
import type { ModelServer } from './modelServer.ts';

const externalToken = 'token-of-external';
const internalToken = 'token-of-internal';
const external = [`Bearer ${externalToken}`, 'claude-sonnet-5'];
const internal = [`Bearer ${internalToken}`, 'acme-coder'];

suite('Switching Claude Code', function () {
  this.timeout('2m');
  const own = ownedUntil(teardown);
  const clients = suiteClients();
  let home: Home;
  let vendor: ModelServer;
  let company: ModelServer;
  let model: SwitchedModel;
  let switcher: Switcher;
  let claude: ClaudeCode;
  let settingsPath: string;
  let settings: Buffer;

  setup(async () => {
    home = await own.createHome('switch');
    vendor = await own.startModelServer();
    company = await own.startModelServer();
    model = { displayName: 'Acme Coder', model: 'acme-coder', baseUrl: company.url };
    switcher = createClaudeCodeSwitcher({ home: home.dir, env: home.env, dataFolder: home.meterDir, now: Date.now });
    claude = claudeCodeIn({ program: clients.claudeCode, home });
    settingsPath = path.join(home.claudeDir, 'settings.json');
    // With the marks of a person's hand: tabs, a missing line break at the end, keys that are not ours.
    settings = Buffer.from(
      `{\n\t"model": "sonnet",\n\t"env": { "ANTHROPIC_BASE_URL": "${vendor.url}",  "ANTHROPIC_AUTH_TOKEN": "${externalToken}",\n` +
        `\t\t"ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-sonnet-5" },\n\t"cleanupPeriodDays": 60\n}`,
    );
    await mkdir(home.claudeDir, { recursive: true });
    await writeFile(settingsPath, settings);
  });

  async function apply(target: SwitchTarget): Promise<AppliedSwitch> {
    const applied = await switcher.apply(await switcher.plan(target, model), internalToken);
    assert.ok(applied);
    return applied;
  }

  async function undo({ id }: AppliedSwitch): Promise<void> {
    assert.equal((await switcher.undo(id)).state, 'undone');
  }

  /** The credential and the model of every call so far, at the vendor's and at the company's endpoint. */
  function called(): { vendor: string[][]; company: string[][] } {
    const of = (server: ModelServer): string[][] => server.bookings.map(({ credential, model }) => [credential, model]);
    return { vendor: of(vendor), company: of(company) };
  }

  test('a switch everywhere sends the next call to the internal model with its key, and undo sends it back', async () => {
    await claude.print('First.');
    assert.deepEqual(called(), { vendor: [external], company: [] });

    const applied = await apply({ scope: 'everywhere' });
    await claude.print('Second.');
    assert.deepEqual(called(), { vendor: [external], company: [internal] });
    const { rows } = await report(home);
    assert.deepEqual(
      rows.filter(row => row.unlisted !== true).map(row => row.model),
      ['claude-sonnet-5', 'acme-coder'],
    );

    await undo(applied);
    assert.deepEqual(await readFile(settingsPath), settings);
    await claude.print('Third.');
    assert.deepEqual(called(), { vendor: [external, external], company: [internal] });
  });

  test('a switch of one project leaves the others alone', async () => {
    const elsewhere = path.join(home.dir, 'work', 'other');
    await mkdir(elsewhere, { recursive: true });
    const claudeElsewhere = claudeCodeIn({ program: clients.claudeCode, home: { ...home, project: elsewhere } });

    const applied = await apply({ scope: 'project', project: home.project });
    await claude.print('First.');
    await claudeElsewhere.print('Second.');
    assert.deepEqual(called(), { vendor: [external], company: [internal] });

    await undo(applied);
    assert.deepEqual(await readFile(settingsPath), settings);
    await claude.print('Third.');
    assert.deepEqual(called(), { vendor: [external, external], company: [internal] });
  });

  test('nothing of a conversation in the internal model goes to the vendor', async () => {
    await apply({ scope: 'everywhere' });
    const agent = {
      description: 'Look around',
      prompt: 'Look around.',
      subagent_type: 'Explore',
      run_in_background: false,
    };
    company.willAnswer('turn', { kind: 'tools', tools: [{ name: 'Agent', input: agent }] });
    await claude.converse(['Fix the login form.', 'And its test.']);
    assert.deepEqual(called().vendor, []);
    assert.deepEqual(new Set(company.bookings.map(({ purpose }) => purpose)), new Set(['title', 'turn', 'subagent']));
    assert.ok(called().company.every(([credential, model]) => credential === internal[0] && model === internal[1]));
  });

  test('a running session follows at its next call', async () => {
    await claude.converse([
      'Fix the login form.',
      async () => {
        await apply({ scope: 'everywhere' });
        await sleep(2_000);
      },
      'And its test.',
    ]);
    const turns = (server: ModelServer): string[][] =>
      server.bookings.filter(({ purpose }) => purpose === 'turn').map(({ credential, model }) => [credential, model]);
    assert.deepEqual({ vendor: turns(vendor), company: turns(company) }, { vendor: [external], company: [internal] });
  });
});
