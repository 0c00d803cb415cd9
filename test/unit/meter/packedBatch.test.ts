import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import type { Batch, Checkpoint } from '../../../src/core/source.ts';
import {
  BatchPacker,
  callCount,
  unpackBatch,
  unpackBatches,
  type PackedBatch,
  type ReadBatch,
} from '../../../src/meter/packedBatch.ts';
import { anyCall, anyPlainCall } from '../anyCall.ts';
import { throughThread } from '../throughThread.ts';

suite('packed batch', () => {
  const keys = fc.string({ unit: 'grapheme' });
  const batchOf = (call: typeof anyCall): fc.Arbitrary<Batch> =>
    fc.record(
      {
        calls: fc.array(keys.chain(call), { maxLength: 30, size: 'max' }),
        reports: fc.constant([]),
        problems: fc.constantFrom([], [{ offset: 3, kind: 'malformed' as const }]),
        checkpoint: fc.constantFrom(null, { offset: 9, state: { model: 'ä\n' } }),
        outcomes: fc.constant([{ key: 'earlier', outcome: 3 }]),
      },
      { noNullPrototype: true, requiredKeys: ['calls', 'reports', 'problems', 'checkpoint'] },
    );
  const plainBatch = batchOf(anyPlainCall);
  const anyBatch = fc.oneof(plainBatch, batchOf(anyCall));

  const unpacked = (received: ReadBatch): Batch => {
    const batch = unpackBatch(received);
    const calls = [...batch.calls];
    assert.equal(callCount(received), calls.length);
    if ('checkpoint' in batch) return { ...batch, calls };
    const { checkpointText, ...rest } = batch;
    return { ...rest, calls, checkpoint: JSON.parse(checkpointText) as Checkpoint };
  };

  test('what another thread gets is what was packed, however many batches go together', () => {
    const packer = new BatchPacker();
    fc.assert(
      fc.property(fc.array(anyBatch, { maxLength: 8 }), batches => {
        assert.deepEqual(throughThread(batches, packer).map(unpacked), batches);
      }),
    );
  });

  test('plain calls travel as numbers, in the job that they are of', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(plainBatch, fc.nat(), fc.boolean())), read => {
        const packer = new BatchPacker();
        for (const [batch, job, isLast] of read) packer.add({ job, batch, isLast });
        assert.equal(packer.batchCount, read.length);
        assert.equal(
          packer.callCount,
          read.reduce((sum, [{ calls }]) => sum + calls.length, 0),
        );
        const packed = packer.take();
        assert.ok(packed.rests.every(([, rest]) => rest.calls === undefined));
        assert.deepEqual(
          unpackBatches(packed).map(({ job, isLast }) => [job, isLast]),
          read.map(([, job, isLast]) => [job, isLast]),
        );
      }),
    );
  });

  test('a batch of a large log fits, and a packer that was emptied is empty', () => {
    const [call] = fc.sample(anyPlainCall('key'), { seed: 1, numRuns: 1 });
    assert.ok(call);
    const calls = Array.from({ length: 3000 }, (_, index) => ({ ...call, key: String(index) }));
    const batch: Batch = { calls, reports: [], problems: [], checkpoint: 1 };
    const packer = new BatchPacker();
    assert.deepEqual(throughThread([batch, batch], packer).map(unpacked), [batch, batch]);
    assert.equal(packer.batchCount + packer.callCount, 0);
    assert.deepEqual(throughThread([], packer), [] satisfies PackedBatch[]);
  });
});
