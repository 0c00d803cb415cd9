import { homedir } from 'node:os';
import { commandOf, type Command } from './cli/arguments.ts';
import { runOnNewerNode } from './cli/newerNode.ts';
import { reportOf, reportText } from './cli/report.ts';
import { doctorText, help, sentenceOf } from './cli/sentences.ts';
import { continueOnce } from './cli/continueOnce.ts';
import { dataFolder } from './core/dataFolder.ts';
import { UserError } from './core/errors.ts';
import { calendarOf, type Calendar } from './core/period.ts';
import type { CostOf } from './ledger/callRows.ts';
import { Ledger } from './ledger/ledger.ts';
import { ledgerPath } from './ledger/ledgerPath.ts';
import { NewLedger } from './ledger/newLedger.ts';
import { doctorReport } from './meter/doctor.ts';
import { Ingest, type IngestOptions } from './meter/ingest.ts';
import { problemReport } from './meter/problemReport.ts';
import type { SecondReader, SecondReaderOptions } from './meter/secondReader.ts';
import { keptSettings, priceBookFor } from './meter/settings.ts';
import { allReaders } from './readers/all.ts';
import { ReadBuffer } from './readers/jsonLines.ts';
import type { ReaderEnvironment } from './readers/reader.ts';
import { hasSqlite } from './sqlite.ts';

/** How the program was started. */
export interface Started {
  /** Its file, if it is one of the build. */
  readonly program: string | undefined;
  readonly secondReader: SecondReaderOptions | undefined;
  /** A thread that was started already, because there is no ledger yet. */
  readonly startedReader: SecondReader | undefined;
}

async function run(command: Command, { secondReader, startedReader }: Started): Promise<string> {
  if (command.name === 'help') return help;
  const place = { home: homedir(), env: process.env, platform: process.platform };
  if (command.name === 'continue') return continueOnce(dataFolder(place));
  const path = ledgerPath(dataFolder(place));
  const filled = NewLedger.begin(path);
  if (!filled) {
    const ledger = new Ledger(path);
    try {
      return await outputOf(command, { ledger, place, secondReader, startedReader });
    } finally {
      ledger.close();
    }
  }
  try {
    const output = await outputOf(command, {
      ledger: filled.ledger,
      place,
      isFilling: true,
      secondReader,
      startedReader,
      onRead: () => {
        filled.finish();
      },
    });
    await filled.publish();
    return output;
  } finally {
    filled.close();
  }
}

interface OutputOptions extends Pick<IngestOptions, 'isFilling' | 'secondReader' | 'startedReader'> {
  readonly ledger: Ledger;
  /** When all logs have been read, before the answer. */
  readonly onRead?: () => void;
  readonly place: {
    readonly home: string;
    readonly env: NodeJS.ProcessEnv;
    readonly platform: NodeJS.Platform;
  };
}

/** Brings the ledger up to date, and answers from it. */
async function outputOf(
  command: Exclude<Command, { name: 'help' | 'continue' }>,
  { ledger, place, isFilling, secondReader, startedReader, onRead }: OutputOptions,
): Promise<string> {
  const calendar = calendarIn('timeZone' in command ? command.timeZone : undefined);
  const settings = keptSettings(ledger);
  const prices = priceBookFor({ settings, platform: place.platform, ledger, nowMs: Date.now() });
  const readers = allReaders(new ReadBuffer());
  const environment: ReaderEnvironment = { ...place, extraFolders: settings.extraFolders };
  const costOf: CostOf = (call, options) => prices.costOf(call, options);
  ledger.reprice({ costOf, knows: call => prices.knows(call) });
  const ingest = new Ingest({
    ledger,
    readers,
    environment,
    costOf,
    billingOf: assistant => settings.billing[assistant],
    secondReader,
    startedReader,
    isFilling,
  });
  const { found } = await ingest.readAll();
  onRead?.();
  if (command.name === 'doctor') {
    const isForOthers = command.isProblemReport;
    const report = (isForOthers ? problemReport : doctorReport)({ ledger, readers, environment });
    if (command.isJson) return json(report);
    return isForOthers
      ? `Node ${process.version}, ${process.platform} ${process.arch}\n${doctorText(report)}`
      : doctorText(report);
  }
  // Both are seldom asked for, and more than a report of days needs.
  if (command.name === 'commit-cost') {
    const { commitCost } = await import('./cli/commitCost.ts');
    return commitCost({ ledger, folder: process.cwd(), env: process.env, nowMs: Date.now() });
  }
  if (command.name === 'month') {
    const { monthOutput } = await import('./cliMonth.ts');
    return monthOutput({ ledger, command, calendar, nowMs: Date.now(), readers, prices, settings });
  }
  const files = found.map(({ reader, found: { logs } }) => ({ assistant: reader.id, files: logs.length }));
  const report = reportOf({ ...command, ledger, calendar, files });
  return command.isJson
    ? json(report)
    : reportText(report, { currency: settings.currency, today: calendar.dayOf(Date.now()) });
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

/** Runs the command that the program was started with, and ends it. */
export async function main(started: Started): Promise<void> {
  try {
    const { program } = started;
    const exitCode = hasSqlite() || program === undefined ? undefined : await runOnNewerNode(program);
    if (exitCode !== undefined) {
      process.exitCode = exitCode;
      return;
    }
    const output = await run(commandOf(process.argv.slice(2)), started);
    // Taking down what is left of the runtime piece by piece would only take time.
    process.stdout.write(output, () => process.exit());
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exitCode = 1;
    // It may be waiting for what to read.
    await started.startedReader?.stop();
  }
}
