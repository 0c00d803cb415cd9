import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { doctorText as cliText } from '../../../src/cli/sentences.ts';
import type { DoctorReport } from '../../../src/core/doctor.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { Ingest } from '../../../src/meter/ingest.ts';
import { problemReport } from '../../../src/meter/problemReport.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import type { ReaderEnvironment } from '../../../src/readers/reader.ts';
import { doctorText } from '../../../src/ui/doctorText.ts';
import { claudeAnswer } from './home.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/readers');
const readers = allReaders(new ReadBuffer());

/** What nobody outside may learn. No program writes it. */
const secret = 'MergerPlan';

suite('a problem report', () => {
  let folder: string;
  let home: string;
  let ledger: Ledger;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'report-'));
    home = join(folder, secret);
    mkdirSync(home);
    ledger = new Ledger(join(home, 'ledger.db'));
  });
  teardown(() => {
    ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function reportOf(more: Partial<ReaderEnvironment> = {}): Promise<DoctorReport> {
    const environment: ReaderEnvironment = { home, env: {}, platform: process.platform, ...more };
    const prices = new PriceBook();
    const costOf = (...args: Parameters<PriceBook['costOf']>) => prices.costOf(...args);
    await new Ingest({ ledger, readers, environment, costOf, secondReader: undefined }).readAll();
    return problemReport({ ledger, readers, environment });
  }

  function textsOf(report: DoctorReport): string {
    const t = (message: string, ...args: unknown[]): string => [message, ...args.map(String)].join(' ');
    return [JSON.stringify(report), doctorText(report, { locale: 'en', t }), cliText(report)].join('\n');
  }

  const changes: [what: string, change: (key: string, value: string) => string][] = [
    ['every text', (_, value) => `${value} ${secret}`],
    [
      'every text but the kinds and times of records',
      (key, value) => (isForm.test(key) ? value : `${value} ${secret}`),
    ],
    ['every path', (_, value) => value.replaceAll('/home/dev/', `/home/${secret}/`)],
  ];
  for (const [what, change] of changes) {
    test(`says nothing of logs that have a secret in ${what}`, async () => {
      for (const { id } of readers) {
        for (const name of readdirSync(join(fixtures, id))) copyChanged(join(fixtures, id, name, 'home'), home, change);
      }
      const report = await reportOf();
      assert.ok(report.assistants.filter(({ logs }) => logs > 0).length > 15);
      assert.ok(!textsOf(report).includes(secret));
      assert.ok(!textsOf(report).includes(folder));
    });
  }

  test('says where something is, without the names that people have given', async () => {
    const log = join(home, '.claude', 'projects', `-home-dev-${secret}`, '63be6279-1db4-4fcc-af2a-5b733596112a.jsonl');
    const lines = [claudeAnswer({ id: 'm1' }), secret, JSON.stringify({ type: 'brand_new', text: secret })];
    mkdirSync(join(log, '..'), { recursive: true });
    writeFileSync(log, `${lines.join('\n')}\n`);
    const moved = join(folder, 'shared', secret);
    mkdirSync(moved, { recursive: true });
    writeFileSync(join(moved, `${secret}.jsonl`), `${secret}\n`);
    const report = await reportOf({
      extraFolders: { 'claude-code': [moved] },
      env: { CODEX_HOME: join(home, secret) },
    });
    const text = textsOf(report);
    assert.ok(!text.includes(secret));
    assert.equal(report.ledger.path, '~/ledger.db');
    const [claude, codex] = report.assistants;
    const place = claude?.unknownKinds[0]?.path ?? '';
    assert.match(place, /^~\/\.claude\/projects\/<\d+>\/63be6279-1db4-4fcc-af2a-5b733596112a\.jsonl$/);
    const offset = Buffer.byteLength(`${lines[0] ?? ''}\n`);
    assert.deepEqual(claude?.unknownKinds, [
      { kind: 'brand_new', count: 1, path: place, offset: offset + secret.length + 1 },
    ]);
    assert.deepEqual(
      claude.problems.map(problem => problem.offset).sort((one, other) => one - other),
      [0, offset],
    );
    assert.ok(claude.problems.some(({ path }) => /^(?:\/<?\w+>?)+\/<\d+>\.jsonl$/.test(path)));
    assert.deepEqual(
      codex?.variables.find(({ name }) => name === 'CODEX_HOME'),
      { name: 'CODEX_HOME', isSet: true },
    );
  });
});

/** The fields without which a record is none of its format. */
const isForm = /^(?:type|kind|event|timestamp|time|ts|at|role|say)$|(?:At|Time|Ms)$/;

/** Copies a home, with other texts in all files of JSON. */
function copyChanged(from: string, to: string, change: (key: string, value: string) => string): void {
  cpSync(from, to, { recursive: true, force: true });
  const changed = (text: string): string => {
    try {
      return JSON.stringify(
        JSON.parse(text, (key, value: unknown) => (typeof value === 'string' ? change(key, value) : value)),
      );
    } catch {
      return `${text}${secret}`;
    }
  };
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(to, entry.parentPath.slice(from.length), entry.name);
    const isLines = /\.(?:jsonl|md|log|csv)$/.test(basename(path));
    if (!isLines && !path.endsWith('.json')) continue;
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, isLines ? text.split('\n').map(changed).join('\n') : changed(text));
  }
}
