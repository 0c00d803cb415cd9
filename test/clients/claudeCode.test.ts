import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { setup, suite, teardown, test } from 'mocha';

import type { Home } from '../workbench/home.ts';
import { ownedUntil } from '../workbench/owned.ts';
import { claudeCodeIn, costStates } from './claudeCode.ts';
import type { ClaudeCode, ClaudeCodeOptions } from './claudeCode.ts';
import { suiteClients } from './clients.ts';
import { assertLedgerHasTheBooks, costOf, nanoUsd, report } from './ledger.ts';
import type { Books, Report } from './ledger.ts';
import type { ModelServer } from './modelServer.ts';

const books: Books = {
  assistant: 'claude-code',
  isListed: ({ purpose }) => purpose === 'turn' || purpose === 'subagent',
};
const sonnet = ['--model', 'claude-sonnet-5'];
const bash = { name: 'Bash', input: { command: 'echo hello', description: 'Say hello' } };
const webSearch = { name: 'WebSearch', input: { query: 'an invented query' } };
const agent = {
  name: 'Agent',
  input: { description: 'Look around', prompt: 'Look around.', subagent_type: 'Explore', run_in_background: false },
};

suite('Claude Code', function () {
  this.timeout('2m');
  const own = ownedUntil(teardown);
  const clients = suiteClients();
  let home: Home;
  let server: ModelServer;
  let options: ClaudeCodeOptions;
  let claude: ClaudeCode;

  setup(async () => {
    home = await own.createHome('claude-code');
    server = await own.startModelServer();
    options = {
      program: clients.claudeCode,
      home,
      endpoint: { url: server.url, token: 'token-of-books' },
      env: { ANTHROPIC_DEFAULT_HAIKU_MODEL: 'claude-haiku-5-5' },
    };
    claude = claudeCodeIn(options);
  });

  /** A session costs what Claude Code says; a fork what it says beyond what it had said before the fork. */
  async function assertCostsAreItsOwn(
    report: Report,
    beforeFork: Readonly<Record<string, number>> = {},
  ): Promise<void> {
    const said = await costStates(home);
    const expected = [...said].map(([session, { totalCostUSD }]) => [
      session,
      nanoUsd(totalCostUSD) - (beforeFork[session] ?? 0),
    ]);
    assert.deepEqual(
      [...said.keys()].map(session => [session, costOf(report, session)]),
      expected,
    );
  }

  async function costSaidBy(session: string): Promise<number> {
    return nanoUsd((await costStates(home)).get(session)!.totalCostUSD);
  }

  test('a streamed answer is one call, however many blocks and tool calls it has', async () => {
    server.willAnswer(
      'turn',
      { kind: 'tools', text: 'I will run it twice.', tools: [bash, bash] },
      { kind: 'text', thinking: 'It said hello.', text: 'It runs, and it says hello.', pauseMs: 30 },
    );
    await claude.print('Say hello.', ...sonnet);
    assert.equal(server.bookings.length, 2);
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books));
  });

  test('a continued session goes on', async () => {
    const first = await claude.print('First.', '--model', 'claude-opus-5-5');
    await assertLedgerHasTheBooks(home, server, books);
    const second = await claude.print('Second.', '--continue', ...sonnet);
    assert.equal(second.sessionId, first.sessionId);
    assert.equal(server.bookings.length, 2);
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books));
  });

  test('a fork brings only what is new in it', async () => {
    server.willAnswer('turn', { kind: 'tools', tools: [webSearch] });
    const { sessionId: parent } = await claude.print('Search.', ...sonnet);
    const ofParent = await costSaidBy(parent);
    await assertLedgerHasTheBooks(home, server, books);

    server.willAnswer('turn', { kind: 'tools', tools: [webSearch, bash] });
    const { sessionId: fork } = await claude.print('Search more.', '--resume', parent, '--fork-session', ...sonnet);
    const ofFork = await costSaidBy(fork);
    await assertLedgerHasTheBooks(home, server, books);

    await claude.print('And on.', '--resume', parent, ...sonnet);
    const forkOfFork = await claude.print('And elsewhere.', '--resume', fork, '--fork-session', ...sonnet);
    const { sessionId: secondFork } = await claude.print('Or so.', '--resume', parent, '--fork-session', ...sonnet);
    assert.equal(new Set([parent, fork, forkOfFork.sessionId, secondFork]).size, 4);
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books), {
      [fork]: ofParent,
      [forkOfFork.sessionId]: ofFork,
      [secondFork]: await costSaidBy(parent),
    });
  });

  test('what a subagent does belongs to the session that sent it, also when that is forked', async () => {
    server.willAnswer('turn', { kind: 'tools', tools: [agent] });
    server.willAnswer('subagent', { kind: 'tools', text: 'Let me look.', tools: [bash] });
    const { sessionId } = await claude.print('Delegate.', ...sonnet);
    assert.equal(server.bookings.filter(({ purpose }) => purpose === 'subagent').length, 2);
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books));

    const before = await costSaidBy(sessionId);
    const fork = await claude.print('Go on.', '--resume', sessionId, '--fork-session', ...sonnet);
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books), { [fork.sessionId]: before });
  });

  test('a web search is paid for beside the calls', async () => {
    server.willAnswer('turn', { kind: 'tools', tools: [webSearch] }, { kind: 'tools', tools: [webSearch, webSearch] });
    await claude.print('Search.', ...sonnet);
    assert.equal(server.bookings.filter(({ purpose }) => purpose === 'webSearch').length, 3);
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books));
  });

  test('the title of a conversation in an editor is paid for beside the calls', async () => {
    await claude.converse(['Fix the login form.', 'And its test.'], ...sonnet);
    const titles = server.bookings.filter(({ purpose }) => purpose === 'title');
    assert.deepEqual(
      titles.map(({ model }) => model),
      ['claude-haiku-5-5'],
    );
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books));
  });

  test('a compaction is paid for beside the calls, and a fork after it copies numbers that are none', async () => {
    const { sessionId } = await claude.print('First.', ...sonnet);
    await claude.print('Second.', '--resume', sessionId, ...sonnet);
    await claude.print('/compact', '--resume', sessionId, ...sonnet);
    assert.equal(server.bookings.at(-1)?.purpose, 'compaction');
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books));

    const before = await costSaidBy(sessionId);
    const fork = await claude.print('Third.', '--resume', sessionId, '--fork-session', ...sonnet);
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books), { [fork.sessionId]: before });
  });

  test('an error costs nothing, and a stream that breaks off costs what Claude Code estimates', async () => {
    server.willAnswer('turn', { kind: 'error', status: 529 });
    await claude.print('First.', ...sonnet);
    await assertCostsAreItsOwn(await assertLedgerHasTheBooks(home, server, books));

    server.willAnswer('turn', { kind: 'broken' });
    await claude.print('Second.', '--continue', ...sonnet);
    const after = await report(home);
    assert.equal(after.total.calls, server.bookings.filter(({ usage }) => usage !== undefined).length);
    await assertCostsAreItsOwn(after);
  });

  test('a session that was killed has its calls, though Claude Code forgets what they cost', async () => {
    server.willAnswer('turn', { kind: 'tools', tools: [bash] }, { kind: 'stalled' });
    const killing = new AbortController();
    const killed = assert.rejects(
      claudeCodeIn({ ...options, killedBy: killing.signal }).print('First.', ...sonnet),
      /abort/i,
    );
    while (server.bookings.length < 2) await sleep(20);
    // Claude Code writes its log a little later than it goes on.
    while ((await report(home)).rows.length === 0) await sleep(20);
    killing.abort();
    await killed;
    const session = server.bookings[0]!.session;
    const ofKilled = costOf(await assertLedgerHasTheBooks(home, server, books), session);
    assert.ok(ofKilled > 0);

    server.willAnswer('turn', { kind: 'tools', tools: [webSearch] });
    await claude.print('Second.', '--resume', session, ...sonnet);
    const after = await assertLedgerHasTheBooks(home, server, books);
    assert.equal(costOf(after, session), ofKilled + (await costSaidBy(session)));
  });
});
