// How long the panel waits for its views: npm run bench -- panel [--calls 1000000] [--rounds 3] [--zones Europe/Berlin,…]
//
//   On a ledger with a million invented calls over a year (panelLedger.ts), asks for what the panel can ask for: every
//   tab, in every range and some that were typed in, with filters, stacked by every dimension; pages of the latest and of
//   the dearest sessions.
//   Limits: 100 ms at the 95th percentile for any view that a click leads to, packed as it goes to the page; and for how
//   many bytes that are (`limitKib`). Beside it, in the same run, a yardstick: one pass of SQLite over all calls. The sums
//   of the ledger are brought up to date before, as they are when the panel is opened; how long that takes from nothing is
//   shown too, and how long a view takes just after calls were added.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { lookBackAt } from '../../src/core/lookBack.ts';
import {
  firstRequest,
  namedRanges,
  panelDimensions,
  panelTabs,
  type PanelFilter,
  type PanelRange,
  type PanelRequest,
} from '../../src/core/panel.ts';
import { calendarOf } from '../../src/core/period.ts';
import { PriceBook } from '../../src/core/priceBook.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { Monitor } from '../../src/meter/monitor.ts';
import { packedView } from '../../src/meter/packedView.ts';
import { panelView, type PanelContext } from '../../src/meter/panelQueries.ts';
import { openReadOnly } from '../../src/sqlite.ts';
import { appendCalls } from '../unit/appendCalls.ts';
import { inventedCall } from '../unit/inventedCall.ts';
import { percentile } from './markdownTable.ts';
import { endMs, generatedLedger } from './panelLedger.ts';

const limitP95Ms = 100;

/** How large a view may be that goes to the page. */
function limitKib(what: string): number {
  return what.startsWith('overview') ? 20 : 8;
}

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    zones: { type: 'string', default: 'Europe/Berlin,Asia/Kathmandu' },
    only: { type: 'string', default: '' },
  },
});

const count = Number(options.calls);
const prices = new PriceBook({
  internal: [{ model: 'acme-coder-1', displayName: 'Acme Coder', input: 0.4, output: 1.6, cacheRead: 0.04 }],
});
const made = generatedLedger(count);
const folder = mkdtempSync(path.join(os.tmpdir(), 'ai-spend-meter-bench-'));
const file = path.join(folder, 'ledger.db');
copyFileSync(made, file);
const ledger = new Ledger(file);
process.on('exit', () => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

function contextIn(timeZone: string): PanelContext {
  const calendar = calendarOf(timeZone);
  const monitor = new Monitor({ ledger, now: () => endMs }, { calendar, budgets: [] });
  return {
    nowMs: endMs,
    calendar,
    reading: { state: 'ready' },
    checkedAtMs: endMs,
    folders: [],
    prices,
    watch: () => monitor.watch(),
    records: () => [],
    lookBack: request => lookBackAt([], request, { costOf: call => prices.costOf(call), forecast: undefined }),
    health: () => ({ internalCalls: 0, firstInternalAtMs: undefined, trouble: undefined }),
    contribution: {
      switches: [],
      internalModels: [{ model: 'acme-coder-1', displayName: 'Acme Coder', contextTokens: 128_000 }],
    },
  };
}

const ranges: readonly PanelRange[] = [
  ...namedRanges.map(kind => ({ kind })),
  { kind: 'custom', fromDay: '2026-03-02', toDay: '2026-03-02' },
  { kind: 'custom', fromDay: '2026-02-10', toDay: '2026-04-09' },
  { kind: 'custom', fromDay: '2025-12-24', toDay: '2026-10-31' },
];

const filters: readonly PanelFilter[] = [
  {},
  { model: 'claude-opus-5' },
  { assistant: 'codex' },
  { project: '/home/dev/project-03' },
  { model: 'gpt-5.5', project: '/home/dev/project-01' },
  { project: null },
];

/** What a click can lead to. */
function requests(): readonly PanelRequest[] {
  const found: PanelRequest[] = [];
  for (const tab of panelTabs) {
    for (const range of ranges) {
      for (const filter of filters) {
        for (const stackBy of tab === 'overview' ? panelDimensions : panelDimensions.slice(0, 1)) {
          found.push({ ...firstRequest, tab, range, filter, stackBy });
        }
      }
    }
  }
  const range = { fromMs: 0, toMs: endMs };
  const latest = ledger
    .calls({ range, limit: 20_000 })
    .map(({ assistant, sessionId }) => [sessionId, assistant] as const);
  const dearest = ledger
    .sessions({ range, limit: 10, groupBy: [] })
    .spends.map(({ key }) => [key.session ?? '', key.assistant ?? ''] as const);
  for (const [session, assistant] of [...[...new Map(latest)].slice(0, 20), ...dearest]) {
    for (const page of [0, 1]) {
      found.push({ ...firstRequest, session: { assistant, session, order: 'newest', page } });
    }
  }
  return found;
}

interface Taken {
  readonly what: string;
  readonly ms: number;
  /** Of the processor: what it takes where nothing else runs, as everything is read from memory. */
  readonly cpuMs: number;
  readonly bytes: number;
  readonly request: string;
}

interface Timed<T> {
  readonly ms: number;
  readonly cpuMs: number;
  readonly value: T;
}

function timed<T>(action: () => T): Timed<T> {
  const beginMs = performance.now();
  const begin = process.cpuUsage();
  const value = action();
  const { user, system } = process.cpuUsage(begin);
  return { ms: performance.now() - beginMs, cpuMs: (user + system) / 1000, value };
}

function nameOf({ tab, range, session }: PanelRequest): string {
  if (session) return 'session';
  return `${tab} ${range.kind === 'custom' ? 'typed in' : range.kind}`;
}

function yardstick(): number {
  const database = openReadOnly(file);
  const statement = database.prepare(
    'SELECT count(*), total(cost_nano_usd), total(input_tokens) FROM call NOT INDEXED',
  );
  const all = Array.from({ length: 3 }, () => timed(() => statement.get()).cpuMs);
  database.close();
  return Math.min(...all);
}

function show(name: string, shown: readonly Taken[]): void {
  const wall = shown.map(({ ms }) => ms);
  const cpu = shown.map(({ cpuMs }) => cpuMs);
  const kib = shown.map(({ bytes }) => bytes / 1024);
  const cells = [
    percentile(wall, 0.5),
    percentile(wall, 0.95),
    percentile(cpu, 0.95),
    Math.max(...cpu),
    percentile(kib, 0.5),
    Math.max(...kib),
  ];
  const text = cells.map(cell => cell.toFixed(1).padStart(9)).join('');
  console.log(`${name.padEnd(24)}${String(shown.length).padStart(6)}${text}`);
}

/** A call of just now, as they come in while somebody works. */
function addCall(key: string): void {
  const place = { sessionId: 'now', project: '/home/dev/project-01', model: 'gpt-5.5', provider: 'openai' };
  appendCalls(ledger, [inventedCall({ ...place, key, atMs: endMs - 1 })], { prices, assistant: 'codex' });
}

const heads = ['p50 ms', 'p95 ms', 'p95 cpu', 'max cpu', 'p50 KiB', 'max KiB'].map(head => head.padStart(9));
const scanMs = yardstick();
console.log(`${String(count)} calls; one pass over all of them (the yardstick): ${scanMs.toFixed(1)} ms`);

const taken: Taken[] = [];
for (const zone of options.zones.split(',')) {
  const context = contextIn(zone);
  const first = timed(() => panelView(ledger, firstRequest, context));
  console.log(`${zone}: the first view, ${first.cpuMs.toFixed(0)} ms of the processor`);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const request of requests()) {
      const what = nameOf(request);
      if (!what.startsWith(options.only)) continue;
      const { value, ...times } = timed(() => packedView(panelView(ledger, request, context)));
      taken.push({ what, ...times, bytes: value.bytes.length, request: JSON.stringify(request) });
    }
  }
}
const live: Taken[] = [];
const liveContext = contextIn('Europe/Berlin');
for (let index = 0; index < 20; index++) {
  addCall(`now-${String(index)}`);
  const { value, ...times } = timed(() => packedView(panelView(ledger, firstRequest, liveContext)));
  live.push({ what: 'live', ...times, bytes: value.bytes.length, request: '' });
}

console.log(`${''.padEnd(24)} views${heads.join('')}`);
for (const name of new Set(taken.map(({ what }) => what))) {
  const ofName = taken.filter(({ what }) => what === name);
  show(name, ofName);
}
show('all', taken);
show('right after a call', live);
const cpuTimes = taken.map(({ cpuMs }) => cpuMs);
const p95Ms = percentile(cpuTimes, 0.95);
const ratio = (p95Ms / scanMs).toFixed(2);
console.log(`p95 of all views: ${p95Ms.toFixed(1)} ms, ${ratio} × the yardstick; limit ${String(limitP95Ms)} ms`);
for (const { cpuMs, request } of taken.toSorted((a, b) => b.cpuMs - a.cpuMs).slice(0, 8)) {
  console.log(`slowest: ${cpuMs.toFixed(1)} ms ${request}`);
}
const tooLarge = taken.filter(({ what, bytes }) => bytes > limitKib(what) * 1024);
for (const { bytes, request } of tooLarge.toSorted((a, b) => b.bytes - a.bytes).slice(0, 8)) {
  console.log(`too large: ${(bytes / 1024).toFixed(1)} KiB ${request}`);
}
if (p95Ms > limitP95Ms || tooLarge.length > 0) process.exitCode = 1;
