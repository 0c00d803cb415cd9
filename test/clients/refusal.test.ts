import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';

import type { RefusalKind, StoredRefusal } from '../../src/core/refusal.ts';
import { allTime } from '../../src/core/period.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { refusalsAt } from '../../src/meter/refusals.ts';
import { allReaders } from '../../src/readers/all.ts';
import { ReadBuffer } from '../../src/readers/jsonLines.ts';
import { findLogs } from '../../src/readers/reader.ts';
import type { Home } from '../workbench/home.ts';
import { ownedUntil } from '../workbench/owned.ts';
import { claudeCodeIn } from './claudeCode.ts';
import { suiteClients } from './clients.ts';
import { codexIn } from './codex.ts';
import type { Answer } from './modelApi.ts';
import type { ModelServer } from './modelServer.ts';

/** As LiteLLM's gateway says it, with the status of its newer or older releases. */
function spentBudget(status: number): Answer {
  const message = 'Budget has been exceeded! Current cost: 50.12, Max budget: 50.0';
  const error = { message, type: 'budget_exceeded', param: null, code: String(status) };
  return { kind: 'error', status, body: { error } };
}

function refused(status: number, type: string): Answer {
  return { kind: 'error', status, body: { type: 'error', error: { type, message: 'An invented refusal.' } } };
}

const done: Answer = { kind: 'text', text: 'Done.' };

suite('Refused requests', function () {
  this.timeout('2m');
  const own = ownedUntil(teardown);
  const clients = suiteClients();
  let home: Home;
  let server: ModelServer;

  setup(async () => {
    home = await own.createHome('refusal');
    server = await own.startModelServer();
  });

  /** What the logs of the home say, in a ledger of its own. */
  function read(assistant: string): { refusals: readonly StoredRefusal[]; isRefused: boolean } {
    const reader = allReaders(new ReadBuffer()).find(({ id }) => id === assistant);
    assert.ok(reader);
    const ledger = new Ledger(':memory:');
    const environment = { home: home.dir, env: home.env, platform: process.platform };
    for (const log of findLogs(reader, environment).logs) {
      for (const batch of reader.open(log).read(undefined)) {
        assert.deepEqual(batch.problems, []);
        assert.ok(!JSON.stringify(batch.refusals ?? []).includes('exceeded'), 'no word of the server goes on');
        ledger.append({ id: log.path, assistant }, batch, () => ({
          nanoUsd: undefined,
          price: undefined,
          unpricedBecause: 'unknownModel',
        }));
      }
    }
    const refusals = ledger.refusals.within(allTime);
    const { refused: now } = refusalsAt(ledger, { nowMs: Date.now(), nameOf: id => id });
    ledger.close();
    return { refusals, isRefused: now !== undefined };
  }

  function seen({ refusals }: ReturnType<typeof read>): readonly (readonly [kind: RefusalKind, endsTurn: boolean])[] {
    return refusals.map(({ kind, endsTurn }) => [kind, endsTurn]);
  }

  const ofClaudeCode: readonly (readonly [what: string, answer: Answer, kinds: readonly RefusalKind[]])[] = [
    ['a budget is spent', spentBudget(429), ['budget', 'budget']],
    ['a budget is spent, by an older gateway', spentBudget(400), ['budget']],
    ['the key is wrong', refused(401, 'authentication_error'), ['auth', 'auth']],
    ['there are too many requests', refused(429, 'rate_limit_error'), ['rateLimit', 'rateLimit']],
    ['the server is overloaded', refused(529, 'overloaded_error'), ['overloaded', 'overloaded']],
    ['the request makes no sense', refused(400, 'invalid_request_error'), ['other']],
  ];
  for (const [what, answer, kinds] of ofClaudeCode) {
    test(`Claude Code tells at the first request of a session that ${what}`, async () => {
      // Some errors it answers with requests of other kinds before it gives up.
      server.willAnswer('turn', ...Array.from({ length: 12 }, () => answer));
      const endpoint = { url: server.url, token: 'token-of-books' };
      const env = { CLAUDE_CODE_MAX_RETRIES: '1' };
      const claude = claudeCodeIn({ program: clients.claudeCode, home, endpoint, env });
      await assert.rejects(claude.print('Fix the login form.', '--model', 'claude-sonnet-5'));
      const found = read('claude-code');
      // Every attempt but the last is repeated.
      assert.deepEqual(
        seen(found),
        kinds.map((kind, index) => [kind, index === kinds.length - 1]),
      );
      assert.ok(found.refusals.every(({ project }) => project === home.project));
      assert.equal(found.isRefused, kinds[0] === 'budget');
    });
  }

  test('Claude Code is not refused any more once it was answered', async () => {
    server.willAnswer('turn', spentBudget(429), done);
    const endpoint = { url: server.url, token: 'token-of-books' };
    await claudeCodeIn({ program: clients.claudeCode, home, endpoint }).print('Fix it.', '--model', 'claude-sonnet-5');
    const found = read('claude-code');
    assert.deepEqual(seen(found), [['budget', false]]);
    assert.equal(found.isRefused, false);
  });

  const ofCodex: readonly (readonly [what: string, answer: Answer, kind: RefusalKind])[] = [
    ['a budget is spent, by an older gateway', spentBudget(400), 'budget'],
    // It keeps no word of what came with this status.
    ['a budget is spent, but not why', spentBudget(429), 'rateLimit'],
    ['the key is wrong', refused(401, 'authentication_error'), 'auth'],
    ['the request makes no sense', refused(400, 'invalid_request_error'), 'other'],
  ];
  for (const [what, answer, kind] of ofCodex) {
    test(`Codex tells at the first request of a session that ${what}`, async () => {
      server.willAnswer('turn', ...Array.from({ length: 12 }, () => answer));
      const codex = await codexIn({ program: clients.codex, home, url: server.url, model: 'gpt-5.6-sol' });
      await assert.rejects(codex.exec('Fix the login form.'));
      const found = read('codex');
      assert.deepEqual(seen(found), [[kind, true]]);
      assert.deepEqual(
        found.refusals.map(({ project, model }) => [project, model]),
        [[home.project, 'gpt-5.6-sol']],
      );
      assert.equal(found.isRefused, kind === 'budget');
    });
  }
});
