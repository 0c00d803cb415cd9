import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { dataFolder } from './core/dataFolder.ts';
import { reasonOf, UserError } from './core/errors.ts';
import { keepCommitCostScript } from './git/commitCostScript.ts';
import { Ledger } from './ledger/ledger.ts';
import { LocalMeter } from './meter/meter.ts';
import type { FromWorker, ToWorker, WorkerStart } from './meter/workerMessages.ts';
import { allReaders } from './readers/all.ts';
import { ReadBuffer } from './readers/jsonLines.ts';

const port = parentPort;
if (!port) throw new TypeError('runs as a worker thread only');
const send = (message: FromWorker): void => {
  port.postMessage(message);
};
const problemOf = (error: unknown) => (error instanceof UserError ? { problem: error.problem } : {});

// Given by startWorkerMeter.
const start = workerData as WorkerStart;
try {
  const ledger = new Ledger(start.ledgerPath);
  const meter = new LocalMeter({
    ledger,
    readers: allReaders(new ReadBuffer()),
    environment: {
      home: start.home,
      env: start.env,
      platform: start.platform,
      editorUserFolder: start.editorUserFolder,
      projects: start.projects,
    },
    settings: start.settings,
    secondReaderPath: start.secondReaderPath,
    dataFolder: dataFolder(start),
    now: () => Date.now(),
    onSnapshot: snapshot => {
      send({ kind: 'snapshot', snapshot });
    },
  });
  port.on('message', (message: ToWorker) => void answer(meter, message));
  void meter.start();
  if (typeof __dirname === 'string') {
    const commandLine = { node: process.execPath, cli: join(__dirname, 'cli.js') };
    // Without it, messages of commits stay as they are.
    keepCommitCostScript(dataFolder(start), commandLine).catch(() => undefined);
  }
} catch (error) {
  send({ kind: 'failure', reason: reasonOf(error), ...problemOf(error) });
}

async function answer(meter: LocalMeter, { id, method, args }: ToWorker): Promise<void> {
  try {
    const call = meter[method].bind(meter) as (...values: readonly unknown[]) => unknown;
    send({ kind: 'answer', id, value: await call(...args) });
  } catch (error) {
    send({ kind: 'refusal', id, reason: reasonOf(error), ...problemOf(error) });
  }
}
