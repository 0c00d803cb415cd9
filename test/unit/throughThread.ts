import type { Batch } from '../../src/core/source.ts';
import { BatchPacker, unpackBatches, type PackedBatch } from '../../src/meter/packedBatch.ts';

/** Batches as another thread gets them that were sent together. */
export function throughThread(batches: readonly Batch[], packer = new BatchPacker()): PackedBatch[] {
  for (const [job, batch] of batches.entries()) packer.add({ job, batch, isLast: true });
  const packed = packer.take();
  return unpackBatches(structuredClone(packed, { transfer: [packed.numbers.buffer] })).map(({ batch }) => batch);
}
