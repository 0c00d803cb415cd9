import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { setup, suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { mergeCalls, type Call } from '../../../src/core/call.ts';
import type { Batch, Checkpoint } from '../../../src/core/source.ts';
import { claudeCodeReader } from '../../../src/readers/claudeCode.ts';
import { asCount, asTime, blockBytes, longestLineBytes, ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { statLog, type Log } from '../../../src/readers/reader.ts';
import { record2_1_330 } from './claudeCodeRecords.ts';

suite('A log of a record a line', () => {
  const buffer = new ReadBuffer();
  let largestBytes = 0;
  const grow = buffer.grow.bind(buffer);
  buffer.grow = () => {
    grow();
    largestBytes = Math.max(largestBytes, buffer.bytes.length);
  };
  const reader = claudeCodeReader(buffer);
  let folder = '';
  let path = '';

  suiteSetup(() => (folder = mkdtempSync(join(tmpdir(), 'json-lines-'))));
  suiteTeardown(() => rmSync(folder, { recursive: true }));
  setup(() => (path = join(folder, 'log.jsonl')));

  const logNow = (): Log => statLog(path) ?? assert.fail('the log is gone');

  /** Reads on to the end, as the ledger would: with a checkpoint that has been through JSON. */
  const readOn = (sum: Sum, from?: Checkpoint): Checkpoint => {
    let checkpoint = from;
    for (const batch of reader.open(logNow()).read(from)) {
      add(sum, batch);
      checkpoint = JSON.parse(JSON.stringify(batch.checkpoint)) as Checkpoint;
    }
    return checkpoint ?? assert.fail('nothing was read');
  };

  const readWhole = (): Sum => {
    const sum = noSum();
    readOn(sum);
    return sum;
  };

  const keys = (sum: Sum): string[] => [...sum.calls.keys()];

  const splits: [name: string, step: number][] = [
    ['a-line-for-each-block', 1],
    ['reports-of-what-a-session-cost', 1],
    ['searches-before-reports', 5],
    ['damaged-lines', 3],
  ];
  for (const [name, step] of splits) {
    test(`gives the same in two readings, wherever the first one ends: ${name}`, () => {
      const bytes = fixture(name);
      writeFileSync(path, bytes);
      const whole = readWhole();
      for (let cut = 0; cut < bytes.length; cut++) {
        const isAtEnd = bytes.subarray(Math.max(0, cut - 3), cut + 3).includes('\n');
        if (cut % step > 0 && !isAtEnd) continue;
        writeFileSync(path, bytes.subarray(0, cut));
        const sum = noSum();
        const checkpoint = readOn(sum);
        appendFileSync(path, bytes.subarray(cut));
        readOn(sum, checkpoint);
        assert.deepEqual(sum, whole, `cut at ${cut}`);
      }
    }).timeout(60_000);
  }

  test('gives the same in any number of readings', () => {
    const bytes = fixture('searches-before-reports');
    writeFileSync(path, bytes);
    const whole = readWhole();
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), cuts => {
        const ends = [...cuts, bytes.length].sort((a, b) => a - b);
        writeFileSync(path, '');
        const sum = noSum();
        let checkpoint: Checkpoint | undefined;
        let start = 0;
        for (const end of ends) {
          appendFileSync(path, bytes.subarray(start, end));
          checkpoint = readOn(sum, checkpoint);
          start = end;
        }
        assert.deepEqual(sum, whole);
      }),
    );
  }).timeout(60_000);

  test('loses nothing when reading stops between two batches', () => {
    writeFileSync(path, Array.from({ length: 3500 }, (_, index) => line(`msg_${index}`)).join(''));
    const batches = [...reader.open(logNow()).read(undefined)];
    assert.ok(batches.length > 2);
    for (const stop of batches.keys()) {
      const sum = noSum();
      for (const batch of batches.slice(0, stop + 1)) add(sum, batch);
      readOn(sum, batches[stop]?.checkpoint);
      assert.equal(sum.calls.size, 3500);
    }
  });

  test('counts a call once that stands in two batches, with its fullest reading', () => {
    const early = line('msg_1', { output: 5, atS: 1 });
    const others = Array.from({ length: 1500 }, (_, index) => line(`msg_other_${index}`)).join('');
    writeFileSync(path, early + others + line('msg_1', { output: 631, atS: 9 }));
    const call = readWhole().calls.get('msg_1');
    assert.equal(call?.usage.outputTokens, 631);
    assert.equal(call.atMs, Date.parse('2026-09-30T21:58:01.000Z'));
  });

  test('has news when it grew or was touched, and none when it is as it was', () => {
    writeFileSync(path, line('msg_1'));
    assert.equal(reader.open(logNow()).hasNews(undefined), true);
    const checkpoint = readOn(noSum());
    assert.equal(reader.open(logNow()).hasNews(checkpoint), false);

    utimesSync(path, 1_790_000_000, 1_790_000_000);
    assert.equal(reader.open(logNow()).hasNews(checkpoint), true);
    const untouched = noSum();
    const later = readOn(untouched, checkpoint);
    assert.deepEqual(untouched, noSum());

    appendFileSync(path, line('msg_2'));
    assert.equal(reader.open(logNow()).hasNews(later), true);
    const grown = noSum();
    readOn(grown, later);
    assert.deepEqual(keys(grown), ['msg_2']);
  });

  const rewritings: [what: string, before: string, after: string, found: string[], isNoticed: boolean][] = [
    ['a shorter one', line('msg_1') + line('msg_2'), line('msg_3'), ['msg_3'], true],
    ['one of the same size', line('msg_1') + line('msg_2'), line('msg_3') + line('msg_4'), ['msg_3', 'msg_4'], true],
    ['a longer one', line('msg_1'), line('msg_3') + line('msg_4'), ['msg_3', 'msg_4'], true],
    [
      'one with another end',
      line('msg_1') + line('msg_2'),
      line('msg_1') + line('msg_2', { atS: 7 }),
      ['msg_1', 'msg_2'],
      true,
    ],
    ['an empty one', line('msg_1'), '', [], true],
    ['one that goes on', line('msg_1'), line('msg_1') + line('msg_2'), ['msg_2'], false],
  ];
  for (const [what, before, after, found, isNoticed] of rewritings) {
    test(`is read ${isNoticed ? 'again from its start' : 'on'} if it was replaced by ${what}`, () => {
      writeFileSync(path, before);
      const checkpoint = readOn(noSum());
      writeFileSync(path, after);
      const sum = noSum();
      readOn(sum, checkpoint);
      assert.deepEqual(keys(sum), found);
      assert.deepEqual([...sum.problems], isNoticed ? ['0 rewritten'] : []);
    });
  }

  test('may have a last line without newline, which counts as soon as it is whole', () => {
    const last = line('msg_2').trimEnd();
    writeFileSync(path, line('msg_1') + last.slice(0, -1));
    const sum = noSum();
    let checkpoint = readOn(sum);
    assert.deepEqual(keys(sum), ['msg_1']);
    appendFileSync(path, '}');
    checkpoint = readOn(sum, checkpoint);
    assert.deepEqual(keys(sum), ['msg_1', 'msg_2']);
    appendFileSync(path, `\n${line('msg_3')}`);
    readOn(sum, checkpoint);
    assert.deepEqual(keys(sum), ['msg_1', 'msg_2', 'msg_3']);
    assert.deepEqual([...sum.problems], []);
  });

  test('may end its lines with CR LF', () => {
    writeFileSync(path, (line('msg_1') + line('msg_2')).replaceAll('\n', '\r\n'));
    assert.deepEqual(keys(readWhole()), ['msg_1', 'msg_2']);
  });

  test('may be empty, or have empty lines only', () => {
    for (const text of ['', '\n', '\r\n\n  \n']) {
      writeFileSync(path, text);
      assert.deepEqual(readWhole(), noSum());
    }
  });

  test('that is gone gives nothing', () => {
    writeFileSync(path, line('msg_1'));
    const log = logNow();
    rmSync(path);
    assert.deepEqual([...reader.open(log).read(undefined)], []);
  });

  test('that cannot be read is a problem, and stays where it was', () => {
    const log = { path: join(folder, 'folder.jsonl'), sizeBytes: 1, modifiedMs: 1, fileId: 1 };
    mkdirSync(log.path);
    assert.deepEqual(
      [...reader.open(log).read(undefined)],
      [{ calls: [], reports: [], problems: [{ offset: 0, kind: 'unreadable' }], checkpoint: null }],
    );
  });

  test('may have lines longer than a block', () => {
    const long = record2_1_330();
    (long['message'] as Record<string, unknown>)['content'] = [{ type: 'text', text: 'x'.repeat(5_000_000) }];
    writeFileSync(path, `${line('msg_1')}${JSON.stringify(long)}\n${line('msg_2')}`);
    assert.deepEqual(keys(readWhole()), ['msg_1', 'msg_01A', 'msg_2']);
  });

  const hugeLines: [what: string, head: string, problems: string[]][] = [
    [
      'without a problem if its head tells that it has no usage',
      '{"type":"api-request-blob","sessionId":"s","blob":"',
      [],
    ],
    ['as a problem if its head does not tell', '{"content":"', [`${line('msg_1').length} tooLong`]],
  ];
  for (const [what, head, problems] of hugeLines) {
    test(`passes over a line of 120 MB, ${what}`, () => {
      writeFileSync(path, line('msg_1') + head);
      truncateSync(path, 120_000_000);
      // It has not ended yet.
      const sum = noSum();
      const checkpoint = readOn(sum);
      appendFileSync(path, `"}\n${line('msg_2')}`);
      readOn(sum, checkpoint);
      assert.deepEqual(keys(sum), ['msg_1', 'msg_2']);
      assert.deepEqual([...sum.problems], problems);
      assert.deepEqual(keys(readWhole()), ['msg_1', 'msg_2']);
      assert.ok(largestBytes <= longestLineBytes);
      assert.equal(buffer.bytes.length, blockBytes);
    }).timeout(30_000);
  }
});

suite('A value of a log', () => {
  const counts: [value: unknown, count: number | undefined][] = [
    [12, 12],
    [0, 0],
    ['17', 17],
    [null, 0],
    [undefined, 0],
    [1e10, 1e10],
    [1e10 + 1, undefined],
    [-1, undefined],
    [1.5, undefined],
    [NaN, undefined],
    ['1e3', undefined],
    ['', undefined],
    [true, undefined],
    [{}, undefined],
  ];
  for (const [value, count] of counts) {
    test(`${typeof value} ${String(value)} as a count is ${String(count)}`, () => assert.equal(asCount(value), count));
  }

  const times: [value: unknown, atMs: number | undefined][] = [
    ['2026-09-30T21:58:04.112Z', 1_790_805_484_112],
    ['2026-09-30T23:58:04.112+02:00', 1_790_805_484_112],
    [1_790_805_484_112, 1_790_805_484_112],
    [1_790_805_484, 1_790_805_484_000],
    [1_790_805_484.112, 1_790_805_484_112],
    ['yesterday', undefined],
    ['', undefined],
    [0, undefined],
    [-5, undefined],
    [1e300, undefined],
    [null, undefined],
    [undefined, undefined],
  ];
  for (const [value, atMs] of times) {
    test(`${typeof value} ${String(value)} as a time is ${String(atMs)}`, () => assert.equal(asTime(value), atMs));
  }
});

/** What came out of any number of readings. */
interface Sum {
  readonly calls: Map<string, Call>;
  /** As text, because one may be read twice. */
  readonly reports: Set<string>;
  readonly problems: Set<string>;
}

function noSum(): Sum {
  return { calls: new Map(), reports: new Set(), problems: new Set() };
}

function add(sum: Sum, batch: Batch): void {
  for (const call of batch.calls) {
    const known = sum.calls.get(call.key);
    sum.calls.set(call.key, known ? mergeCalls(known, call) : call);
  }
  for (const report of batch.reports) sum.reports.add(JSON.stringify(report));
  for (const { offset, kind } of batch.problems) sum.problems.add(`${offset} ${kind}`);
}

/** The log of the first session of a fixture. */
function fixture(name: string): Buffer {
  const home = join(import.meta.dirname, '../../fixtures/readers/claude-code', name, 'home');
  return readFileSync(join(home, '.claude/projects/-home-dev-shop/5f0c0000-0000-4000-8000-000000000001.jsonl'));
}

function line(id: string, { output = 10, atS = 4 } = {}): string {
  const record = record2_1_330();
  const message = record['message'] as Record<string, unknown>;
  const usage = { ...(message['usage'] as Record<string, unknown>), output_tokens: output };
  const timestamp = `2026-09-30T21:58:0${atS}.000Z`;
  return `${JSON.stringify({ ...record, timestamp, message: { ...message, id, usage } })}\n`;
}
