import path from 'node:path';

import { switchRecordKey, type SwitchRecord } from '../../src/core/switchRecord.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Home } from './home.ts';
import { appendClaudeCalls, noonZone, writeCodexThread, type InventedCall } from './logs.ts';

/** When the calls below were made is told from here on. */
export const nowMs = Date.now();

/** Where it is noon now, so that today's calls are of today. */
export const timeZone = noonZone(nowMs);

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const sessions = {
  today: '6b8f0e21-94c7-4c7a-b0d5-2a1f3e4d5c01',
  threeDaysAgo: '6b8f0e21-94c7-4c7a-b0d5-2a1f3e4d5c02',
  longAgo: '6b8f0e21-94c7-4c7a-b0d5-2a1f3e4d5c03',
  codex: '019a8b7c-1d2e-7f30-8a41-5b6c7d8e9f02',
} as const;

const sonnet = 'claude-sonnet-5-5';
const opus = 'claude-opus-5-5';

/** Odd counts, so that a wrong sum is seen. */
const claudeCalls: readonly InventedCall[] = [
  {
    atMs: nowMs - 3 * hourMs,
    session: sessions.today,
    model: sonnet,
    input: 120_011,
    output: 50_003,
    cacheRead: 1_000_007,
    cacheWrite1h: 100_001,
  },
  { atMs: nowMs - 2 * hourMs, session: sessions.today, model: opus, input: 17, output: 211, cacheRead: 3_001 },
  { atMs: nowMs - 2 * hourMs + 60_000, session: sessions.today, model: opus, input: 10_003, output: 60_013 },
  { atMs: nowMs - 3 * dayMs, session: sessions.threeDaysAgo, model: opus, output: 100_019 },
  {
    atMs: nowMs - 3 * dayMs + 1000,
    session: sessions.threeDaysAgo,
    model: 'claude-nobody-knows-1',
    input: 5_021,
    output: 701,
  },
  { atMs: nowMs - 20 * dayMs, session: sessions.threeDaysAgo, model: opus, output: 33_331 },
  { atMs: nowMs - 40 * dayMs, session: sessions.longAgo, project: '/home/dev/website', model: opus, output: 500_009 },
];

const codexCall: InventedCall = {
  atMs: nowMs - hourMs,
  session: sessions.codex,
  model: 'gpt-5.5',
  input: 40_009,
  output: 10_007,
  cacheRead: 100_003,
};

/** How many of the calls are in a range. */
export const callsIn = { Today: 4, '7 days': 6, All: 8 } as const;

/** A developer of two projects, with two assistants and three priced models and one that nobody knows. */
export async function writePanelLogs(home: Home): Promise<void> {
  await appendClaudeCalls(home, ...claudeCalls);
  await writeCodexThread(home, [codexCall]);
}

/** A switch that is over, as the extension remembers it: the first of today's calls was made while it held. */
export function rememberSwitch(home: Home): void {
  const record: SwitchRecord = {
    id: 'claude-code:everywhere',
    assistant: 'claude-code',
    project: null,
    internalModel: { model: sonnet, displayName: 'Acme Coder', input: 0.3, output: 1.2 },
    appliedAtMs: nowMs - 4 * hourMs,
    endedAtMs: nowMs - 2.5 * hourMs,
  };
  const ledger = new Ledger(path.join(home.meterDir, 'ledger.db'));
  ledger.decide(switchRecordKey(record), JSON.stringify(record), record.appliedAtMs);
  ledger.close();
}
