// Appends one call, then 20,000, to the ledger named on the command line, and says what became of it.
import { noUsage, type Call } from '../../../src/core/call.ts';
import { allTime } from '../../../src/core/period.ts';
import type { CostOf } from '../../../src/ledger/callRows.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';

const [path = ''] = process.argv.slice(2);
const unpriced: CostOf = () => ({ nanoUsd: undefined, price: undefined, unpricedBecause: 'unknownModel' });
const calls = Array.from({ length: 20_000 }, (_, i): Call => ({
  key: `m${String(i)}`,
  atMs: 1_790_000_000_000 + i,
  sessionId: 's1',
  project: '/home/dev/shop',
  model: 'acme-coder-1',
  provider: undefined,
  usage: { ...noUsage, inputTokens: 10 },
  speed: 'standard',
  geo: undefined,
  billing: 'unknown',
  isSubagent: false,
  isCopy: false,
  entrypoint: 'cli',
  work: 0,
  offset: i,
}));
const source = { id: '/logs/a.jsonl', assistant: 'claude-code' };
const batchOf = (some: Call[], offset: number) => ({ calls: some, reports: [], problems: [], checkpoint: { offset } });

const ledger = new Ledger(path);
if (!ledger.checkpoint(source.id)) ledger.append(source, batchOf(calls.slice(0, 1), 1), unpriced);
try {
  const known = ledger.total(allTime).calls;
  const appended = ledger.append(source, batchOf(calls, 2), unpriced) + known;
  console.log(`appended ${String(appended)}, now ${String(ledger.total(allTime).calls)} calls`);
} catch {
  const place = JSON.stringify(ledger.checkpoint(source.id));
  console.log(place === '{"offset":1}' ? `refused after ${String(ledger.total(allTime).calls)} call` : place);
}
