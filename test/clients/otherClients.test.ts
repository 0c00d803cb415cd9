import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';

import { usageBuckets, type Usage } from '../../src/core/call.ts';
import type { Home } from '../workbench/home.ts';
import { ownedUntil } from '../workbench/owned.ts';
import { suiteClients } from './clients.ts';
import { report } from './ledger.ts';
import type { ModelServer } from './modelServer.ts';
import { otherClients } from './otherClients.ts';

suite('the other assistants', function () {
  this.timeout('5m');
  const own = ownedUntil(teardown);
  const clients = suiteClients();
  let home: Home;
  let server: ModelServer;

  setup(async () => {
    home = await own.createHome('other-client');
    server = await own.startModelServer();
  });

  for (const { assistant, toolIn, isLost, cannotResume, losesReasoning, stop, prepare, ask } of otherClients) {
    test(`${assistant}: every call of two prompts, a tool and a resume, with all its numbers`, async () => {
      const place = { clients, home, url: server.url };
      own.atEnd(() => stop?.(place));
      await prepare(place);
      server.willAnswer('turn', { kind: 'tools', tools: [toolIn(home)] }, { kind: 'text', text: 'Hello was said.' });
      await ask(place, 'Say hello.', undefined);
      const early = await report(home);
      assert.ok(early.rows.length > 0, 'the first prompt is read before there is a second one');
      await ask(place, 'Say it again.', early.rows[0]?.session);

      const { rows, sources, total } = await report(home);
      const paid = server.bookings.filter(({ usage, purpose }) => usage !== undefined && !isLost?.(purpose));
      assert.ok(paid.length >= 3, 'the tool was used, and there was a second prompt');
      assert.deepEqual(
        rows.map(row => lineOf(row.assistant, row.model, row)).sort(),
        paid
          .map(({ model, usage }) =>
            lineOf(assistant, model, losesReasoning && usage ? { ...usage, reasoningTokens: 0 } : usage),
          )
          .sort(),
      );
      assert.equal(
        new Set(rows.map(({ session }) => session)).size,
        cannotResume ? 2 : 1,
        'a resumed session is the same one',
      );
      assert.equal(total.calls, paid.length);
      assert.deepEqual(
        sources.filter(({ problems }) => problems > 0),
        [],
      );
    });
  }
});

function lineOf(assistant: string, model: string, usage: Usage | undefined): string {
  return JSON.stringify([assistant, model, ...usageBuckets.map(bucket => usage?.[bucket])]);
}
