import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { managedSettingsFolder, readManagedPrices } from '../../../src/meter/managedPrices.ts';
import type { ManagedPricing } from '../../../src/core/priceBook.ts';

const row = { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 3 };

suite('managedPrices', () => {
  let folder: string;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'managed-prices-'));
  });
  teardown(() => {
    rmSync(folder, { recursive: true });
  });

  const main = 'managed-settings.json';
  const cases: [what: string, files: Record<string, unknown>, pricing: ManagedPricing | undefined, bad: string[]][] = [
    ['no file is no pricing and no problem', {}, undefined, []],
    ['settings without prices are no pricing', { [main]: { env: {} } }, undefined, []],
    [
      'multiplier and rows are read',
      { [main]: { modelPricing: { multiplier: 0.5, overrides: { 'acme-coder-1': row } } } },
      { multiplier: 0.5, overrides: { 'acme-coder-1': row } },
      [],
    ],
    [
      'a bad row is skipped, the others stay',
      { [main]: { modelPricing: { overrides: { a: row, b: { ...row, input: -1 }, c: { input: 1, output: 2 } } } } },
      { overrides: { a: row } },
      ['modelPricing.overrides.b', 'modelPricing.overrides.c'],
    ],
    [
      'a multiplier of zero is left out',
      { [main]: { modelPricing: { multiplier: 0 } } },
      undefined,
      ['modelPricing.multiplier'],
    ],
    [
      'a multiplier above ten is left out',
      { [main]: { modelPricing: { multiplier: 11 } } },
      undefined,
      ['modelPricing.multiplier'],
    ],
    ['a multiplier of ten is taken', { [main]: { modelPricing: { multiplier: 10 } } }, { multiplier: 10 }, []],
    [
      'a price above 10,000 is left out',
      { [main]: { modelPricing: { overrides: { a: { ...row, output: 10_001 } } } } },
      undefined,
      ['modelPricing.overrides.a'],
    ],
    ['a file that is no JSON is reported', { [main]: '{' }, undefined, ['']],
    ['prices that are no object are reported', { [main]: { modelPricing: 'cheap' } }, undefined, ['']],
    ['a byte order mark is no harm', { [main]: '\uFEFF{"modelPricing":{"multiplier":2}}' }, { multiplier: 2 }, []],
    [
      'files beside it add to it, in the order of their names',
      {
        'managed-settings.d/20-b.json': { modelPricing: { multiplier: 0.7 } },
        'managed-settings.d/10-a.json': { modelPricing: { multiplier: 0.6, overrides: { b: row } } },
        'managed-settings.d/notes.txt': 'x',
        [main]: { modelPricing: { multiplier: 0.5, overrides: { a: row } } },
      },
      { multiplier: 0.7, overrides: { a: row, b: row } },
      [],
    ],
  ];
  for (const [what, files, pricing, bad] of cases) {
    test(what, () => {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(join(folder, name, '..'), { recursive: true });
        writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
      }
      const found = readManagedPrices(folder);
      assert.deepEqual(found.pricing, pricing);
      assert.deepEqual(
        found.problems.map(problem => problem.where),
        bad,
      );
    });
  }

  test('each system has its folder', () => {
    assert.deepEqual((['linux', 'darwin', 'win32'] as const).map(managedSettingsFolder), [
      '/etc/claude-code',
      '/Library/Application Support/ClaudeCode',
      'C:\\Program Files\\ClaudeCode',
    ]);
  });
});
