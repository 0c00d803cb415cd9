import type { Call, SessionReport } from '../core/call.ts';
import { unlistedUsage, type ListedUse, type UnlistedUsage } from '../core/unlisted.ts';
import { isSameRecord, rowKey, usageOf, type CallRow, type CallRows, type CostOf, type UsageRow } from './callRows.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';
import type { Tables } from './spendQuery.ts';
import type { Sums } from './sums.ts';

/** What assistants report of sessions, and the usage beyond the listed calls that follows from it. */
export class ReportRows {
  readonly #connection: Connection;
  readonly #names: Names;
  readonly #sums: Sums;
  readonly #calls: CallRows;

  constructor({ connection, names, sums }: Tables, calls: CallRows) {
    this.#connection = connection;
    this.#names = names;
    this.#sums = sums;
    this.#calls = calls;
  }

  /** @returns whether the report said something new */
  put(report: SessionReport, assistantId: number, sourceId: number): boolean {
    const sessionId = this.#names.sessionId(report.sessionId, assistantId);
    let changes = 0;
    for (const ancestor of report.ancestors) {
      const ancestorId = this.#names.sessionId(ancestor, assistantId);
      changes += this.#connection.run('INSERT OR IGNORE INTO ancestor VALUES (?, ?)', sessionId, ancestorId);
    }
    for (const { model, usage, costNanoUsd } of report.models) {
      // Of two reports between which no time passed the larger one is the later one.
      changes += this.#connection.run(
        `INSERT INTO report VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET
           source_id = excluded.source_id, input_tokens = excluded.input_tokens,
           output_tokens = excluded.output_tokens, reasoning_tokens = excluded.reasoning_tokens,
           cache_read_tokens = excluded.cache_read_tokens, cache_write_5m_tokens = excluded.cache_write_5m_tokens,
           cache_write_1h_tokens = excluded.cache_write_1h_tokens, web_searches = excluded.web_searches,
           cost_nano_usd = excluded.cost_nano_usd
         WHERE excluded.input_tokens + excluded.output_tokens + excluded.cache_read_tokens
             + excluded.cache_write_5m_tokens + excluded.cache_write_1h_tokens + excluded.web_searches
           > report.input_tokens + report.output_tokens + report.cache_read_tokens
             + report.cache_write_5m_tokens + report.cache_write_1h_tokens + report.web_searches`,
        sessionId,
        report.counterMs,
        report.atMs,
        model,
        sourceId,
        usage.inputTokens,
        usage.outputTokens,
        usage.reasoningTokens,
        usage.cacheReadTokens,
        usage.cacheWrite5mTokens,
        usage.cacheWrite1hTokens,
        usage.webSearches,
        costNanoUsd ?? null,
      );
    }
    return changes > 0;
  }

  /**
   * Brings the unlisted usage of a session, and of all that share a counter with it or are a fork of it, to what the
   * reports and the listed calls now say.
   */
  reconcile(session: string, assistantId: number, costOf: CostOf): void {
    if (this.#connection.get('SELECT 1 FROM report LIMIT 1') === undefined) return;
    const sessionId = this.#names.sessionId(session, assistantId);
    const counters = this.#connection.all(
      `SELECT DISTINCT counter_ms AS counterMs FROM report WHERE session_id = ?
       UNION
       SELECT DISTINCT r.counter_ms FROM ancestor a JOIN report r ON r.session_id = a.session_id
       WHERE a.ancestor_id = ?`,
      sessionId,
      sessionId,
    ) as { counterMs: number }[];
    for (const { counterMs } of counters) this.#reconcileCounter(counterMs, assistantId, costOf);
  }

  #reconcileCounter(counterMs: number, assistantId: number, costOf: CostOf): void {
    const { reports, sourceIds } = this.#reportsOf(counterMs, assistantId);
    const listed = this.#listedUse(counterMs, assistantId);
    const wanted = new Map<string, UnlistedUsage>();
    for (const unlisted of unlistedUsage({ counterMs, reports, listed })) {
      wanted.set(rowKey(unlistedKey(unlisted), { assistantId }), unlisted);
    }
    const prefix = rowKey(counterPrefix(counterMs), { assistantId });
    const rows = this.#connection.all(
      'SELECT * FROM call WHERE key >= ? AND key < ?',
      prefix,
      `${prefix}\u{10ffff}`,
    ) as unknown as CallRow[];
    for (const row of rows) {
      const unlisted = wanted.get(row.key);
      if (unlisted && isSameRecord(unlisted.usage, usageOf(row))) wanted.delete(row.key);
      else this.#sums.deleteCalls('id = ?', row.id);
    }
    for (const unlisted of wanted.values()) {
      const call = this.#unlistedCall(unlisted, assistantId);
      const sourceId = sourceIds.get(unlisted.sessionId);
      if (sourceId === undefined) throw new TypeError('a report has a source');
      this.#calls.insert(call, costOf(call, { aggregate: true }), { assistantId, sourceId, costOf, isUnlisted: true });
      this.#sums.noteChange(call.atMs);
    }
  }

  #reportsOf(
    counterMs: number,
    assistantId: number,
  ): { readonly reports: readonly SessionReport[]; readonly sourceIds: ReadonlyMap<string, number> } {
    const rows = this.#connection.all(
      `SELECT r.*, s.name AS session FROM report r JOIN session s ON s.id = r.session_id
       WHERE r.counter_ms = ? AND s.assistant_id = ? ORDER BY r.session_id, r.at_ms, r.model`,
      counterMs,
      assistantId,
    ) as unknown as (UsageRow & ReportRow)[];
    const ancestors = new Map<string, string[]>();
    const sourceIds = new Map<string, number>();
    const reports = new Map<string, SessionReport & { models: SessionReport['models'][number][] }>();
    for (const row of rows) {
      if (!ancestors.has(row.session)) ancestors.set(row.session, this.#ancestorsOf(row.session_id));
      sourceIds.set(row.session, row.source_id);
      const key = `${row.session} ${String(row.at_ms)}`;
      let report = reports.get(key);
      if (!report) {
        report = {
          sessionId: row.session,
          atMs: row.at_ms,
          counterMs,
          ancestors: ancestors.get(row.session) ?? [],
          models: [],
        };
        reports.set(key, report);
      }
      report.models.push({ model: row.model, usage: usageOf(row), costNanoUsd: row.cost_nano_usd ?? undefined });
    }
    return { reports: [...reports.values()], sourceIds };
  }

  #ancestorsOf(sessionId: number): string[] {
    const rows = this.#connection.all(
      'SELECT s.name FROM ancestor a JOIN session s ON s.id = a.ancestor_id WHERE a.session_id = ? ORDER BY s.name',
      sessionId,
    ) as { name: string }[];
    return rows.map(row => row.name);
  }

  /** The listed calls of the sessions that a counter counted, and of those that they are forks of. */
  #listedUse(counterMs: number, assistantId: number): ListedUse[] {
    const rows = this.#connection.all(
      `SELECT * FROM call WHERE at_ms >= ? AND session_id IN (
         SELECT r.session_id FROM report r JOIN session s ON s.id = r.session_id
         WHERE r.counter_ms = ? AND s.assistant_id = ?
         UNION
         SELECT a.ancestor_id FROM ancestor a JOIN report r ON r.session_id = a.session_id
         JOIN session s ON s.id = r.session_id WHERE r.counter_ms = ? AND s.assistant_id = ?)`,
      counterMs,
      counterMs,
      assistantId,
      counterMs,
      assistantId,
    ) as unknown as CallRow[];
    return rows.flatMap(row => {
      const kind = this.#names.kindOf(row.kind_id);
      if (kind.isUnlisted) return [];
      return {
        sessionId: this.#names.nameOf('session', row.session_id) ?? '',
        model: this.#names.nameOf('model', kind.modelId) ?? '',
        atMs: row.at_ms,
        isSubagent: kind.isSubagent,
        usage: usageOf(row),
      };
    });
  }

  /** Unlisted usage as a row, with the project and the entrypoint of the session's first call. */
  #unlistedCall(unlisted: UnlistedUsage, assistantId: number): Call {
    const rows = this.#connection.all(
      'SELECT * FROM call WHERE session_id = ? ORDER BY at_ms, key',
      this.#names.sessionId(unlisted.sessionId, assistantId),
    ) as unknown as CallRow[];
    const row = rows.find(candidate => !this.#names.kindOf(candidate.kind_id).isUnlisted);
    const first = row && this.#calls.callOf(row);
    return {
      key: unlistedKey(unlisted),
      atMs: unlisted.atMs,
      sessionId: unlisted.sessionId,
      project: first?.project,
      model: unlisted.model,
      provider: undefined,
      usage: unlisted.usage,
      speed: 'standard',
      geo: undefined,
      billing: first?.billing ?? 'unknown',
      isSubagent: false,
      isCopy: false,
      entrypoint: first?.entrypoint,
      work: 0,
      offset: 0,
    };
  }
}

function counterPrefix(counterMs: number): string {
  return `unlisted ${String(counterMs)} `;
}

function unlistedKey({ counterMs, sessionId, model, atMs }: UnlistedUsage): string {
  return `${counterPrefix(counterMs)}${sessionId} ${model} ${String(atMs)}`;
}

interface ReportRow {
  readonly session: string;
  readonly session_id: number;
  readonly source_id: number;
  readonly at_ms: number;
  readonly model: string;
  readonly cost_nano_usd: number | null;
}
