import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { suite, suiteSetup, suiteTeardown, test } from 'mocha';
import * as vscode from 'vscode';

import { createCopilotChatSwitcher } from '../../src/switching/copilotChat.ts';
import type { Switcher } from '../../src/switching/switcher.ts';
import { editorChat, editorSettings } from '../../src/ui/editorPorts.ts';

const model = {
  displayName: 'Acme Coder',
  model: 'acme-coder-1',
  baseUrl: 'https://models.acme.example',
  toolCalling: true,
};

const keys = ['chat.defaultModel', 'chat.utilityModel', 'chat.utilitySmallModel', 'inlineChat.defaultModel'];

suite('the switch of Copilot Chat in an editor', () => {
  let dataFolder: string;
  let switcher: Switcher;
  suiteSetup(() => {
    dataFolder = mkdtempSync(path.join(tmpdir(), 'ai-spend-meter-host-'));
    switcher = createCopilotChatSwitcher({
      dataFolder,
      editorFolder: dataFolder,
      settings: editorSettings,
      chat: editorChat,
      now: Date.now,
    });
  });
  suiteTeardown(() => rmSync(dataFolder, { recursive: true, force: true }));

  const inSettings = (): unknown[] =>
    keys.map(key => vscode.workspace.getConfiguration().inspect<unknown>(key)?.globalValue);

  test('sets the settings of the editor, and undo takes them out or back', async () => {
    const configuration = vscode.workspace.getConfiguration();
    await configuration.update('chat.utilityModel', 'copilot/gpt-5-mini', vscode.ConfigurationTarget.Global);
    const before = inSettings();
    assert.deepEqual(before, [undefined, 'copilot/gpt-5-mini', undefined, undefined]);

    const plan = await switcher.plan({ scope: 'everywhere' }, model);
    await switcher.apply(plan, 'not-needed');
    const id = 'ai-spend-meter:acme-coder-1';
    assert.deepEqual(inSettings(), [id, `ai-spend-meter/${id}`, `ai-spend-meter/${id}`, 'Acme Coder (ai-spend-meter)']);
    assert.equal((await switcher.inEffect(undefined))?.isIntact, true);

    assert.equal((await switcher.undo(plan.id)).state, 'undone');
    assert.deepEqual(inSettings(), before);
    assert.deepEqual(await switcher.outstanding(), []);
  });

  test('knows which settings there are', () => {
    assert.deepEqual(
      ['chat.defaultModel', 'kilo-code.new.model.modelID'].map(key => editorSettings.isKnown(key)),
      [true, false],
    );
  });
});
