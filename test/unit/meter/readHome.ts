// Reads all logs of a home into a ledger: node readHome.ts HOME LEDGER STORE_CALLS SECOND_READER_OR_EMPTY [filling]
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { NewLedger } from '../../../src/ledger/newLedger.ts';
import { Ingest } from '../../../src/meter/ingest.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';

const [home = '', path = '', storeCalls = '8000', secondReaderPath = '', filling = ''] = process.argv.slice(2);
const prices = new PriceBook();
// As the command line does, whose first reading fills a ledger that nobody else has yet.
const filled = filling ? NewLedger.begin(path) : undefined;
const ledger = filled?.ledger ?? new Ledger(path);
process.stdout.write('reading\n');
await new Ingest({
  ledger,
  readers: allReaders(new ReadBuffer()),
  environment: { home, env: {}, platform: process.platform },
  costOf: (call, options) => prices.costOf(call, options),
  secondReader: secondReaderPath ? { path: secondReaderPath } : undefined,
  secondReaderFromBytes: 0,
  storeCalls: Number(storeCalls),
  isFilling: filled !== undefined,
}).readAll();
if (filled) {
  filled.finish();
  await filled.publish();
} else ledger.close();
process.stdout.write('done\n');
