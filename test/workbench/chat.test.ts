import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';
import type { Locator } from 'playwright-core';

import type { Usage } from '../../src/core/call.ts';
import { chatRecordsFolder, type ChatRecord } from '../../src/core/chatRecord.ts';
import { allTime } from '../../src/core/period.ts';
import { ledgerPath } from '../../src/ledger/ledgerPath.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { messagesApi } from '../clients/messagesApi.ts';
import { listOf, type ModelApi } from '../clients/modelApi.ts';
import type { Booking, ModelServer } from '../clients/modelServer.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { addToChat, answerToTest } from './internalModel.ts';
import { filesWith } from './secretSearch.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';

const key = 'sk-acme-invented-9c31d7';

/** Calls in the ledger, as far as they tell who made them and what they took. */
interface LedgerCall {
  readonly assistant: string;
  readonly model: string | undefined;
  readonly basis: string | undefined;
  readonly precision: string | undefined;
  readonly usage: Usage;
}

/** Another model that the user has added to the chat, and that nobody asks here. */
function dearModelAt(url: string): string {
  const limits = { maxInputTokens: 128_000, maxOutputTokens: 16_000 };
  const dear = { id: 'dear-1', name: 'Dear Model', url: `${url}/v1/chat/completions`, toolCalling: true, ...limits };
  return JSON.stringify([
    { name: 'Dear', vendor: 'customendpoint', apiKey: 'none', apiType: 'chat-completions', models: [dear] },
  ]);
}

suite('the internal model in VS Code’s own chat', function () {
  this.timeout(180_000);

  const own = suiteWorkbench();
  let home: Home;
  let model: ModelServer;
  let window: WorkbenchWindow;
  let userSettings: string;
  let settingsBefore: string;
  /** How many calls were made to test the connection. */
  let tested = 0;
  /** How many answers the other side has ended before they were complete. */
  let brokenOff = 0;

  /** Anthropic's format, which notices who does not want to hear the end. */
  const api: ModelApi = {
    ...messagesApi,
    // Only turns have tools: the rest is about them, such as what is shown while they run.
    purposeOf: request => (listOf(request.body['tools']).length > 0 ? 'turn' : 'title'),
    async send(response, reply) {
      response.on('close', () => {
        if (!response.writableEnded) brokenOff += 1;
      });
      await messagesApi.send(response, reply);
    },
  };

  suiteSetup(async () => {
    home = await own.createHome('chat');
    await writeFile(path.join(home.project, 'greeting.txt'), 'Hello from the file.\n');
    model = await own.startModelServer(api);
    const settings = {
      'aiSpendMeter.internalModels': [
        {
          displayName: 'Acme Coder',
          baseUrl: model.url,
          model: 'acme-coder-1',
          prices: { input: 0.5, output: 2 },
          contextTokens: 131_072,
        },
      ],
      'chat.disableAIFeatures': false,
      // Copilot Chat then keeps what it knows of each turn, in a second place: nothing of it may count again.
      'github.copilot.chat.otel.dbSpanExporter.enabled': true,
    };
    const dataDir = path.join(home.dir, 'editor');
    userSettings = path.join(dataDir, 'User', 'settings.json');
    await mkdir(path.dirname(userSettings), { recursive: true });
    await writeFile(path.join(path.dirname(userSettings), 'chatLanguageModels.json'), dearModelAt(model.url));
    const workbench = await own.start(home, { settings, dataDir });
    // In the user's settings alone: where the machine has them too, they are changed there.
    const inFile = JSON.parse(await readFile(userSettings, 'utf8')) as object;
    await writeFile(userSettings, JSON.stringify({ ...inFile, 'chat.defaultModel': 'dear-1' }, undefined, 2));
    window = own.watch(await workbench.open({ folder: home.project, size: { width: 1400, height: 900 } }));
  });

  const chat = (): Locator => window.page.locator('.interactive-session');

  /** Before that, the palette does not know all commands. */
  function ready(): Promise<void> {
    return eventuallyMatches(() => textOf(window.ownStatusBarItem()), /No AI calls yet/, 60_000);
  }

  const picker = (): Promise<string> => textOf(chat().locator('.interactive-input-part').first());

  /** The calls of the chat, of turns or of what is about them. */
  function chatBookings(): readonly Booking[] {
    return model.bookings.slice(tested);
  }

  /** Asks something in the chat, once more if nothing of it comes to the model: Copilot Chat may not be ready yet. */
  async function ask(text: string): Promise<void> {
    const turns = (): number => chatBookings().filter(({ purpose }) => purpose === 'turn').length;
    const before = turns();
    for (let tries = 1; ; tries++) {
      await window.runCommand('Chat: Focus on Chat View');
      await chat().locator('.interactive-input-part .monaco-editor').first().click();
      await window.page.keyboard.type(text);
      await window.page.keyboard.press('Enter');
      try {
        await eventually(() => turns() > before, true, 30_000);
        return;
      } catch (error) {
        if (tries === 3) throw error;
        await stop();
      }
    }
  }

  async function stop(): Promise<void> {
    await chat().locator('.codicon-stop-circle').first().click();
  }

  function ledgerCalls(): readonly LedgerCall[] {
    const ledger = new Ledger(ledgerPath(home.meterDir));
    try {
      return ledger.calls({ range: allTime, orderBy: 'oldest' }).map(call => ({
        assistant: call.assistant,
        model: call.model,
        basis: call.price?.basis,
        precision: call.precision,
        usage: call.usage,
      }));
    } finally {
      ledger.close();
    }
  }

  async function records(): Promise<readonly ChatRecord[]> {
    const folder = path.join(home.meterDir, chatRecordsFolder);
    const [name = ''] = await readdir(folder);
    if (process.platform !== 'win32') {
      assert.equal(((await stat(path.join(folder, name))).mode & 0o777).toString(8), '600');
    }
    const text = await readFile(path.join(folder, name), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as ChatRecord);
  }

  test('is added to the models of the chat with its key, and no sign-in', async () => {
    await ready();
    // It turns on the chat, which VS Code leaves off as long as nobody wants to see models; for good after a reload.
    await window.runCommand('Chat: Manage Language Models');
    const models = window.page.locator('.models-widget');
    await models.getByText('Dear Model').first().waitFor({ timeout: 60_000 });
    await window.page.reload();
    await ready();
    await window.runCommand('Chat: Focus on Chat View');
    await eventuallyMatches(picker, /Dear Model/, 60_000);

    await window.runCommand('Chat: Manage Language Models');
    await addToChat(window, key);
  });

  test('is what the chat uses once Copilot Chat is switched to it', async () => {
    settingsBefore = await readFile(userSettings, 'utf8');
    answerToTest(model);
    await window.runCommand('AI Spend Meter: Switch an Assistant to the Internal Model');
    await window.pick('GitHub Copilot Chat');
    await window.notification('GitHub Copilot Chat everywhere is switched to Acme Coder.').waitFor();
    assert.partialDeepStrictEqual(JSON.parse(await readFile(userSettings, 'utf8')), {
      'chat.defaultModel': 'ai-spend-meter:acme-coder-1',
      'chat.utilityModel': 'ai-spend-meter/ai-spend-meter:acme-coder-1',
      'chat.utilitySmallModel': 'ai-spend-meter/ai-spend-meter:acme-coder-1',
      'inlineChat.defaultModel': 'Acme Coder (ai-spend-meter)',
    });
    await eventuallyMatches(picker, /Acme Coder/);
    tested = model.bookings.length;
  });

  test('answers there, with a call of a tool', async () => {
    const filePath = path.join(home.project, 'greeting.txt');
    model.willAnswer(
      'turn',
      {
        kind: 'tools',
        text: 'I read it first.',
        tools: [{ name: 'read_file', input: { filePath, startLine: 1, endLine: 1 } }],
      },
      { kind: 'text', text: 'The file says hello to all of you.' },
    );
    await ask('What does greeting.txt say?');
    await eventuallyMatches(() => textOf(chat()), /The file says hello to all of you\./, 60_000);
    for (const { model: asked, credential } of chatBookings()) {
      assert.deepEqual([asked, credential], ['acme-coder-1', `Bearer ${key}`]);
    }
  });

  test('is metered to the token, and once', async () => {
    // Copilot Chat writes its own sums down some seconds later.
    await window.page.waitForTimeout(8_000);
    await window.runCommand('AI Spend Meter: Read the Logs Now');
    const byInput = (a: LedgerCall, b: LedgerCall): number => a.usage.inputTokens - b.usage.inputTokens;
    const expected = chatBookings().map(({ usage }) => ({
      assistant: 'internal-chat',
      model: 'acme-coder-1',
      basis: 'internal',
      precision: undefined,
      usage: usage!,
    }));
    await eventually(() => ledgerCalls().toSorted(byInput), expected.toSorted(byInput));
    const written = await records();
    assert.equal(written.length, expected.length);
    const turns = written.filter(({ session }) => session !== undefined);
    assert.deepEqual(
      turns.map(({ finish, tools, initiator, project }) => ({ finish, tools, initiator, project })),
      [
        { finish: 'toolCalls', tools: ['read_file'], initiator: 'github.copilot-chat', project: home.project },
        { finish: 'stop', tools: undefined, initiator: 'github.copilot-chat', project: home.project },
      ],
    );
    assert.equal(turns[0]?.session, turns[1]?.session);
    assert.doesNotMatch(JSON.stringify(written), /hello|greeting/i);
  });

  test('stops when it is told to, which is not free', async () => {
    const before = ledgerCalls().length;
    model.willAnswer('turn', { kind: 'stalled' });
    await ask('Write a long story.');
    // It is shown word by word, and more of it never comes.
    await eventuallyMatches(() => textOf(chat()), /The answer/, 60_000);
    await stop();
    await eventually(() => brokenOff, 1);
    await eventually(() => ledgerCalls().length, before + 1);
    const call = ledgerCalls().find(({ precision }) => precision === 'estimated');
    assert.ok(call && call.usage.inputTokens > 0 && call.usage.outputTokens > 0);
    assert.equal((await records()).at(-1)?.finish, 'cancelled');
  });

  test('says in the chat what went wrong, without the key', async () => {
    const before = ledgerCalls().length;
    model.willAnswer('turn', { kind: 'error', status: 401 });
    await ask('Are you there?');
    await eventuallyMatches(() => textOf(chat()), /refused the key \(status 401\)/, 60_000);
    assert.doesNotMatch(await textOf(chat()), new RegExp(key));
    assert.equal(ledgerCalls().length, before);
  });

  test('leaves the chat and the settings as they were when the switch is undone', async () => {
    await window.runCommand('AI Spend Meter: Undo a Switch');
    await window.notification('GitHub Copilot Chat everywhere is as it was before the switch.').waitFor();
    assert.equal(await readFile(userSettings, 'utf8'), settingsBefore);
    await eventuallyMatches(picker, /Dear Model/);
  });

  test('keeps its key out of all files', async () => {
    assert.deepEqual(await filesWith(key, home.dir), []);
  });
});
