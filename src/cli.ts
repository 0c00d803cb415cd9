import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { dataFolder } from './core/dataFolder.ts';
import { ledgerPath } from './ledger/ledgerPath.ts';
import { SecondReader } from './meter/secondReader.ts';
import { hasSqlite } from './sqlite.ts';

/** The commands that read all logs before they answer. */
const readingCommands = ['report', 'doctor', 'commit-cost'];

/** Beside us in the build; from source, as tests run it, one thread reads. */
const secondReader =
  typeof __dirname === 'string' ? { path: join(__dirname, 'readingWorker.js'), isShortLived: true } : undefined;

/** Where there is no ledger, there is everything to read: the thread starts while the rest of the program is loaded. */
function startReader(): SecondReader | undefined {
  if (!secondReader || !hasSqlite() || !readingCommands.includes(process.argv[2] ?? '')) return undefined;
  const ledger = ledgerPath(dataFolder({ home: homedir(), env: process.env, platform: process.platform }));
  return existsSync(ledger) ? undefined : new SecondReader(secondReader);
}

async function start(): Promise<void> {
  const startedReader = startReader();
  const { main } = await import('./cliMain.ts');
  await main({ program: typeof __filename === 'string' ? __filename : undefined, secondReader, startedReader });
}

void start();
