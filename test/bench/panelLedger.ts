// A ledger as somebody has it who has worked with assistants for a year: invented, and the same for the same numbers.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { noUsage, outcome, type Billing, type Call, type SessionReport } from '../../src/core/call.ts';
import { PriceBook } from '../../src/core/priceBook.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { migrations } from '../../src/ledger/schema.ts';

/** The last call is made before this. */
export const endMs = Date.parse('2026-11-22T13:00:00Z');
const dayMs = 86_400_000;
const hourMs = 3_600_000;
const callsPerSession = 67;
const projects = 30;
const sessionsPerTransaction = 100;

interface Habit {
  readonly assistant: string;
  /** Of all sessions, in hundredths. */
  readonly weight: number;
  readonly models: readonly string[];
  readonly provider: string | undefined;
  readonly billing: Billing;
  /** The model of its subagents. */
  readonly helper?: string;
  readonly more?: Partial<Call>;
}

const habits: readonly Habit[] = [
  {
    assistant: 'claude-code',
    weight: 45,
    models: ['claude-opus-5', 'claude-sonnet-5', 'claude-opus-5', 'claude-sonnet-4-5'],
    provider: 'anthropic',
    billing: 'covered',
    helper: 'claude-haiku-4-5',
  },
  { assistant: 'codex', weight: 20, models: ['gpt-5.5', 'gpt-5.5', 'gpt-5'], provider: 'openai', billing: 'unknown' },
  {
    assistant: 'cline',
    weight: 10,
    models: ['claude-sonnet-5', 'gpt-5.5', 'acme-coder-1'],
    provider: undefined,
    billing: 'billed',
    more: { recordedNanoUsd: 31_000_000 },
  },
  {
    assistant: 'gemini-cli',
    weight: 9,
    models: ['gemini-2.5-pro', 'gemini-2.5-flash'],
    provider: 'google',
    billing: 'billed',
  },
  {
    assistant: 'copilot-cli',
    weight: 8,
    models: ['gpt-5', 'claude-sonnet-4-5'],
    provider: undefined,
    billing: 'covered',
    more: { recordedNanoCredits: 1_000_000_000, precision: 'turn' },
  },
  {
    assistant: 'opencode',
    weight: 8,
    models: ['deepseek-chat', 'qwen3-coder'],
    provider: undefined,
    billing: 'unknown',
  },
];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * The path of a ledger with so many calls, made if it is not there from an earlier run.
 * @param count how many calls over 365 days, with a session for every 67 of them
 */
export function generatedLedger(count: number): string {
  const folder = path.join(os.tmpdir(), 'ai-spend-meter-bench');
  const version = createHash('sha256')
    .update(migrations.join())
    .update(readFileSync(import.meta.filename))
    .digest('hex');
  const file = path.join(folder, `ledger-${String(count)}-${version.slice(0, 12)}.db`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder).filter(name => name.startsWith(`ledger-${String(count)}-`))) {
    rmSync(path.join(folder, old));
  }
  const unfinished = `${file}.new`;
  fill(unfinished, count);
  renameSync(unfinished, file);
  return file;
}

function fill(file: string, count: number): void {
  const ledger = new Ledger(file);
  const prices = new PriceBook();
  const random = randomFrom(1);
  const sessions = Math.ceil(count / callsPerSession);
  let left = count;
  for (let first = 0; first < sessions; first += sessionsPerTransaction) {
    ledger.transaction(() => {
      for (let session = first; session < Math.min(first + sessionsPerTransaction, sessions); session++) {
        // The mean follows what is left, so that the year is full and the last session ends it.
        const length = session === sessions - 1 ? left : Math.min(left, lengthOf(left / (sessions - session), random));
        left -= length;
        const made = sessionOf(session / sessions, { session, length, random });
        ledger.append(
          { id: `/home/dev/logs/${made.assistant}/${String(session)}.jsonl`, assistant: made.assistant },
          { calls: made.calls, reports: made.reports, problems: [], checkpoint: { offset: length } },
          (call, options) => prices.costOf(call, options),
        );
      }
    });
  }
  ledger.close();
}

/** Most sessions are short and a few are very long. */
function lengthOf(mean: number, random: () => number): number {
  const length = Math.ceil(-Math.log(1 - random()) * mean * 0.8);
  return random() < 0.005 ? length + Math.ceil(40 * mean) : length;
}

interface SessionOptions {
  readonly session: number;
  readonly length: number;
  readonly random: () => number;
}

/** @param share how far in the year, from 0 to 1 */
function sessionOf(
  share: number,
  { session, length, random }: SessionOptions,
): {
  readonly assistant: string;
  readonly calls: readonly Call[];
  readonly reports: readonly SessionReport[];
} {
  const habit = pick(habits, random() * 100);
  const sessionId = `00000000-0000-4000-8000-${String(session).padStart(12, '0')}`;
  const name = String(1 + Math.floor(random() ** 2 * projects)).padStart(2, '0');
  const project = random() < 0.02 ? undefined : `/home/dev/project-${name}`;
  const model = habit.models[Math.floor(random() * habit.models.length)];
  const dayFromMs = endMs - 365 * dayMs + Math.floor(share * 365) * dayMs;
  // From seven in the morning to eight in the evening, mostly in the middle; a few at night.
  const startMs =
    dayFromMs - 6 * hourMs + ((random() + random()) / 2) * 12 * hourMs + (random() < 0.03 ? 9 * hourMs : 0);
  const calls: Call[] = [];
  let atMs = Math.floor(startMs);
  let cached = 0;
  for (let index = 0; index < length; index++) {
    const isSubagent = habit.helper !== undefined && index % 10 >= 7;
    const input = Math.floor(random() * 3000);
    const written = habit.provider === 'anthropic' ? Math.floor(random() * 4000) : 0;
    atMs += Math.floor(2000 + random() ** 3 * 240_000);
    if (atMs >= endMs) atMs = endMs - 1;
    if (cached > 160_000) cached = 20_000;
    calls.push({
      key: `${String(session)}-${String(index)}`,
      atMs,
      sessionId,
      project,
      model: isSubagent ? habit.helper : model,
      provider: habit.provider,
      usage: {
        ...noUsage,
        inputTokens: input,
        outputTokens: Math.floor(random() * 2500),
        reasoningTokens: 0,
        cacheReadTokens: isSubagent ? 4000 : cached,
        cacheWrite5mTokens: isSubagent || session % 3 !== 0 ? written : 0,
        cacheWrite1hTokens: isSubagent || session % 3 !== 0 ? 0 : written,
      },
      speed: 'standard',
      geo: undefined,
      billing: habit.billing,
      isSubagent,
      isCopy: false,
      entrypoint: session % 4 === 0 ? 'claude-vscode' : 'cli',
      work: 1 << Math.floor(random() * 6),
      offset: index * 900,
      ...(random() < 0.9 && { outcome: random() < 0.06 ? outcome.toolFailed : 0 }),
      ...habit.more,
    });
    if (!isSubagent) cached += input + written;
  }
  return { assistant: habit.assistant, calls, reports: reportsOf(habit, calls, random) };
}

/** Now and then Claude Code says that a session used more than it lists. */
function reportsOf(habit: Habit, calls: readonly Call[], random: () => number): readonly SessionReport[] {
  const [first, last] = [calls[0], calls.at(-1)];
  if (habit.assistant !== 'claude-code' || !first || !last || calls.length > 300 || random() > 0.1) return [];
  const outputTokens = calls.reduce((sum, call) => sum + call.usage.outputTokens, 0);
  const usage = { ...noUsage, inputTokens: 400_000, outputTokens: outputTokens + 20_000, cacheReadTokens: 90_000_000 };
  return [
    {
      sessionId: first.sessionId,
      atMs: last.atMs,
      counterMs: first.atMs - 1,
      ancestors: [],
      models: [{ model: first.model ?? '', usage, costNanoUsd: undefined }],
    },
  ];
}

function pick(from: readonly Habit[], at: number): Habit {
  let left = at;
  for (const habit of from) {
    if (left < habit.weight) return habit;
    left -= habit.weight;
  }
  return from[0] as Habit;
}
