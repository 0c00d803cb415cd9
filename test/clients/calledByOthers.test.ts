import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setup, suite, teardown, test } from 'mocha';

import { usageBuckets, type Usage } from '../../src/core/call.ts';
import type { Home } from '../workbench/home.ts';
import { ownedUntil } from '../workbench/owned.ts';
import { run, sealedEnv, suiteClients } from './clients.ts';
import { report } from './ledger.ts';
import type { ModelServer } from './modelServer.ts';
import { otherClients } from './otherClients.ts';

suite('Claude Code, run by Cline', function () {
  this.timeout('5m');
  const cline = otherClients.find(({ assistant }) => assistant === 'cline');
  const own = ownedUntil(teardown);
  const clients = suiteClients();
  let home: Home;
  let server: ModelServer;

  setup(async () => {
    home = await own.createHome('called-by-others');
    server = await own.startModelServer();
    own.atEnd(() => cline?.stop?.({ clients, home, url: server.url }));
  });

  const ask = async (prompt: string): Promise<void> => {
    const folder = path.join(home.dir, '.cline', 'data', 'settings');
    await mkdir(folder, { recursive: true });
    const settings = { provider: 'claude-code', model: 'claude-sonnet-5' };
    const providers = { 'claude-code': { settings, updatedAt: '2026-11-22T10:00:00.000Z', tokenSource: 'manual' } };
    const whole = { version: 1, lastUsedProvider: 'claude-code', modes: {}, providers };
    await writeFile(path.join(folder, 'providers.json'), JSON.stringify(whole));
    const env = sealedEnv({
      ...home.env,
      // Where Cline finds Claude Code.
      PATH: [path.dirname(clients.claudeCode), process.env['PATH'] ?? ''].join(path.delimiter),
      ANTHROPIC_BASE_URL: server.url,
      ANTHROPIC_AUTH_TOKEN: 'token-of-books',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_ERROR_REPORTING: '1',
      DISABLE_TELEMETRY: '1',
      NO_COLOR: '1',
    });
    const args = ['--provider', 'claude-code', '--model', 'claude-sonnet-5', prompt];
    await run(clients.cline, args, { cwd: home.project, env, timeoutMs: 120_000 });
  };

  test('every call counts once, for Claude Code; without its log, the turns that Cline tells of', async () => {
    const tool = { name: 'Bash', input: { command: 'echo hello', description: 'Say hello' } };
    server.willAnswer('turn', { kind: 'tools', tools: [tool] }, { kind: 'text', text: 'Hello was said.' });
    await ask('Say hello.');
    await ask('Say bye.');

    const paid = server.bookings.filter(({ usage }) => usage !== undefined);
    const turns = paid.filter(({ purpose }) => purpose === 'turn');
    const both = await report(home);
    assert.deepEqual([...new Set(both.rows.map(({ assistant }) => assistant))], ['claude-code']);
    assert.equal(both.total.calls, turns.length);
    assert.deepEqual(countsOf([both.total]), countsOf(paid.map(({ usage }) => usage)));

    await rm(home.claudeDir, { recursive: true });
    const ofCline = await report(home, { AI_SPEND_METER_HOME: path.join(home.dir, 'meter-anew') });
    assert.deepEqual(
      ofCline.rows.map(({ assistant }) => assistant),
      ['cline', 'cline'],
    );
    assert.equal(ofCline.total.outputTokens, countsOf(turns.map(({ usage }) => usage)).outputTokens);
  });
});

/** The sum, bucket by bucket. */
function countsOf(usages: readonly (Usage | undefined)[]): Usage {
  const sum = (bucket: keyof Usage): number => usages.reduce((before, usage) => before + (usage?.[bucket] ?? 0), 0);
  return Object.fromEntries(usageBuckets.map(bucket => [bucket, sum(bucket)])) as unknown as Usage;
}
