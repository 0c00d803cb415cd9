import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { defectText, fuzz } from './fuzz.ts';

/** Few enough that all readers take some five seconds; `npm run bench -- fuzz` makes millions. */
const mutants = 1500;
const seed = Number(process.env['FUZZ_SEED'] ?? 20261122);

suite('Whatever a log has', () => {
  for (const reader of allReaders(new ReadBuffer())) {
    test(`${reader.name} gives calls that can be, or none`, async () => {
      const fixtures = join(import.meta.dirname, '../../fixtures/readers', reader.id);
      const { defects } = await fuzz({ reader, fixtures, seed, mutants });
      assert.deepEqual(
        defects.map(defect => defectText(reader, seed, defect)),
        [],
      );
    }).timeout(30_000);
  }
});
