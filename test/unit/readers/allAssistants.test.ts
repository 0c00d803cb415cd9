import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { reportOf, type Report, type ReportFigures } from '../../../src/cli/report.ts';
import { allTime, calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { Ingest } from '../../../src/meter/ingest.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/readers');
const readers = allReaders(new ReadBuffer());

suite('One home with all assistants', () => {
  let folder: string;
  let all: HomeReading;
  const alone = new Map<string, HomeReading>();

  suiteSetup(async function () {
    this.timeout(60_000);
    folder = mkdtempSync(join(tmpdir(), 'ai-spend-meter-all-'));
    const home = join(folder, 'all');
    for (const { id } of readers) {
      const homeAlone = join(folder, id);
      const fixture = join(fixtures, id, caseFor(id, home), 'home');
      for (const to of [homeAlone, home]) cpSync(fixture, to, { recursive: true, preserveTimestamps: true });
      alone.set(id, await readHome(homeAlone));
    }
    all = await readHome(home);
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  for (const { id, name } of readers) {
    test(`gives the calls of ${name} as if they were alone`, () => {
      assert.deepEqual([...(alone.get(id)?.calls.keys() ?? [])], [id]);
      assert.deepEqual(all.calls.get(id), alone.get(id)?.calls.get(id));
    });
    test(`has a row of the report for ${name} as if it were alone`, () => {
      const row = all.report.rows.find(({ key }) => key === id);
      assert.deepEqual(row, alone.get(id)?.report.rows[0]);
    });
  }

  test('has a total that is the sum of its rows', () => {
    const { total, rows } = all.report;
    // The report's schema says what is a number.
    for (const field of Object.keys(total) as (keyof ReportFigures)[]) {
      const sum = rows.reduce((before, row) => before + row[field], 0);
      assert.equal(sum.toFixed(9), total[field].toFixed(9), field);
    }
  });
});

/** What was read of a home, with `~` wherever it names the home itself. */
interface HomeReading {
  /** By assistant. */
  readonly calls: ReadonlyMap<string, readonly unknown[]>;
  readonly report: Report;
}

/** The case of an assistant with the most calls that has no file which is in a home already. */
function caseFor(assistant: string, home: string): string {
  const cases = readdirSync(join(fixtures, assistant)).map(name => {
    const calls = join(fixtures, assistant, name, 'calls.json');
    return { name, calls: existsSync(calls) ? (JSON.parse(readFileSync(calls, 'utf8')) as unknown[]).length : 0 };
  });
  const fitting = cases
    .sort((a, b) => b.calls - a.calls)
    .find(({ name }) => {
      const from = join(fixtures, assistant, name, 'home');
      const files = readdirSync(from, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
      return files.every(file => !existsSync(join(home, relative(from, join(file.parentPath, file.name)))));
    });
  if (!fitting) throw new Error(`Each case of ${assistant} has a file that a case of another assistant has.`);
  return fitting.name;
}

async function readHome(home: string): Promise<HomeReading> {
  const ledger = new Ledger(':memory:');
  try {
    const prices = new PriceBook();
    await new Ingest({
      ledger,
      readers,
      environment: { home, env: {}, platform: process.platform },
      costOf: (call, options) => prices.costOf(call, options),
      secondReader: undefined,
    }).readAll();
    const withoutHome = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(home, '~'));
    const calls = Map.groupBy(ledger.calls({ range: allTime, orderBy: 'oldest' }), ({ assistant }) => assistant);
    const calendar = calendarOf('UTC');
    return {
      calls: new Map([...calls].map(([id, ofAssistant]) => [id, ofAssistant.map(withoutHome).sort(byText)])),
      report: reportOf({ ledger, calendar, from: undefined, to: undefined, by: 'assistant', files: [] }),
    };
  } finally {
    ledger.close();
  }
}

/** Calls of one moment come in the order in which they were read. */
function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
