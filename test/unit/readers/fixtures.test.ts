import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import { mergeCalls, type Call, type SessionReport } from '../../../src/core/call.ts';
import type { Refusal } from '../../../src/core/refusal.ts';
import type { Problem } from '../../../src/core/source.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { findLogs, type Reader } from '../../../src/readers/reader.ts';

/**
 * Each folder `<assistant>/<case>` has the logs of one home, and what is to be read from all of them together:
 * `calls.json` by time, without their places in the logs; `refusals.json` by time, `reports.json` and `problems.json` if
 * there are any.
 */
const fixtures = join(import.meta.dirname, '../../fixtures/readers');

for (const assistant of readdirSync(fixtures)) {
  suite(`What is read from logs of ${assistant}`, () => {
    const reader = allReaders(new ReadBuffer()).find(({ id }) => id === assistant);
    for (const name of readdirSync(join(fixtures, assistant))) {
      test(name.replaceAll('-', ' '), () => {
        assert.ok(reader);
        const folder = join(fixtures, assistant, name);
        assert.deepEqual(readHome(reader, join(folder, 'home')), {
          calls: expected(folder, 'calls.json'),
          reports: expected(folder, 'reports.json'),
          refusals: expected(folder, 'refusals.json'),
          problems: expected(folder, 'problems.json'),
        });
      });
    }
  });
}

function expected(folder: string, name: string): unknown {
  const path = join(folder, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

function readHome(reader: Reader, home: string): unknown {
  const calls = new Map<string, Call>();
  const reports: SessionReport[] = [];
  const refusals: Refusal[] = [];
  const problems: Problem[] = [];
  for (const log of findLogs(reader, { home, env: {}, platform: process.platform }).logs) {
    for (const batch of reader.open(log).read(undefined)) {
      for (const call of batch.calls) {
        const known = calls.get(call.key);
        calls.set(call.key, known ? mergeCalls(known, call) : call);
      }
      reports.push(...batch.reports);
      refusals.push(...(batch.refusals ?? []));
      problems.push(...batch.problems);
    }
  }
  const byTime = [...calls.values()].sort((a, b) => a.atMs - b.atMs || (a.key < b.key ? -1 : 1));
  // As JSON has it: without what is undefined.
  refusals.sort((a, b) => a.atMs - b.atMs);
  const plain = byTime.map(call => ({ ...call, offset: undefined }));
  return JSON.parse(JSON.stringify({ calls: plain, reports, refusals, problems }));
}
