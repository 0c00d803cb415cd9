import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';

import { wireFormats, type WireFormat } from '../../../src/core/wireFormat.ts';
import type { AnswerPart } from '../../../src/internalModel/answer.ts';
import { formats } from '../../../src/internalModel/client.ts';
import { eventsOf } from '../../../src/internalModel/eventStream.ts';
import { recordedAnswers } from './streams.ts';

// eslint-disable-next-line @typescript-eslint/require-await -- pieces come as they come
async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  for (const [index, at] of places.entries()) yield bytes.subarray(at, places[index + 1]);
}

async function read(format: WireFormat, bytes: Uint8Array, cuts: readonly number[]): Promise<AnswerPart[]> {
  const reader = formats[format].reader();
  const parts: AnswerPart[] = [];
  for await (const data of eventsOf(inPieces(bytes, cuts))) parts.push(...reader.event(data));
  return [...parts, ...reader.end()].filter(({ kind }) => kind !== 'usage');
}

const lineEnds = ['\n', '\r\n', '\r'] as const;

suite('a stream of events', () => {
  for (const format of wireFormats) {
    const { stream, parts } = recordedAnswers[format];

    test(`of ${format} may be cut at any byte`, async () => {
      for (const end of lineEnds) {
        const bytes = Buffer.from(stream.replaceAll('\n', end));
        for (let at = 0; at <= bytes.length; at++) assert.deepEqual(await read(format, bytes, [at]), parts, `${at}`);
      }
    }).timeout(20_000);

    test(`of ${format} may be cut at many bytes at once`, async () => {
      const pieces = fc.record({
        end: fc.constantFrom(...lineEnds),
        cuts: fc.array(fc.nat(Buffer.byteLength(stream)), { maxLength: 200 }),
      });
      await fc.assert(
        fc.asyncProperty(pieces, async ({ end, cuts }) => {
          assert.deepEqual(await read(format, Buffer.from(stream.replaceAll('\n', end)), cuts), parts);
        }),
      );
    });
  }

  test('may have data on several lines, comments, other fields, and no end', async () => {
    const text = ': hello\nid: 7\nretry: 10\nevent: x\ndata: {"a":\ndata: 1}\n\ndata:\n\ndata: [DONE]';
    const found: unknown[] = [];
    for await (const data of eventsOf(inPieces(Buffer.from(text), []))) found.push(data);
    assert.deepEqual(found, [{ a: 1 }, '', '[DONE]']);
  });

  test('must not end in the middle of an object', async () => {
    await assert.rejects(async () => {
      for await (const data of eventsOf(inPieces(Buffer.from('data: {"a":'), []))) assert.fail(String(data));
    }, /it ended in the middle/);
  });
});
