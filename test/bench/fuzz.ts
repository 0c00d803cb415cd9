// Reads damaged logs by the million, and looks at what comes out: npm run bench -- fuzz
//   [--mutants 10000000] [--seed 1] [--assistant codex] [--file 17]
//
// Lines, elements of lists and rows of the fixtures are mutated, many in a file, and read from real files. No reader may
// throw, take a second for a file, give a call that cannot be, or hold on to memory. The mutants are shared evenly among
// the readers. A defect is shown with what makes its file again, and as small as the file could be made. If the process
// itself dies, the file is still in the temporary folder.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allReaders } from '../../src/readers/all.ts';
import { ReadBuffer } from '../../src/readers/jsonLines.ts';
import { defectText, fuzz } from '../unit/readers/fuzz.ts';

const { values: options } = parseArgs({
  options: {
    mutants: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '1' },
    assistant: { type: 'string' },
    file: { type: 'string' },
  },
});

const readers = allReaders(new ReadBuffer()).filter(({ id }) => id === (options.assistant ?? id));
if (readers.length === 0) throw new Error(`There is no reader "${options.assistant ?? ''}".`);
const seed = Number(options.seed);
const mutants = Math.ceil(Number(options.mutants) / readers.length);

console.log(`Node ${process.version}, seed ${seed}`);
console.log('| assistant | mutants | files | s | mutants/s | defects |\n|---|---|---|---|---|---|');
const sum = { mutants: 0, ms: 0, defects: 0 };
for (const reader of readers) {
  const fixtures = join(import.meta.dirname, '../fixtures/readers', reader.id);
  const onlyFile = options.file === undefined ? undefined : Number(options.file);
  const fuzzed = await fuzz({ reader, fixtures, seed, mutants, onlyFile, mostDefects: 20 });
  sum.mutants += fuzzed.mutants;
  sum.ms += fuzzed.ms;
  sum.defects += fuzzed.defects.length;
  const rate = Math.round((fuzzed.mutants / fuzzed.ms) * 1000);
  const seconds = (fuzzed.ms / 1000).toFixed(1);
  console.log(
    `| ${reader.name} | ${fuzzed.mutants} | ${fuzzed.files} | ${seconds} | ${rate} | ${fuzzed.defects.length} |`,
  );
  for (const defect of fuzzed.defects) console.log(defectText(reader, seed, defect));
}
console.log(`${sum.mutants} mutants in ${(sum.ms / 1000).toFixed(0)} s, ${sum.defects} kinds of defects`);
process.exitCode = sum.defects > 0 ? 1 : 0;
