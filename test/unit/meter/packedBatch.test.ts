import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import type { Batch, Checkpoint } from '../../../src/core/source.ts';
import { callCount, packBatch, unpackBatch, type ReadBatch } from '../../../src/meter/packedBatch.ts';
import { anyCall, anyPlainCall } from '../anyCall.ts';

suite('packed batch', () => {
  const batchOf = (keys: fc.Arbitrary<string>, call = anyPlainCall): fc.Arbitrary<Batch> =>
    fc.record(
      {
        calls: fc.array(keys.chain(call), { maxLength: 30, size: 'max' }),
        reports: fc.constant([]),
        problems: fc.constant([{ offset: 3, kind: 'malformed' as const }]),
        checkpoint: fc.constant({ offset: 9, state: { model: 'ä' } }),
      },
      { noNullPrototype: true },
    );

  const throughThread = (packed: ReadBatch): Batch => {
    const received = structuredClone(packed);
    const unpacked = unpackBatch(received);
    const calls = [...unpacked.calls];
    assert.equal(callCount(received), calls.length);
    if ('checkpoint' in unpacked) return { ...unpacked, calls };
    const { checkpointText, ...rest } = unpacked;
    return { ...rest, calls, checkpoint: JSON.parse(checkpointText) as Checkpoint };
  };

  test('what is unpacked is what was packed, also after a copy between threads', () => {
    let packedCount = 0;
    const keys = fc.string({ unit: 'grapheme' }).filter(key => !key.includes('\n'));
    fc.assert(
      fc.property(batchOf(keys), batch => {
        const packed = packBatch(batch);
        if ('numbers' in packed) packedCount++;
        assert.deepEqual(throughThread(packed), batch);
      }),
    );
    assert.ok(packedCount > 10, 'most batches are large enough to be packed');
  });

  test('keys that would come apart travel as they are', () => {
    fc.assert(
      fc.property(batchOf(fc.constantFrom('a\nb', '\n', 'c')), batch => {
        assert.deepEqual(throughThread(packBatch(batch)), batch);
      }),
    );
  });

  test('calls with more than most travel as they are', () => {
    fc.assert(
      fc.property(batchOf(fc.constantFrom('a', 'b'), anyCall), batch => {
        assert.deepEqual(throughThread(packBatch(batch)), batch);
      }),
    );
  });
});
