// Appends one call, then 20,000, to the ledger named on the command line, and says what became of it.
import { noUsage } from '../../../src/core/call.ts';
import { allTime } from '../../../src/core/period.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { noPrices } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';

const [path = ''] = process.argv.slice(2);
const internal = { model: 'acme-coder-1', provider: undefined, usage: { ...noUsage, inputTokens: 10 } };
const calls = Array.from({ length: 20_000 }, (_, i) =>
  inventedCall({ ...internal, key: `m${String(i)}`, atMs: 1_790_000_000_000 + i, offset: i }),
);
const source = { id: '/logs/a.jsonl', assistant: 'claude-code' };
const batchOf = (some: typeof calls, offset: number) => ({
  calls: some,
  reports: [],
  problems: [],
  checkpoint: { offset },
});

const ledger = new Ledger(path);
if (!ledger.checkpoint(source.id)) ledger.append(source, batchOf(calls.slice(0, 1), 1), noPrices.costOf);
try {
  const known = ledger.total(allTime).calls;
  const appended = ledger.append(source, batchOf(calls, 2), noPrices.costOf) + known;
  console.log(`appended ${String(appended)}, now ${String(ledger.total(allTime).calls)} calls`);
} catch {
  const place = JSON.stringify(ledger.checkpoint(source.id));
  console.log(place === '{"offset":1}' ? `refused after ${String(ledger.total(allTime).calls)} call` : place);
}
