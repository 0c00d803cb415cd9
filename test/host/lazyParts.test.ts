import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

import { suite, test } from 'mocha';
import * as vscode from 'vscode';

suite('the parts of the extension', () => {
  const extension = vscode.extensions.getExtension('ai-spend-meter.ai-spend-meter');

  /** The bundles that this extension host has loaded. */
  function loaded(): readonly string[] {
    assert.ok(extension);
    const dist = path.join(extension.extensionPath, 'dist');
    const files = Object.keys(createRequire(__filename).cache).filter(file => path.dirname(file) === dist);
    return files.map(file => path.basename(file)).sort();
  }

  test('are loaded only when they are seen or asked', async () => {
    await extension?.activate();
    assert.deepEqual(loaded(), ['extension.js']);
    await vscode.commands.executeCommand('aiSpendMeter.side.focus');
    for (let tries = 0; tries < 100 && !loaded().includes('sideView.js'); tries++) {
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    assert.deepEqual(loaded(), ['extension.js', 'sideView.js']);
  });

  test('include a tool for models', () => {
    const tool = vscode.lm.tools.find(({ name }) => name === 'aiSpendMeter_spend');
    assert.ok(tool?.description.includes('cost'));
  });
});
