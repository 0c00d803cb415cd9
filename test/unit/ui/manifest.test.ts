import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'mocha';

import { chatVendor } from '../../../src/core/chatRecord.ts';
import { commandId, commandNames } from '../../../src/ui/commandIds.ts';
import { settingDefaults, settingsSection } from '../../../src/ui/settings.ts';

const root = join(import.meta.dirname, '..', '..', '..');

interface Manifest {
  readonly contributes: {
    readonly languageModelChatProviders: readonly { readonly vendor: string; readonly managementCommand: string }[];
    readonly commands: readonly { readonly command: string; readonly category: string }[];
    readonly configuration: {
      readonly properties: Readonly<
        Record<string, { default: unknown; scope: string; description?: string; markdownDescription?: string }>
      >;
    };
    readonly walkthroughs: readonly {
      readonly steps: readonly { readonly media: Readonly<Record<string, string>> }[];
    }[];
  };
}

function json(name: string): unknown {
  return JSON.parse(readFileSync(join(root, name), 'utf8'));
}

const text = readFileSync(join(root, 'package.json'), 'utf8');
const { contributes } = JSON.parse(text) as Manifest;
const { properties } = contributes.configuration;

suite('package.json', () => {
  test('declares the commands that the code registers', () => {
    assert.deepEqual(
      contributes.commands.map(({ command }) => command),
      commandNames.map(commandId),
    );
  });

  test('declares the provider of models that the code registers, with a command that is there', () => {
    const [provider] = contributes.languageModelChatProviders;
    assert.equal(provider?.vendor, chatVendor);
    assert.ok(contributes.commands.some(({ command }) => command === provider.managementCommand));
  });

  test('declares the settings that the code reads, with the same defaults', () => {
    const declared = Object.entries(properties).map(([key, property]) => [key, property.default]);
    const known = Object.entries(settingDefaults).map(([key, value]) => [`${settingsSection}.${key}`, value]);
    assert.deepEqual(Object.fromEntries(declared), Object.fromEntries(known));
  });

  test('describes every setting', () => {
    for (const [key, { description, markdownDescription }] of Object.entries(properties)) {
      assert.match(description ?? markdownDescription ?? '', /^%.+%$/, key);
    }
  });

  test('lets no repository set addresses, folders or prices', () => {
    const own = Object.entries(properties).filter(([, { scope }]) => !['application', 'machine'].includes(scope));
    assert.deepEqual(own.map(([key]) => key).sort(), [
      'aiSpendMeter.statusBar.show',
      'aiSpendMeter.suggestions.enabled',
    ]);
  });

  test('has a sentence for each place that names one, and no other', () => {
    const used = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map(match => match[1]));
    assert.deepEqual(Object.keys(json('package.nls.json') as object).sort(), [...used].sort());
  });

  test('names pictures that exist', () => {
    const media = contributes.walkthroughs.flatMap(({ steps }) => steps.map(step => step.media));
    for (const { svg, markdown } of media) assert.ok(existsSync(join(root, svg ?? markdown ?? 'none')));
  });
});
