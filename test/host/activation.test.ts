import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';

suite('the extension in an extension host', () => {
  test('is installed and activates', async () => {
    const extension = vscode.extensions.getExtension('ai-spend-meter.ai-spend-meter');
    assert.ok(extension);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  test('runs where the assistants run', () => {
    const extension = vscode.extensions.getExtension('ai-spend-meter.ai-spend-meter');
    assert.equal(extension?.extensionKind, vscode.ExtensionKind.Workspace);
  });
});
