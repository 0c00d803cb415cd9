import { mergeCalls, type Call, type LaterOutcome, type Maker, type Usage } from '../core/call.ts';
import type { AppliedPrice, Cost, PricedModel } from '../core/priceBook.ts';
import type { Connection } from './connection.ts';
import type { KindTotals } from './kindTotals.ts';
import type { Kind, Names } from './names.ts';
import { SourceRanks } from './sourceRanks.ts';
import type { Tables } from './spendQuery.ts';
import { StandIns, type Listed } from './standIns.ts';
import type { Sums } from './sums.ts';

/** Prices a call; `aggregate` says that its usage is that of several calls. */
export type CostOf = (call: Call, options?: { readonly aggregate?: boolean }) => Cost;

/** What has a price now. */
export interface Pricing {
  readonly costOf: CostOf;
  /** Whether calls of a model have a price at any time. */
  readonly knows: (call: PricedModel) => boolean;
}

/** What a call needs, beyond itself, to become a row. */
export interface RowContext {
  readonly assistantId: number;
  readonly sourceId: number;
  readonly costOf: CostOf;
  readonly isUnlisted: boolean;
}

export interface UsageRow {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_5m_tokens: number;
  readonly cache_write_1h_tokens: number;
  readonly web_searches: number;
}

export interface CallRow extends UsageRow {
  readonly id: number;
  readonly key: string;
  readonly kind_id: number;
  readonly at_ms: number;
  readonly session_id: number;
  readonly project_id: number | null;
  readonly source_id: number;
  readonly at_byte: number;
  readonly work: number;
  readonly cost_nano_usd: number | null;
  readonly recorded_nano_usd: number | null;
  readonly recorded_nano_credits: number | null;
  readonly source_rank: number | null;
  readonly outcome: number | null;
}

export function usageOf(row: UsageRow): Usage {
  return {
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    reasoningTokens: row.reasoning_tokens,
    cacheReadTokens: row.cache_read_tokens,
    cacheWrite5mTokens: row.cache_write_5m_tokens,
    cacheWrite1hTokens: row.cache_write_1h_tokens,
    webSearches: row.web_searches,
  };
}

/** Calls as rows, and rows as calls. */
export class CallRows {
  readonly #connection: Connection;
  readonly #names: Names;
  readonly #ranks: SourceRanks;
  readonly #standIns: StandIns;
  readonly #sums: Sums;
  readonly #totals: KindTotals | undefined;
  /** The kind of the call before, and what it was found for: mostly the next call is of the same kind. */
  #latest:
    | {
        readonly call: Call;
        readonly price: AppliedPrice | undefined;
        readonly isUnlisted: boolean;
        readonly assistantId: number;
        readonly kindId: number;
      }
    | undefined;

  constructor({ connection, names, sums, totals }: Tables) {
    this.#connection = connection;
    this.#names = names;
    this.#sums = sums;
    this.#totals = totals;
    this.#standIns = new StandIns({ connection, names, sums });
    this.#ranks = new SourceRanks({ connection, names, sums }, this.#standIns);
    connection.onRollback(() => {
      this.#latest = undefined;
    });
  }

  /**
   * Keeps a call, merged with what is known of it. Who calls this notes when what it returns was made (`Sums.noteChange`).
   * @returns what is in the ledger now, and what was: nothing if that is the same
   */
  put(call: Call, context: RowContext): readonly Call[] {
    if (call.madeBy !== undefined) return this.#putStandIn(call, call.madeBy, context);
    if (call.sourceRank !== undefined && !this.#ranks.admit(call, context.assistantId)) return [];
    if (this.insert(call, context.costOf(call, { aggregate: context.isUnlisted }), context)) return [call];
    // It could not be inserted because there is a row with its key.
    const row = this.#connection.get('SELECT * FROM call WHERE key = ?', rowKey(call.key, context)) as CallRow;
    const known = this.callOf(row);
    const merged = mergeCalls(known, call);
    const sourceId = this.#sourceOf(merged, [
      [known, row.source_id],
      [call, context.sourceId],
    ]);
    if (isSameCall(merged, known) && sourceId === row.source_id) return [];
    const cost = context.costOf(merged, { aggregate: context.isUnlisted });
    // As `run` would, but for the totals, which know of it.
    this.#connection.statement('DELETE FROM call WHERE id = ?').run(row.id);
    this.insert(merged, cost, { ...context, sourceId });
    this.#totals?.replaced(row, merged);
    return [merged, known];
  }

  /** Keeps a call that another assistant made, unless that one lists it itself. */
  #putStandIn({ madeBy: _, ...call }: Call, maker: Maker, context: RowContext): readonly Call[] {
    const key = rowKey(call.key, context);
    const whole = this.#standIns.note(key, maker);
    const row = this.#connection.get('SELECT * FROM call WHERE key = ?', key) as CallRow | undefined;
    const known = row && this.callOf(row);
    if (!this.#standIns.isListed(known ? mergeCalls(known, call) : call, whole)) return this.put(call, context);
    if (!known) return [];
    this.#connection.run('DELETE FROM call WHERE key = ?', key);
    return [known];
  }

  /** Takes out what stood in for calls that are listed now. */
  settle(listed: Listed): void {
    this.#standIns.settle(listed);
  }

  /** Keeps what is told of a call later. @returns whether that is new */
  addOutcome({ key, outcome }: LaterOutcome, context: Pick<RowContext, 'assistantId'>): boolean {
    const { changes } = this.#connection
      .statement(
        'UPDATE call SET outcome = ifnull(outcome, 0) | ? WHERE key = ? AND (outcome IS NULL OR outcome & ? <> ?)',
      )
      .run(outcome, rowKey(key, context), outcome, outcome);
    return changes > 0;
  }

  /** The log that a merged call is said to be from: that of the reading it has its place from; of two, the first by name. */
  #sourceOf(merged: Call, readings: readonly (readonly [reading: Call, sourceId: number])[]): number {
    const candidates = readings
      .filter(([reading]) => reading.sessionId === merged.sessionId && reading.offset === merged.offset)
      .map(([, sourceId]) => sourceId);
    const [first, second = first] = candidates;
    if (first === undefined || second === undefined) {
      throw new TypeError('a merged call has the place of one of its readings');
    }
    return first === second || this.#names.pathOf(first) < this.#names.pathOf(second) ? first : second;
  }

  /**
   * Who calls this says when the calls were made (`Sums.noteChange`).
   * @returns false if there is a row with the call's key
   */
  insert(call: Call, cost: Cost, context: RowContext): boolean {
    const { usage, recordedNanoUsd, recordedNanoCredits, sourceRank } = call;
    const kindId = this.#kindId(call, cost, context);
    const values = [
      rowKey(call.key, context),
      kindId,
      call.atMs,
      this.#names.sessionId(call.sessionId, context.assistantId),
      this.#names.optionalIdOf('project', call.project),
      context.sourceId,
      call.offset,
      call.work,
      usage.inputTokens,
      usage.outputTokens,
      usage.reasoningTokens,
      usage.cacheReadTokens,
      usage.cacheWrite5mTokens,
      usage.cacheWrite1hTokens,
      usage.webSearches,
      cost.nanoUsd ?? null,
      call.outcome ?? null,
    ];
    // Few calls have one of these, and to store that there is none takes time too.
    const hasMore = recordedNanoUsd !== undefined || recordedNanoCredits !== undefined || sourceRank !== undefined;
    const { changes } = hasMore
      ? this.#connection
          .statement(insertWholeCall)
          .run(...values, recordedNanoUsd ?? null, recordedNanoCredits ?? null, sourceRank ?? null)
      : this.#connection.statement(insertCall).run(...values);
    if (changes === 0) return false;
    this.#totals?.add(kindId, call, cost.nanoUsd);
    return true;
  }

  #modelOf(kind: Kind): PricedModel {
    return {
      model: this.#names.nameOf('model', kind.modelId),
      provider: this.#names.nameOf('provider', kind.providerId),
      speed: kind.speed,
      geo: kind.geo ?? undefined,
    };
  }

  callOf(row: CallRow): Call {
    const kind = this.#names.kindOf(row.kind_id);
    return {
      key: row.key.slice(row.key.indexOf(' ') + 1),
      atMs: row.at_ms,
      sessionId: this.#names.nameOf('session', row.session_id) ?? '',
      project: this.#names.nameOf('project', row.project_id),
      ...this.#modelOf(kind),
      usage: usageOf(row),
      billing: kind.billing,
      isSubagent: kind.isSubagent,
      isCopy: kind.isCopy,
      entrypoint: this.#names.nameOf('entrypoint', kind.entrypointId),
      work: row.work,
      offset: row.at_byte,
      ...optional('precision', kind.precision),
      ...optional('recordedNanoUsd', row.recorded_nano_usd),
      ...optional('recordedNanoCredits', row.recorded_nano_credits),
      ...optional('sourceRank', row.source_rank),
      ...optional('outcome', row.outcome),
    };
  }

  /**
   * Prices what has no price yet.
   * @returns how many calls now have a price
   */
  reprice({ costOf, knows }: Pricing): number {
    let priced = 0;
    for (const kindId of this.#names.kindsWhere(kind => kind.priceId === null && kind.modelId !== null)) {
      const kind = this.#names.kindOf(kindId);
      // To look for calls of a kind is to look at all calls, and most models without a price will have none.
      if (!knows(this.#modelOf(kind))) continue;
      const rows = this.#connection.all(
        'SELECT * FROM call WHERE kind_id = ? ORDER BY at_ms DESC',
        kindId,
      ) as unknown as CallRow[];
      for (const row of rows) {
        const call = this.callOf(row);
        const cost = costOf(call, { aggregate: kind.isUnlisted });
        // A price begins at some day: what lies before the first call without one has none either.
        if (cost.nanoUsd === undefined) break;
        const context = { assistantId: kind.assistantId, isUnlisted: kind.isUnlisted };
        this.#connection.run(
          'UPDATE call SET kind_id = ?, cost_nano_usd = ? WHERE id = ?',
          this.#kindId(call, cost, context),
          cost.nanoUsd,
          row.id,
        );
        this.#sums.noteChange(row.at_ms);
        priced++;
      }
    }
    return priced;
  }

  #kindId(
    call: Call,
    { price }: Cost,
    { assistantId, isUnlisted }: Pick<RowContext, 'assistantId' | 'isUnlisted'>,
  ): number {
    const latest = this.#latest;
    if (
      latest !== undefined &&
      latest.price === price &&
      latest.assistantId === assistantId &&
      latest.isUnlisted === isUnlisted &&
      isSameKind(latest.call, call)
    ) {
      return latest.kindId;
    }
    const kindId = this.#names.kindId({
      assistantId,
      providerId: this.#names.optionalIdOf('provider', call.provider ?? price?.provider),
      modelId: this.#names.optionalIdOf('model', call.model),
      entrypointId: this.#names.optionalIdOf('entrypoint', call.entrypoint),
      priceId: this.#names.priceId(price),
      speed: call.speed,
      geo: call.geo ?? null,
      billing: call.billing,
      isSubagent: call.isSubagent,
      isCopy: call.isCopy,
      isUnlisted,
      precision: call.precision ?? null,
    });
    this.#latest = { call, price, isUnlisted, assistantId, kindId };
    return kindId;
  }
}

function isSameKind(a: Call, b: Call): boolean {
  return (
    a.model === b.model &&
    a.provider === b.provider &&
    a.entrypoint === b.entrypoint &&
    a.speed === b.speed &&
    a.geo === b.geo &&
    a.billing === b.billing &&
    a.isSubagent === b.isSubagent &&
    a.isCopy === b.isCopy &&
    a.precision === b.precision
  );
}

const commonColumns = [
  'key',
  'kind_id',
  'at_ms',
  'session_id',
  'project_id',
  'source_id',
  'at_byte',
  'work',
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'web_searches',
  'cost_nano_usd',
  'outcome',
];
const insertCall = insertOf(commonColumns);
const insertWholeCall = insertOf([...commonColumns, 'recorded_nano_usd', 'recorded_nano_credits', 'source_rank']);

function insertOf(columns: readonly string[]): string {
  const values = columns.map(() => '?').join(', ');
  return `INSERT INTO call (${columns.join(', ')}) VALUES (${values}) ON CONFLICT DO NOTHING`;
}

/** A key is unique within its assistant; the table has the keys of all. */
export function rowKey(key: string, { assistantId }: Pick<RowContext, 'assistantId'>): string {
  return `${String(assistantId)} ${key}`;
}

function isSameCall(a: Call, b: Call): boolean {
  const { usage: usageA, ...restA } = a;
  const { usage: usageB, ...restB } = b;
  return isSameRecord(usageA, usageB) && isSameRecord(restA, restB);
}

export function isSameRecord(a: object, b: object): boolean {
  const other = b as Readonly<Record<string, unknown>>;
  const fields = Object.entries(a);
  return fields.length === Object.keys(b).length && fields.every(([field, value]) => other[field] === value);
}

/** A field that is absent, and not undefined, if there is no value. */
function optional<K extends string, V>(field: K, value: V | null): Partial<Record<K, V>> {
  // One field of the type that it says.
  return (value === null ? {} : { [field]: value }) as Partial<Record<K, V>>;
}
