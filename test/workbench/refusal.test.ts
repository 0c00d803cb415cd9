import assert from 'node:assert/strict';

import { suite, suiteSetup, test } from 'mocha';

import type { ModelServer } from '../clients/modelServer.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { answerToTest, typeKey } from './internalModel.ts';
import { appendClaudeCalls, appendClaudeRefusal, noonZone, type InventedCall } from './logs.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';

const nowMs = Date.now();
const dayMs = 86_400_000;
const key = 'sk-acme-invented-b01d55';
const session = '3c1d9a70-52f4-4a0e-8f6b-7d2e1c0b9a77';
/** One that was never answered. */
const refusedSession = '8d20c6e1-6b8e-4b0e-9a55-0c4d1f3e7b77';

/** Days of work that the internal model would have done for less. */
const calls: readonly InventedCall[] = [4, 3, 2, 1].flatMap(daysAgo =>
  Array.from({ length: 25 }, (_, minute) => ({
    session,
    model: 'claude-opus-5-5',
    input: 20_000,
    output: 4_000,
    atMs: nowMs - daysAgo * dayMs + minute * 60_000,
  })),
);

suite('a request that is refused', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let model: ModelServer;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await own.createHome('refusal');
    model = await own.startModelServer();
    await appendClaudeCalls(home, ...calls);
    window = await own.open(home, {
      settings: {
        'aiSpendMeter.timeZone': noonZone(nowMs),
        'aiSpendMeter.statusBar.show': 'money',
        'aiSpendMeter.internalModels': [
          {
            displayName: 'Acme Coder',
            baseUrl: model.url,
            formats: ['messages', 'chatCompletions'],
            model: 'acme-coder-1',
            prices: { input: 0.5, output: 2 },
          },
        ],
      },
    });
    await eventually(() => textOf(window.ownStatusBarItem()), '$0.00');
  });

  const spoken = (): Promise<string | null> => window.ownStatusBarItem().getAttribute('aria-label');

  test('for its budget turns the status bar into an error, and offers the switch, in the first week too', async () => {
    await appendClaudeRefusal(home, { status: 429, type: 'budget_exceeded', session: refusedSession });
    await window.ownStatusBarItem().locator('.codicon-error').waitFor();
    await eventually(spoken, 'AI spend today: 0.00 US dollars, the next request will be refused');
    const toast = window.notification('A request of Claude Code was refused: its budget, plan or balance is used up.');
    await toast.waitFor();
    assert.match(await textOf(toast), /Acme Coder could have answered 100 of your Claude Code calls/);
    const hover = await textOf(await window.hover(window.ownStatusBarItem()));
    assert.match(hover, /Claude Code: refused at .*, because its budget, plan or balance is used up/);
    await window.page.mouse.move(0, 0);
  });

  test('is forgotten once one is answered', async () => {
    await appendClaudeCalls(home, {
      atMs: Date.now(),
      session: refusedSession,
      model: 'claude-opus-5-5',
      output: 50_000,
    });
    await eventually(() => textOf(window.ownStatusBarItem()), '$1.00');
    assert.equal(await window.ownStatusBarItem().locator('.codicon-error').count(), 0);
    await eventually(spoken, 'AI spend today: 1.00 US dollars');
  });

  test('after a switch is told at once, also if it is the first of its session, with undo first', async () => {
    answerToTest(model);
    await window.runCommand('AI Spend Meter: Switch Everywhere to the Internal Model');
    await typeKey(window, key);
    await window.notification('Claude Code everywhere is switched to Acme Coder.').waitFor();
    await appendClaudeRefusal(home, {
      status: 401,
      type: 'auth_error',
      session: '1b0a7c11-6b8e-4b0e-9a55-0c4d1f3e7b78',
    });
    const text =
      'Claude Code everywhere is switched to Acme Coder, whose endpoint refused a request. It did not accept the key.';
    const warning = window.notification(text);
    await warning.waitFor();
    const buttons = await warning.locator('.monaco-button').allInnerTexts();
    assert.equal(
      buttons.map(label => label.trim()).find(label => label !== ''),
      'Undo the Switch',
    );
    await window.clickNotification(text, 'Undo the Switch');
    await window.notification('Claude Code everywhere is as it was before the switch.').waitFor();
  });

  test('a switch by hand is remembered until it is said to be over', async () => {
    await window.runCommand('Notifications: Clear All Notifications');
    answerToTest(model);
    await window.runCommand('AI Spend Meter: Switch an Assistant to the Internal Model');
    await window.pick('Cline');
    await window.notification('Cline needs the key of Acme Coder.').waitFor();
    await window.runCommand('AI Spend Meter: Show Switches and What They Saved');
    const panel = window.webview('AI Spend');
    const card = panel.locator('.card').filter({ hasText: 'Cline' });
    await card.getByText('Waiting for its first call').waitFor();
    await window.runCommand('Notifications: Clear All Notifications');
    await card.getByRole('button', { name: 'Say it is over' }).click();
    const question = 'Cline everywhere was switched to Acme Coder by hand.';
    await window.clickNotification(question, 'It Is Over');
    await eventuallyMatches(() => textOf(panel.locator('.card.over').filter({ hasText: 'Cline' })), / to /);
  });
});
