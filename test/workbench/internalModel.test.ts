import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';
import type { Locator } from 'playwright-core';

import type { ModelServer } from '../clients/modelServer.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { answerToTest } from './internalModel.ts';
import { filesWith } from './secretSearch.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';

const key = 'sk-acme-invented-90c1d7';

suite('describing internal models', function () {
  this.timeout(180_000);

  const own = suiteWorkbench();
  let home: Home;
  let model: ModelServer;
  let window: WorkbenchWindow;
  let dataDir: string;

  suiteSetup(async () => {
    home = await own.createHome('described');
    dataDir = path.join(home.dir, 'editor');
    model = await own.startModelServer();
    model.models.push('acme-coder-1', 'acme-coder-2');
    window = await own.open(home, { dataDir });
    await window.ownStatusBarItem().waitFor();
  });

  const quickInput = (): Locator => window.page.locator('.quick-input-widget');

  /** Answers the step whose prompt this is. @returns what was in the box before */
  async function answer(prompt: string, text?: string): Promise<string> {
    await quickInput().locator('.quick-input-message').filter({ hasText: prompt }).waitFor();
    const box = quickInput().locator('.quick-input-box input:visible');
    const before = await box.inputValue();
    if (text !== undefined) await box.fill(text);
    await box.press('Enter');
    return before;
  }

  /** The settings of the machine, where VS Code keeps what no repository may set. */
  async function described(): Promise<unknown> {
    const text = await readFile(path.join(dataDir, 'Machine', 'settings.json'), 'utf8');
    assert.ok(!text.includes(key), 'the key is not in the settings');
    return (JSON.parse(text) as Record<string, unknown>)['aiSpendMeter.internalModels'];
  }

  const first = (): object => ({
    displayName: 'Acme Coder',
    baseUrl: model.url,
    formats: ['messages', 'chatCompletions', 'responses'],
    model: 'acme-coder-1',
    prices: { input: 0.5, output: 2 },
    contextTokens: 131_072,
    outputTokens: 16_384,
  });

  test('asks for the address and the key, then asks the endpoint itself', async () => {
    await window.runCommand('AI Spend Meter: Describe the Internal Model');
    await answer('Address of its endpoint', 'models');
    await quickInput().getByText('Invalid URL').waitFor();
    await answer('', `${model.url}/v1/`);
    await quickInput().locator('input[type="password"]:visible').waitFor();
    await answer('Key for 127.0.0.1', key);
    assert.equal(model.bookings.length, 0, 'nothing is asked before it is allowed');
    // The last format of four is not spoken.
    answerToTest(model, 3);
    model.willAnswer('turn', { kind: 'error', status: 404 });
    await window.pick('Ask the Endpoint');
    await window.pick('acme-coder-1');
    const rows = quickInput().locator('.quick-input-list .monaco-list-row');
    await eventually(() => rows.count(), 4);
    const texts = await rows.allInnerTexts();
    assert.match(texts[0] ?? '', /Anthropic Messages[^]*answered within \d+ ms, and used a tool/);
    assert.match(texts[3] ?? '', /Gemini[^]*refused the call \(status 404\)/);
    const isChosen = (row: number): Promise<boolean> => rows.nth(row).getByRole('checkbox').isChecked();
    await eventually(() => Promise.all([0, 1, 2, 3].map(isChosen)), [true, true, true, false]);
    assert.deepEqual(
      model.bookings.map(({ model: asked, credential }) => [asked, credential.includes(key)]),
      Array.from({ length: 4 }, (_, index) => ['acme-coder-1', index < 3]),
    );
    await quickInput().getByRole('button', { name: 'OK' }).click();
  });

  test('lets the user go back', async () => {
    await answer('How many tokens a prompt and its answer', '131072');
    await quickInput().locator('.quick-input-message').filter({ hasText: 'How many tokens an answer may' }).waitFor();
    await quickInput().getByRole('button', { name: 'Back' }).click();
    assert.equal(await answer('How many tokens a prompt and its answer'), '131072');
    await answer('How many tokens an answer may', '16384');
  });

  test('asks for the price, keeps everything, and tries it', async () => {
    await window.pick('By the token');
    await answer('US dollars per million input tokens', 'cheap');
    await quickInput().getByText('Give a number such as 0.25.').waitFor();
    await answer('', '0.5');
    await answer('US dollars per million output tokens', '2');
    await answer('read from a cache', '');
    answerToTest(model, 3);
    assert.equal(await answer('What it is called', 'Acme Coder'), 'acme-coder-1');
    const toast = window.notification('Acme Coder answered in 3 of 3 formats.');
    await toast.waitFor();
    assert.deepEqual(await described(), [first()]);
  });

  test('shows what each format answered', async () => {
    await window.clickNotification('Acme Coder answered in 3 of 3 formats.', 'Details');
    const page = window.webview('Preview Connection Test.md');
    await eventuallyMatches(
      () => textOf(page.locator('body')),
      /Test of Acme Coder[^]*OpenAI Responses[^]*acme-coder-1 used/,
    );
    assert.match(await textOf(page.locator('body')), /Nothing speaks against working with it\./);
  });

  test('adds another one, with a flat price, that shares the key', async () => {
    await window.runCommand('AI Spend Meter: Describe the Internal Model');
    await window.pick('Add Another…');
    await answer('Address of its endpoint', model.url);
    await answer('Empty: the key that is kept.', '');
    await window.pick('Enter It Myself');
    await answer('Model id that the endpoint expects', 'ACME-coder-1');
    await quickInput().getByText('It is described already.').waitFor();
    await answer('', 'acme-small');
    await quickInput().locator('.quick-input-list .monaco-list-row').nth(3).waitFor();
    await quickInput().getByRole('button', { name: 'OK' }).click();
    await answer('How many tokens a prompt and its answer', '');
    await answer('How many tokens an answer may', '');
    await window.pick('By the hour of a graphics processor');
    await answer('US dollars per hour of a graphics processor', '2.5');
    await answer('Processor hours a month', '146');
    await answer('What it is called', 'Acme Small');
    await eventually(described, [
      first(),
      {
        displayName: 'Acme Small',
        baseUrl: model.url,
        formats: ['messages'],
        model: 'acme-small',
        flatPrice: { per: 'gpuHour', usd: 2.5, gpuHoursPerMonth: 146 },
      },
    ]);
  });

  test('changes nothing if the user leaves', async () => {
    const before = await described();
    await window.runCommand('AI Spend Meter: Describe the Internal Model');
    await window.pick('Acme Coder');
    await window.pick('Change…');
    assert.equal(await answer('Address of its endpoint'), model.url);
    await quickInput().locator('.quick-input-message').filter({ hasText: 'Empty: the key that is kept.' }).waitFor();
    await window.page.keyboard.press('Escape');
    await quickInput().waitFor({ state: 'hidden' });
    assert.deepEqual(await described(), before);
  });

  test('leaves the key in no file', async () => {
    const files = await readdir(home.dir, { recursive: true });
    assert.ok(files.some(file => file.endsWith('settings.json')));
    assert.deepEqual(await filesWith(key, home.dir), []);
  });

  test('is a step of the walkthrough, between seeing what is spent, and switching and undoing', async () => {
    await window.runCommand('Welcome: Open Walkthrough');
    await window.pick('Get Started with AI Spend Meter');
    const titles = window.page.locator('.gettingStartedContainer .step-title');
    await eventually(
      async () => (await titles.allInnerTexts()).map(title => title.trim()),
      ['See what you spend', 'Describe your internal model', 'Try a switch', 'Undo it'],
    );
    await titles.filter({ hasText: 'Undo it' }).click();
    // There is room for it only in wider windows.
    await window.webview('').getByText('A switch ends as it began').waitFor({ state: 'attached' });
  });

  test('prefers another one, and removes one', async () => {
    await window.runCommand('AI Spend Meter: Describe the Internal Model');
    await window.pick('Acme Small');
    await window.pick('Prefer It to the Others');
    await eventually(
      async () => ((await described()) as { model: string }[]).map(one => one.model),
      ['acme-small', 'acme-coder-1'],
    );
    await window.runCommand('AI Spend Meter: Describe the Internal Model');
    await window.pick('Acme Small');
    await window.pick('Remove…');
    await window.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Remove' }).click();
    await eventually(described, [first()]);
    const step = window.page.locator('.gettingStartedContainer .getting-started-step');
    await step.filter({ hasText: 'Describe your internal model' }).locator('.codicon.complete').first().waitFor();
  });
});
