import assert from 'node:assert/strict';

import { suite, suiteSetup, suiteTeardown, teardown, test } from 'mocha';
import type { Locator } from 'playwright-core';

import { messagesApi } from '../clients/messagesApi.ts';
import { listOf, type JsonObject, type ModelApi } from '../clients/modelApi.ts';
import { startModelServer, type ModelServer } from '../clients/modelServer.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import { createHome, type Home } from './home.ts';
import { appendClaudeCalls, noonZone } from './logs.ts';
import { callsIn, nowMs, sessions, writePanelLogs } from './panelHome.ts';
import type { WorkbenchWindow } from './window.ts';
import { startWorkbench, type Workbench } from './workbench.ts';

const budgets = [
  { usd: 0.5, per: 'day' },
  { usd: 1000, per: 'month', name: 'Plenty' },
];
const settings = { 'aiSpendMeter.timeZone': noonZone(nowMs), 'aiSpendMeter.budgets': budgets };

/** All that an element is in a page without DOM types. */
interface PageElement {
  getAttribute(name: string): string | null;
}

suite('the side view', function () {
  this.timeout(120_000);

  let home: Home;
  let workbench: Workbench | undefined;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await createHome('side');
    await writePanelLogs(home);
    // So that there are days to compare today with.
    const days = [8, 9, 11].map(ago => ({ atMs: nowMs - ago * 86_400_000, output: 100_000 * ago }));
    for (const day of days) {
      await appendClaudeCalls(home, { ...day, session: sessions.threeDaysAgo, model: 'claude-sonnet-5-5' });
    }
    workbench = await startWorkbench({ env: home.env, settings });
    window = await workbench.open({ folder: home.project, size: { width: 1280, height: 1000 } });
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
  });

  suiteTeardown(async () => {
    await workbench?.dispose();
    await home.dispose();
  });

  teardown(async function () {
    await window.screenshotIfFailed(this.currentTest);
  });

  const rows = (): Locator => window.page.locator('.sidebar .monaco-list-row');
  const row = (text: string | RegExp): Locator => rows().filter({ hasText: text });
  const calls = async (): Promise<string> => {
    const panel = window.webview('AI Spend');
    return textOf(
      panel
        .locator('.tile')
        .filter({ hasText: /^Calls/ })
        .locator('.tile-value'),
    );
  };

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
    await eventually(calls, String(callsIn.Today));
    await window.runCommand('AI Spend: Focus on Now View');
    const { keyboard } = window.page;
    await keyboard.press('Home');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    const panel = window.webview('AI Spend');
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
  let home: Home;
  let model: ModelServer | undefined;
  let workbench: Workbench | undefined;
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
    home = await createHome('spend-chat');
    await writePanelLogs(home);
    model = await startModelServer(api);
    const internalModel = {
      displayName: 'Acme Coder',
      baseUrl: model.url,
      model: 'acme-coder-1',
      prices: { input: 0.5, output: 2 },
      contextTokens: 131_072,
    };
    workbench = await startWorkbench({
      env: home.env,
      settings: {
        ...settings,
        'aiSpendMeter.internalModels': [internalModel],
        'aiSpendMeter.suggestions.enabled': false,
        'chat.disableAIFeatures': false,
      },
    });
    window = await workbench.open({ folder: home.project, size: { width: 1400, height: 1000 } });
  });

  suiteTeardown(async () => {
    await workbench?.dispose();
    await model?.close();
    await home.dispose();
  });

  teardown(async function () {
    await window.screenshotIfFailed(this.currentTest);
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
    await models.getByText('Add Models').first().click();
    const provider = window.page.locator('.context-view').getByText('Internal Model (AI Spend Meter)');
    await provider.waitFor();
    await window.page.waitForTimeout(1_000); // A menu takes no click at once: it might be that which has opened it.
    await provider.click();
    const box = window.page.locator('.quick-input-widget').filter({ hasText: 'Key of Acme Coder' });
    await box.locator('input:visible').fill(key);
    await box.locator('input:visible').press('Enter');
    await models.getByText('Acme Coder').first().waitFor();
    await window.page.keyboard.press('Escape');
    await models.waitFor({ state: 'hidden' });
    model!.willAnswer('turn', { kind: 'tools', tools: [{ name: 'report_ready', input: { ready: true } }] });
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
    model!.willAnswer(
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
