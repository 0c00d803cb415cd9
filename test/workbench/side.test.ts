import assert from 'node:assert/strict';

import { suite, suiteSetup, test } from 'mocha';
import type { Locator } from 'playwright-core';

import { messagesApi } from '../clients/messagesApi.ts';
import { listOf, type JsonObject, type ModelApi } from '../clients/modelApi.ts';
import type { ModelServer } from '../clients/modelServer.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { addToChat, answerToTest } from './internalModel.ts';
import { appendClaudeCalls } from './logs.ts';
import { callsIn, nowMs, sessions, timeZone, writePanelLogs } from './panelHome.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import { usagePageIn } from './usagePage.ts';
import type { WorkbenchWindow } from './window.ts';

const budgets = [
  { usd: 0.5, per: 'day' },
  { usd: 1000, per: 'month', name: 'Plenty' },
];
const settings = { 'aiSpendMeter.timeZone': timeZone, 'aiSpendMeter.budgets': budgets };

/** All that an element is in a page without DOM types. */
interface PageElement {
  getAttribute(name: string): string | null;
}

suite('the side view', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await own.createHome('side');
    await writePanelLogs(home);
    // So that there are days to compare today with.
    const days = [8, 9, 11].map(ago => ({ atMs: nowMs - ago * 86_400_000, output: 100_000 * ago }));
    for (const day of days) {
      await appendClaudeCalls(home, { ...day, session: sessions.threeDaysAgo, model: 'claude-sonnet-5-5' });
    }
    window = await own.open(home, { settings, size: { width: 1280, height: 1000 } });
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
  });

  const rows = (): Locator => window.page.locator('.sidebar .monaco-list-row');
  const row = (text: string | RegExp): Locator => rows().filter({ hasText: text });

  test('says what today, the session and the month cost, what is left, and what is switched', async () => {
    await window.page.locator('.activitybar [aria-label^="AI Spend"]').first().click();
    await eventuallyMatches(
      () => textOf(row(/^Today/)),
      /^Today: \$\d+\.\d\d ?usually \$\d+\.\d\d on a day with calls · 4 calls$/,
    );
    await eventuallyMatches(() => textOf(row(/session/)), /^(Running|Last) session: \$\d/);
    await eventuallyMatches(() => textOf(row(/^This month/)), /^This month: \$\d+\.\d\d/);
    await eventuallyMatches(
      () => textOf(row(/ over ?Daily budget/)),
      /^\$\d+\.\d\d over ?Daily budget · \d+% of \$0\.50/,
    );
    await eventuallyMatches(() => textOf(row(/Plenty/)), /^\$\d+\.\d\d left ?Plenty · \d+% of \$1,000 /);
    await eventuallyMatches(() => textOf(row(/^Nothing is switched/)), /^Nothing is switched$/);
  });

  test('is read out without symbols', async () => {
    const spoken = await rows().evaluateAll((found: PageElement[]) =>
      found.map(element => element.getAttribute('aria-label') ?? ''),
    );
    assert.ok(spoken.length > 6, spoken.join('\n'));
    assert.match(spoken[0] ?? '', /^Today: \$\d+\.\d\d, usually \$\d+\.\d\d on a day with calls, 4 calls/);
    for (const label of spoken) assert.doesNotMatch(label, /[$][(]|·|undefined/, label);
  });

  test('leads to the tab and the range that a line is about, with the keyboard alone', async () => {
    await row(/^Today/).click();
    const { panel, tile } = usagePageIn(window);
    await eventually(() => tile('Calls'), String(callsIn.Today));
    await window.runCommand('AI Spend: Focus on Now View');
    const { keyboard } = window.page;
    await keyboard.press('Home');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await panel.locator('.session-id', { hasText: sessions.codex }).waitFor();
    await row(/Plenty/).click();
    await panel.getByRole('tab', { name: 'Budgets', selected: true }).waitFor();
    await row(/^This month/).click();
    await panel.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
    await panel.getByRole('radio', { name: 'This month', exact: true, checked: true }).waitFor();
  });

  test('follows a call by itself, and keeps what has the focus', async () => {
    await window.runCommand('AI Spend: Focus on Now View');
    await window.page.keyboard.press('Home');
    await appendClaudeCalls(home, {
      atMs: Date.now(),
      session: sessions.today,
      model: 'claude-sonnet-5-5',
      output: 100_000,
    });
    await eventuallyMatches(() => textOf(row(/^Today/)), /5 calls/);
    await eventuallyMatches(() => textOf(row(/session/)), /^Running session: /);
    await window.page
      .locator('.sidebar .monaco-list:focus-within .monaco-list-row.focused', { hasText: 'Today' })
      .waitFor();
  });
});

suite('spend in the chat', function () {
  this.timeout(240_000);

  const key = 'sk-acme-invented-5b20e1';
  const own = suiteWorkbench();
  let home: Home;
  let model: ModelServer;
  let window: WorkbenchWindow;
  /** What the model was asked in turns: the requests that have tools. */
  const turns: JsonObject[] = [];

  const api: ModelApi = {
    ...messagesApi,
    purposeOf: ({ body }) => {
      if (listOf(body['tools']).length === 0) return 'title';
      turns.push(body);
      return 'turn';
    },
  };

  suiteSetup(async () => {
    home = await own.createHome('spend-chat');
    await writePanelLogs(home);
    model = await own.startModelServer(api);
    const internalModel = {
      displayName: 'Acme Coder',
      baseUrl: model.url,
      model: 'acme-coder-1',
      prices: { input: 0.5, output: 2 },
      contextTokens: 131_072,
    };
    window = await own.open(home, {
      settings: {
        ...settings,
        'aiSpendMeter.internalModels': [internalModel],
        'aiSpendMeter.suggestions.enabled': false,
        'chat.disableAIFeatures': false,
      },
      size: { width: 1400, height: 1000 },
    });
  });

  const chat = (): Locator => window.page.locator('.interactive-session:visible').last();
  const said = (): Promise<string> => textOf(chat().locator('.interactive-response').last());
  const ready = (): Promise<void> => window.ownStatusBarItem().filter({ hasText: '$' }).waitFor({ timeout: 60_000 });

  async function ask(text: string): Promise<void> {
    await window.runCommand('Chat: Focus on Chat View');
    await chat().locator('.interactive-input-part .monaco-editor').first().click();
    // The name of a participant or a tool is completed as one types.
    await window.page.keyboard.type(text, { delay: 20 });
    await window.page.keyboard.press('Enter');
  }

  test('has the internal model picked', async () => {
    await ready();
    // It turns on the chat, which VS Code leaves off as long as nobody wants to see models; for good after a reload.
    await window.runCommand('Chat: Manage Language Models');
    const models = window.page.locator('.models-widget');
    await models.getByText('Add Models').first().waitFor({ timeout: 60_000 });
    await window.page.reload();
    await ready();
    await window.runCommand('Chat: Focus on Chat View');
    await chat().locator('.interactive-input-part').waitFor({ timeout: 60_000 });
    await window.runCommand('Chat: Manage Language Models');
    await addToChat(window, key);
    answerToTest(model);
    await window.runCommand('AI Spend Meter: Switch an Assistant to the Internal Model');
    await window.pick('GitHub Copilot Chat');
    await window.notification('GitHub Copilot Chat everywhere is switched to Acme Coder.').waitFor();
    await eventuallyMatches(() => textOf(chat().locator('.interactive-input-part')), /Acme Coder/, 60_000);
    turns.length = 0;
  });

  test('is told by the participant, which asks no model', async () => {
    await ask('@aiSpend what did this session cost, why, and what is left?');
    await eventuallyMatches(
      said,
      /(Last|Running) session of [^:]+: \$\d.*, \d calls?, .* It went for: .* Plenty: \$\d/,
      60_000,
    );
    assert.doesNotMatch(await said(), /shop|website/);
    await ask('@aiSpend what would the internal model have cost today?');
    await eventuallyMatches(said, /as it was\. With Acme Coder \$\d/);
    assert.deepEqual(turns, []);
  });

  test('leads from an answer to where the panel says more', async () => {
    await ask('@aiSpend /today by project');
    await eventuallyMatches(said, /Today \(.*\): \$\d+\.\d\d, \d calls, .* By project: shop /);
    await chat().getByRole('button', { name: 'Show in the Usage Panel' }).last().click();
    const panel = window.webview('AI Spend');
    await panel.getByRole('radio', { name: 'Today', exact: true, checked: true }).waitFor();
    assert.deepEqual(turns, []);
  });

  test('is handed to a model only after saying what, and without the names of projects', async () => {
    const input = { topics: ['cost', 'left'], span: 'today' };
    model.willAnswer(
      'turn',
      { kind: 'tools', tools: [{ name: 'aiSpendMeter_spend', input }] },
      { kind: 'text', text: 'You are over your daily budget.' },
    );
    await ask('#aiSpend am I within my budget today?');
    await eventuallyMatches(() => textOf(chat()), /Tell the model what was spent\?/, 60_000);
    const question = await textOf(chat());
    assert.match(question, /Today: cost, calls and tokens, by assistant and model/);
    assert.match(question, /your budgets: names, limits, what is left/);
    assert.match(question, /no name of a project/);
    assert.equal(toldIn(turns.at(-1)), '');
    await chat()
      .getByRole('button', { name: /^Allow/ })
      .first()
      .click();
    await eventuallyMatches(() => textOf(chat()), /You are over your daily budget\./, 60_000);
    const told = toldIn(turns.at(-1));
    assert.match(told, /^Today \(.*\): \$\d+\.\d\d, \d calls, .*\n- .*By assistant: Claude Code/s);
    assert.match(told, /Daily budget: \$\d+\.\d\d over/);
    assert.doesNotMatch(told, /shop|website/);
  });

  test('stands beside the switch, which the side view can undo', async () => {
    await window.page.locator('.activitybar [aria-label^="AI Spend"]').first().click();
    const row = window.page.locator('.sidebar .monaco-list-row', { hasText: 'GitHub Copilot Chat to Acme Coder' });
    await row.hover();
    await row.getByRole('button', { name: /^Undo a Switch/ }).click();
    await window.notification('GitHub Copilot Chat everywhere is as it was before the switch.').waitFor();
    await window.page.locator('.sidebar .monaco-list-row', { hasText: 'Nothing is switched' }).waitFor();
  });
});

/** The text that the latest result of a tool has brought to a model. */
function toldIn(request: JsonObject | undefined): string {
  const results = listOf(request?.['messages'])
    .flatMap(message => listOf(message['content']))
    .filter(block => block['type'] === 'tool_result');
  const content = results.at(-1)?.['content'];
  return typeof content === 'string'
    ? content
    : listOf(content)
        .map(block => String(block['text']))
        .join('\n');
}
