import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { addUsage, noUsage, usageBuckets } from '../../src/core/call.ts';
import type { Usage } from '../../src/core/call.ts';
import type { Home } from '../workbench/home.ts';
import { run } from './clients.ts';
import type { Booking, ModelServer } from './modelServer.ts';

/** What `ai-spend report --json` says, as docs/report.md has it. */
export interface Report {
  readonly schema: number;
  readonly total: ReportTotal;
  readonly rows: readonly CallRow[];
  readonly sources: readonly { readonly assistant: string; readonly calls: number; readonly problems: number }[];
}

interface ReportTotal extends Usage {
  readonly calls: number;
  readonly costUsd: number;
  readonly unpricedCalls: number;
}

/** A row of `--by call`: a call, or what a session used beyond the calls that its log lists. */
export interface CallRow extends ReportTotal {
  readonly key: string;
  readonly assistant: string;
  readonly model: string;
  readonly session: string;
  readonly atMs: number;
  readonly unlisted?: boolean;
  readonly call: { readonly precision: string; readonly subagent: boolean };
}

const cli = path.join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** Reads the home's logs into its ledger, and says what is in it. */
export async function report(home: Home, env: Readonly<Record<string, string>> = {}): Promise<Report> {
  const args = [cli, 'report', '--json', '--by', 'call', '--time-zone', 'UTC'];
  const output = await run(process.execPath, args, { cwd: home.dir, env: { ...process.env, ...home.env, ...env } });
  return JSON.parse(output) as Report;
}

/** The same from an empty ledger, so that everything is read at once. */
async function reportAnew(home: Home): Promise<Report> {
  const dir = await mkdtemp(path.join(home.dir, 'meter-anew-'));
  try {
    return await report(home, { AI_SPEND_METER_HOME: dir });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** How one assistant lists what a server booked. */
export interface Books {
  readonly assistant: string;
  /** Whether a call made for this purpose has a record of its own in the log. */
  readonly isListed: (booking: Booking) => boolean;
}

/**
 * The ledger has what the server booked: each listed call once, with all its numbers; of the others the sum for each
 * session and model; and nothing else. It has the same whether the logs were read while they grew or all at once.
 */
export async function assertLedgerHasTheBooks(home: Home, server: ModelServer, books: Books): Promise<Report> {
  const grown = await report(home);
  assert.deepEqual(await reportAnew(home), grown, 'the ledger is the same if everything is read at once');

  const paid = server.bookings.filter(booking => booking.usage !== undefined);
  const listed = paid.filter(books.isListed);
  const unlisted = paid.filter(booking => !books.isListed(booking));
  const { assistant } = books;
  assert.deepEqual(
    sorted(grown.rows.filter(row => row.unlisted !== true).map(row => lineOf(row, row))),
    sorted(listed.map(booking => lineOf({ ...booking, assistant, calls: 1 }, booking.usage!))),
    'each listed call once',
  );
  assert.deepEqual(
    sorted(sums(grown.rows.filter(row => row.unlisted === true).map(row => [{ ...row }, row] as const))),
    sorted(sums(unlisted.map(booking => [{ ...booking, assistant, calls: 0 }, booking.usage!] as const))),
    'unlisted usage by session and model',
  );
  assert.deepEqual(
    { calls: grown.total.calls, unpricedCalls: grown.total.unpricedCalls, usage: usageIn(grown.total) },
    { calls: listed.length, unpricedCalls: 0, usage: paid.map(booking => booking.usage!).reduce(addUsage, noUsage) },
    'the total',
  );
  assert.deepEqual(
    grown.sources.map(source => [source.assistant, source.problems]).filter(([, problems]) => problems !== 0),
    [],
    'no problems',
  );
  return grown;
}

interface Place {
  readonly assistant: string;
  readonly session: string;
  readonly model: string;
  readonly calls: number;
}

/**
 * A line to compare. Web searches are not in it: a log may tell them where the search was asked for, the server books
 * them where it was made. The totals have them.
 */
function lineOf({ assistant, session, model, calls }: Place, usage: Usage): string {
  return JSON.stringify({ assistant, session, model, calls, ...usageIn(usage), webSearches: undefined });
}

/** One line for each session and model. */
function sums(parts: readonly (readonly [Place, Usage])[]): string[] {
  const bySum = new Map<string, { place: Place; usage: Usage }>();
  for (const [place, usage] of parts) {
    const key = `${place.session} ${place.model}`;
    bySum.set(key, { place, usage: addUsage(bySum.get(key)?.usage ?? noUsage, usage) });
  }
  return [...bySum.values()].map(({ place, usage }) => lineOf(place, usage));
}

function usageIn(usage: Usage): Usage {
  return Object.fromEntries(usageBuckets.map(bucket => [bucket, usage[bucket]])) as unknown as Usage;
}

function sorted(lines: readonly string[]): string[] {
  return [...lines].sort();
}

/** Dollars as whole billionths. A sum of binary fractions, as assistants make it, is off by far less than one. */
export function nanoUsd(usd: number): number {
  return Math.round(usd * 1e9);
}

/** What one session cost according to the ledger, unlisted usage included. */
export function costOf(report: Report, session: string): number {
  const costs = report.rows.filter(row => row.session === session).map(row => nanoUsd(row.costUsd));
  return costs.reduce((sum, cost) => sum + cost, 0);
}
