import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { setup, suite, teardown, test } from 'mocha';

import { noUsage, totalTokens, usageBuckets, type Usage } from '../../src/core/call.ts';
import { eventually } from '../workbench/eventually.ts';
import type { Home } from '../workbench/home.ts';
import { ownedUntil } from '../workbench/owned.ts';
import type { Settings } from '../workbench/server.ts';
import { copilotChatApis, errand, startCopilotChat, type ApiType, type CopilotChat } from './copilotChat.ts';
import { report, type CallRow } from './ledger.ts';
import type { Answer } from './modelApi.ts';
import type { Booking, ModelServer } from './modelServer.ts';

/** A call as one of Copilot Chat's records tells it. */
interface Told {
  readonly model: string;
  readonly usage: Usage;
  readonly precision: string;
  readonly subagent: boolean;
}

interface Recording {
  readonly what: string;
  readonly apiType: ApiType;
  readonly model: string;
  readonly settings: (home: Home) => Settings;
  /** What it tells of a turn: of the calls in the books that were made from one prompt to the next. */
  readonly tells: (turn: readonly Booking[]) => readonly Told[];
  /** Whether it is found by a meter that never knew the user's settings. */
  readonly isFoundAnew: boolean;
}

const spans: Settings = { 'github.copilot.chat.otel.dbSpanExporter.enabled': true };
const debugLogs: Settings = { 'github.copilot.chat.agentDebugLog.fileLogging.enabled': true };

function telemetryFile(home: Home): Settings {
  return {
    'github.copilot.chat.otel.enabled': true,
    'github.copilot.chat.otel.exporterType': 'file',
    'github.copilot.chat.otel.outfile': path.join(telemetryFolder(home), 'copilot.jsonl'),
    'aiSpendMeter.extraFolders': { 'copilot-chat': [telemetryFolder(home)] },
  };
}

function telemetryFolder(home: Home): string {
  return path.join(home.dir, 'telemetry');
}

const recordings: readonly Recording[] = [
  {
    what: 'the span database',
    apiType: 'chat-completions',
    model: 'gpt-5.5',
    settings: () => spans,
    tells: turn => paid(turn).map(exactly),
    isFoundAnew: true,
  },
  {
    what: 'the telemetry file',
    apiType: 'responses',
    model: 'gpt-5.5',
    settings: telemetryFile,
    tells: turn =>
      paid(turn)
        .map(exactly)
        .map(told => ({ ...told, usage: untold(told.usage), precision: 'atMost' })),
    isFoundAnew: false,
  },
  {
    what: 'the debug logs',
    apiType: 'chat-completions',
    model: 'gpt-5.5',
    settings: () => debugLogs,
    tells: turn =>
      paid(turn)
        .filter(({ purpose }) => purpose !== 'title')
        .map(exactly)
        .map(told => ({ ...told, usage: { ...told.usage, reasoningTokens: 0 } })),
    isFoundAnew: true,
  },
  {
    what: 'all of them at once',
    apiType: 'messages',
    model: 'claude-sonnet-4-6',
    settings: home => ({ ...spans, ...debugLogs, ...telemetryFile(home) }),
    tells: turn => paid(turn).map(exactly),
    isFoundAnew: true,
  },
  {
    what: 'nothing but its chat sessions',
    apiType: 'chat-completions',
    model: 'gpt-5.5',
    settings: () => ({}),
    tells: summary,
    isFoundAnew: true,
  },
];

suite('Copilot Chat', function () {
  this.timeout('3m');
  // A whole editor and a browser under the hands of a program: what a person would do again, a test may, too.
  this.retries(2);
  const own = ownedUntil(teardown);
  let home: Home;
  let server: ModelServer;
  let chat: CopilotChat | undefined;

  setup(async function () {
    home = await own.createHome('copilot-chat');
    await mkdir(telemetryFolder(home)); // Copilot Chat does not make it.
    await writeFile(path.join(home.project, 'hello.txt'), 'hello\n');
    server = await own.startModelServer(...copilotChatApis);
    const test = this.currentTest;
    chat = undefined;
    own.atEnd(() => chat?.dispose());
    own.atEnd(() => chat?.window.screenshotIfFailed(test));
  });

  const bookingsOf = async (prompt: string, ...answers: readonly Answer[]): Promise<readonly Booking[]> => {
    const before = server.bookings.length;
    server.willAnswer('turn', ...answers);
    await chat?.ask(prompt);
    return server.bookings.slice(before);
  };

  const readFile = (): Answer => {
    const input = { filePath: path.join(home.project, 'hello.txt'), startLine: 1, endLine: 1 };
    return { kind: 'tools', tools: [{ name: 'read_file', input }] };
  };

  for (const { what, settings, apiType, model, tells, isFoundAnew } of recordings) {
    test(`the ledger has the books, as far as they are told, if it records ${what} (${apiType})`, async () => {
      chat = await startCopilotChat({ home, url: server.url, model, apiType, settings: settings(home) });
      const turns: (readonly Booking[])[] = [];
      const ask = async (prompt: string, ...answers: readonly Answer[]): Promise<void> => {
        turns.push(await bookingsOf(prompt, ...answers));
      };
      const told = (): readonly string[] => linesOf(turns.flatMap(tells));

      await ask('Read the file hello.txt, and tell me what is in it.', readFile());
      await ask('Thank you.');
      await ask('Let another one look.', startSubagent);
      // A turn that is taken back before the editor has written it, within seconds, is in no chat session.
      await untilLedgerSays(home, told());
      await chat.restoreCheckpoint('Let another one look.');
      await ask('Go on without.');
      await ask('This will fail.', { kind: 'error', status: 500 });
      await ask('This will break off.', { kind: 'broken' });
      await ask('Are you there again?');

      assert.deepEqual(
        turns.map(turn => turn.filter(({ purpose }) => purpose !== 'title').map(booking => kindOf(booking))),
        [['turn', 'turn'], ['turn'], ['turn', 'subagent', 'turn'], ['turn'], ['no turn'], ['no turn'], ['turn']],
        'all that was to be done was done',
      );
      await untilLedgerSays(home, told());
      await chat.dispose();
      chat = undefined;
      assert.deepEqual(linesOf(toldBy(await rowsOf(home))), told(), 'nothing comes to it when the editor is closed');
      if (isFoundAnew) {
        const anew = await rowsOf(home, { AI_SPEND_METER_HOME: path.join(home.dir, 'meter-anew') });
        // Not the project: where no window names its folder, a turn may be read before the folder is noted.
        assert.deepEqual(linesOf(toldBy(anew)), told(), 'the ledger is the same if everything is read at once');
      }
      assertOneSession(await rowsOf(home), turns.flat());
    });
  }

  test('each turn counts from one record if the span database is turned on in the middle of a session', async () => {
    const place = { home, url: server.url, model: 'gpt-5.5', apiType: 'chat-completions' } as const;
    chat = await startCopilotChat({ ...place, settings: {} });
    const before = await bookingsOf('Read the file hello.txt, and tell me what is in it.', readFile());
    // The editor has written the turn; what is asked in a window that is closed at once is in no chat session.
    await untilLedgerSays(home, linesOf(summary(before)));
    await chat.reload(spans);
    const after = [...(await bookingsOf('Read it once more.', readFile())), ...(await bookingsOf('Thank you.'))];
    const told = linesOf([...summary(before), ...paid(after).map(exactly)]);
    await untilLedgerSays(home, told);
    await chat.dispose();
    chat = undefined;
    const anew = await rowsOf(home, { AI_SPEND_METER_HOME: path.join(home.dir, 'meter-anew') });
    assert.deepEqual(linesOf(toldBy(anew)), told);
    assertOneSession(anew, [...before, ...after]);
  });
});

const startSubagent: Answer = {
  kind: 'tools',
  tools: [{ name: 'runSubagent', input: { prompt: errand, description: 'Look around' } }],
};

type Paid = Booking & { readonly usage: Usage };

function paid(turn: readonly Booking[]): readonly Paid[] {
  return turn.filter((booking): booking is Paid => booking.usage !== undefined);
}

function kindOf({ purpose, usage }: Booking): string {
  return usage === undefined ? `no ${purpose}` : purpose;
}

/** All that the server told; but what was written to a cache for five minutes and for an hour is one number. */
function exactly({ model, purpose, usage }: Paid): Told {
  const cacheWrite5mTokens = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  return {
    model,
    usage: { ...usage, cacheWrite5mTokens, cacheWrite1hTokens: 0 },
    precision: 'exact',
    subagent: purpose === 'subagent',
  };
}

/** Where neither cached nor reasoning tokens are told apart. */
function untold({ outputTokens, reasoningTokens: _, ...prompt }: Usage): Usage {
  return { ...noUsage, inputTokens: totalTokens({ ...noUsage, ...prompt }), outputTokens };
}

/** A turn in a chat session: its last prompt, and all that it wrote itself. */
function summary(turn: readonly Booking[]): readonly Told[] {
  const own = paid(turn).filter(({ purpose }) => purpose === 'turn');
  const last = own.at(-1);
  if (last === undefined) return [];
  const outputTokens = own.reduce((sum, { usage }) => sum + usage.outputTokens, 0);
  const usage = { ...untold(last.usage), outputTokens };
  return [{ model: last.model, usage, precision: own.length === 1 ? 'atMost' : 'atLeast', subagent: false }];
}

async function rowsOf(home: Home, env: Readonly<Record<string, string>> = {}): Promise<readonly CallRow[]> {
  const { rows, sources } = await report(home, env);
  assert.deepEqual(
    sources.filter(({ problems }) => problems > 0),
    [],
    'no problems',
  );
  return rows;
}

async function untilLedgerSays(home: Home, told: readonly string[]): Promise<void> {
  const said = async (): Promise<readonly string[]> => {
    await sleep(500); // Asking takes a processor, which the editor needs, too.
    return linesOf(toldBy(await rowsOf(home)));
  };
  await eventually(said, told, 60_000);
}

function toldBy(rows: readonly CallRow[]): readonly Told[] {
  return rows.map(row => ({ model: row.model, usage: row, ...row.call }));
}

function linesOf(told: readonly Told[]): readonly string[] {
  return told
    .map(({ model, usage, precision, subagent }) =>
      [
        model,
        precision,
        subagent ? 'subagent' : 'own',
        ...usageBuckets.map(name => `${name} ${String(usage[name])}`),
      ].join(', '),
    )
    .sort();
}

/** Titles and remarks on progress may be sessions of their own; all else is one, and no session is more than was paid. */
function assertOneSession(rows: readonly CallRow[], bookings: readonly Booking[]): void {
  const aside = new Set(bookings.filter(({ purpose }) => purpose === 'title').map(({ usage }) => usage?.outputTokens));
  const sessions = new Set(rows.filter(row => !aside.has(row.outputTokens)).map(({ session }) => session));
  assert.equal(sessions.size, 1, 'one session');
  const tokens = rows.reduce((sum, row) => sum + totalTokens(row), 0);
  const booked = paid(bookings).reduce((sum, { usage }) => sum + totalTokens(usage), 0);
  assert.ok(tokens <= booked, `${String(tokens)} tokens are no more than the ${String(booked)} in the books`);
}
