import { basename, dirname, join } from 'node:path';
import { isNoUsage, noUsage, type Billing, type Usage } from '../core/call.ts';
import { nanoUsd } from '../core/money.ts';
import { csvRows } from './cursorCsv.ts';
import { cursorModel, hookFileName, hookFormat, hookTimes } from './cursorHook.ts';
import { asCount, asText, asTime, jsonLines, type Found, type ReadBuffer } from './jsonLines.ts';
import type { Log, Reader } from './reader.ts';
import { wholeFile } from './wholeFile.ts';

const id = 'cursor';

/** Cursor keeps no counts of its own: what is read is what a hook wrote, or what the account exported. */
export function cursorReader(buffer: ReadBuffer): Reader {
  return {
    id,
    name: 'Cursor',
    coverage: {
      level: 'perTurn',
      lost: 'Without the hook or an export of the account, nothing is known; Tab completions never are.',
    },
    folders: ({ home }) => [join(home, '.cursor', 'ai-spend-meter')],
    isLog: path => path.endsWith('.csv') || basename(path) === hookFileName,
    open: log =>
      log.path.endsWith('.csv')
        ? wholeFile({ log, assistant: id, parse: readExport, mostBytes: mostBytesOfExport })
        : jsonLines({ log, assistant: id, format: hookFormat, buffer }),
  };
}

/** A row has some 150 bytes: these are a hundred thousand. */
const mostBytesOfExport = 16 * 1024 * 1024;

/** The columns of the export of usage events; others are not looked at, some are people's names. */
const columns = {
  date: 'Date',
  kind: 'Kind',
  model: 'Model',
  agent: 'Cloud Agent ID',
  input: 'Input (w/o Cache Write)',
  cacheWrite: 'Input (w/ Cache Write)',
  cacheRead: 'Cache Read',
  output: 'Output Tokens',
  total: 'Total Tokens',
  cost: 'Cost',
} as const;

/** An address or a name is below a hundred characters. */
const longestCell = 300;

type Event = Readonly<Record<keyof typeof columns, string>>;

/** One row is one event that the account was billed for. What the hook wrote already does not count again. */
function readExport(text: string, found: Found, log: Log): void {
  const rows = csvRows(text);
  const header = rows.next().value ?? [];
  const places = new Map(header.map((name, index) => [name.trim(), index]));
  if (!places.has(columns.date) || !places.has(columns.output)) {
    found.problem('malformed');
    return;
  }
  const isTold = hookTimes(join(dirname(log.path), hookFileName));
  /** How often a row was there already: two events may be the same to the digit, an event has no number. */
  const repeats = new Map<string, number>();
  for (const row of rows) {
    if (row.every(cell => cell === '')) continue;
    if (row.some(cell => cell.length > longestCell)) {
      found.problem('malformed');
      continue;
    }
    const cell = (name: string): string => row[places.get(name) ?? -1]?.trim() ?? '';
    const event = Object.fromEntries(Object.entries(columns).map(([key, name]) => [key, cell(name)])) as Event;
    const content = JSON.stringify([event.date, event.model, event.output, event.input, event.cacheRead]);
    const repeat = repeats.get(content) ?? 0;
    repeats.set(content, repeat + 1);
    addEvent({ event, key: repeat === 0 ? content : `${content}#${String(repeat)}`, isTold }, found);
  }
}

interface EventReading {
  readonly event: Event;
  readonly key: string;
  /** Whether the hook has told what there was at a moment. */
  readonly isTold: (atMs: number) => boolean;
}

function addEvent({ event, key, isTold }: EventReading, found: Found): void {
  const atMs = asTime(event.date);
  const usage = usageOf(event);
  if (atMs === undefined || !usage) {
    found.problem('malformed');
    return;
  }
  if (isNoUsage(usage) || isTold(atMs) || /no charge/i.test(event.kind)) return;
  const cost = /^\$?(\d{1,6}(?:\.\d+)?)$/.exec(event.cost.replaceAll(',', ''))?.[1];
  found.call({
    key,
    atMs,
    // Nothing tells which conversation an event is of: a day is what they have in common.
    sessionId: new Date(atMs).toISOString().slice(0, 'yyyy-mm-dd'.length),
    project: undefined,
    model: cursorModel(event.model),
    provider: undefined,
    usage,
    speed: 'standard',
    geo: undefined,
    billing: billingOf(event),
    isSubagent: false,
    isCopy: false,
    entrypoint: asText(event.agent) === undefined ? undefined : 'cloud-agent',
    work: 0,
    offset: 0,
    ...(cost === undefined || Number(cost) === 0 ? {} : { recordedNanoUsd: nanoUsd(Number(cost)) }),
  });
}

function billingOf({ kind, cost }: Event): Billing {
  if (/included|free/i.test(`${kind} ${cost}`)) return 'covered';
  return /on-demand|usage-based/i.test(kind) ? 'billed' : 'unknown';
}

/** @returns undefined if the numbers make no sense */
function usageOf(event: Event): Usage | undefined {
  const input = countOf(event.input);
  const cacheWrite = countOf(event.cacheWrite);
  const cacheRead = countOf(event.cacheRead);
  const output = countOf(event.output);
  const total = countOf(event.total);
  if (input === undefined || cacheWrite === undefined || cacheRead === undefined || output === undefined) {
    return undefined;
  }
  // The two inputs are apart, but not in all exports: the total tells.
  const isWithin = cacheWrite >= input && total === cacheWrite + cacheRead + output;
  return {
    ...noUsage,
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: isWithin ? cacheWrite - input : cacheWrite,
  };
}

/** A number, which may have separators: `12,345`. */
function countOf(cell: string): number | undefined {
  return asCount(cell === '' ? undefined : cell.replaceAll(',', ''));
}
