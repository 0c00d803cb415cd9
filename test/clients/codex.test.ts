import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';

import type { Home } from '../workbench/home.ts';
import { ownedUntil } from '../workbench/owned.ts';
import { suiteClients } from './clients.ts';
import { codexIn } from './codex.ts';
import { assertLedgerHasTheBooks } from './ledger.ts';
import type { Books } from './ledger.ts';
import type { ToolUse } from './modelApi.ts';
import type { ModelServer } from './modelServer.ts';

const books: Books = { assistant: 'codex', isListed: () => true };

/** The same work, as each kind of model is offered its tools. */
const models: readonly { readonly model: string; readonly shell: ToolUse }[] = [
  { model: 'gpt-5.5', shell: { name: 'exec_command', input: { cmd: 'echo hello' } } },
  { model: 'gpt-5.6-sol', shell: { name: 'exec', input: 'text(await tools.exec_command({ cmd: "echo hello" }));' } },
];

suite('Codex', function () {
  this.timeout('2m');
  const own = ownedUntil(teardown);
  const clients = suiteClients();
  let home: Home;
  let server: ModelServer;

  setup(async () => {
    home = await own.createHome('codex');
    server = await own.startModelServer();
  });

  for (const { model, shell } of models) {
    test(`each answer of a turn with tool calls is one call (${model})`, async () => {
      server.willAnswer(
        'turn',
        { kind: 'tools', text: 'Let me see.', tools: [shell] },
        { kind: 'tools', tools: [shell] },
      );
      const codex = await codexIn({ program: clients.codex, home, url: server.url, model });
      await codex.exec('Say hello.');
      assert.equal(server.bookings.length, 3);
      await assertLedgerHasTheBooks(home, server, books);
    });
  }

  test('a resumed thread goes on, with another model too', async () => {
    const codex = await codexIn({ program: clients.codex, home, url: server.url, model: 'gpt-5.6-sol' });
    const thread = await codex.exec('First.');
    await assertLedgerHasTheBooks(home, server, books);
    await codex.resume(thread, 'Second.');
    await codex.resume(thread, 'Third.', '--model', 'gpt-5.5');
    // The old model sums the conversation up for the new one, in the new one's turn.
    assert.deepEqual(
      server.bookings.map(({ session, purpose, model }) => [session, purpose, model]),
      [
        [thread, 'turn', 'gpt-5.6-sol'],
        [thread, 'turn', 'gpt-5.6-sol'],
        [thread, 'compaction', 'gpt-5.6-sol'],
        [thread, 'turn', 'gpt-5.5'],
      ],
    );
    await assertLedgerHasTheBooks(home, server, books);
  });

  test('a fork brings only what is new in it, and a compaction is a call', async () => {
    const codex = await codexIn({ program: clients.codex, home, url: server.url, model: 'gpt-5.6-sol' });
    await codex.serve(async editor => {
      const thread = await editor.start();
      await editor.turn(thread, 'First.');
      const fork = await editor.fork(thread);
      await editor.turn(fork, 'Second.');
      const forkOfFork = await editor.fork(fork);
      await editor.turn(forkOfFork, 'Third.');
      await editor.compact(forkOfFork);
      await editor.turn(forkOfFork, 'Fourth.');
      await editor.turn(thread, 'Fifth.');
      assert.equal(new Set(server.bookings.map(({ session }) => session)).size, 3);
      assert.equal(server.bookings.filter(({ purpose }) => purpose === 'compaction').length, 1);
    });
    await assertLedgerHasTheBooks(home, server, books);
  });

  for (const history of ['none', 'all']) {
    test(`what a subagent does belongs to the session that sent it (history: ${history})`, async () => {
      const input = { task_name: 'look', message: 'Look around.', fork_turns: history };
      const spawn: ToolUse = { namespace: 'collaboration', name: 'spawn_agent', input };
      const wait: ToolUse = { namespace: 'collaboration', name: 'wait_agent', input: { timeout_ms: 10_000 } };
      server.willAnswer('turn', { kind: 'tools', tools: [spawn] }, { kind: 'tools', tools: [wait] });
      const codex = await codexIn({ program: clients.codex, home, url: server.url, model: 'gpt-5.6-sol' });
      const thread = await codex.exec('Delegate.');
      assert.equal(server.bookings.filter(({ purpose }) => purpose === 'subagent').length, 1);
      assert.deepEqual(new Set(server.bookings.map(({ session }) => session)), new Set([thread]));
      await assertLedgerHasTheBooks(home, server, books);
    });
  }

  test('an error and a stream that breaks off are no calls', async () => {
    server.willAnswer('turn', { kind: 'error', status: 529 }, { kind: 'broken' });
    const codex = await codexIn({ program: clients.codex, home, url: server.url, model: 'gpt-5.5' });
    await codex.exec('First.');
    assert.equal(server.bookings.length, 3);
    await assertLedgerHasTheBooks(home, server, books);
  });
});
