import { homedir } from 'node:os';
import { join } from 'node:path';
import { commandOf, type Command } from './cli/arguments.ts';
import { runOnNewerNode } from './cli/newerNode.ts';
import { reportOf, reportText } from './cli/report.ts';
import { doctorText, help, sentenceOf } from './cli/sentences.ts';
import { dataFolder } from './core/dataFolder.ts';
import { UserError } from './core/errors.ts';
import { calendarOf, type Calendar } from './core/period.ts';
import { Ledger } from './ledger/ledger.ts';
import { ledgerPath } from './ledger/ledgerPath.ts';
import { doctorReport } from './meter/doctor.ts';
import { Ingest } from './meter/ingest.ts';
import { problemReport } from './meter/problemReport.ts';
import { keptSettings, priceBookFor } from './meter/settings.ts';
import { allReaders } from './readers/all.ts';
import { ReadBuffer } from './readers/jsonLines.ts';
import type { ReaderEnvironment } from './readers/reader.ts';
import { hasSqlite } from './sqlite.ts';

async function run(command: Command): Promise<string> {
  if (command.name === 'help') return help;
  const calendar = command.name === 'report' ? calendarIn(command.timeZone) : undefined;
  const place = { home: homedir(), env: process.env, platform: process.platform };
  const ledger = new Ledger(ledgerPath(dataFolder(place)));
  try {
    const settings = keptSettings(ledger);
    const prices = priceBookFor({ settings, platform: place.platform, ledger, nowMs: Date.now() });
    const readers = allReaders(new ReadBuffer());
    const environment: ReaderEnvironment = { ...place, extraFolders: settings.extraFolders };
    ledger.reprice((call, options) => prices.costOf(call, options));
    const ingest = new Ingest({
      ledger,
      readers,
      environment,
      costOf: (call, options) => prices.costOf(call, options),
      billingOf: assistant => settings.billing[assistant],
      // Beside us in the bundle; from source, as tests run it, one thread reads.
      secondReader:
        typeof __dirname === 'string' ? { path: join(__dirname, 'readingWorker.js'), isShortLived: true } : undefined,
    });
    const { found } = await ingest.readAll();
    if (command.name === 'doctor' || !calendar) {
      const isForOthers = command.name === 'doctor' && command.isProblemReport;
      const report = (isForOthers ? problemReport : doctorReport)({ ledger, readers, environment });
      if (command.isJson) return json(report);
      return isForOthers
        ? `Node ${process.version}, ${process.platform} ${process.arch}\n${doctorText(report)}`
        : doctorText(report);
    }
    const files = found.map(({ reader, found: { logs } }) => ({ assistant: reader.id, files: logs.length }));
    const report = reportOf({ ...command, ledger, calendar, files });
    return command.isJson ? json(report) : reportText(report);
  } finally {
    ledger.close();
  }
}

function calendarIn(timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone): Calendar {
  try {
    return calendarOf(timeZone);
  } catch (error) {
    throw new UserError({ kind: 'unknownTimeZone', timeZone }, { cause: error });
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

async function main(): Promise<void> {
  try {
    const exitCode = hasSqlite() || typeof __filename !== 'string' ? undefined : runOnNewerNode(__filename);
    if (exitCode !== undefined) {
      process.exitCode = exitCode;
      return;
    }
    const output = await run(commandOf(process.argv.slice(2)));
    // Taking down what is left of the runtime piece by piece would only take time.
    process.stdout.write(output, () => process.exit());
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exitCode = 1;
  }
}

void main();
