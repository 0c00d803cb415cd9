import type { Billing, Inexactness, Speed } from '../core/call.ts';
import type { AppliedPrice } from '../core/priceBook.ts';
import type { Connection } from './connection.ts';

/** The tables that have nothing but names, so that a call has numbers instead. */
export type NameTable = 'assistant' | 'project' | 'provider' | 'model' | 'entrypoint';

/** What many calls have in common: a row of `kind`. All ids; null where the log does not tell. */
export interface Kind {
  readonly assistantId: number;
  readonly providerId: number | null;
  readonly modelId: number | null;
  readonly entrypointId: number | null;
  /** Null: unpriced. */
  readonly priceId: number | null;
  readonly speed: Speed;
  readonly geo: string | null;
  readonly billing: Billing;
  readonly isSubagent: boolean;
  readonly isCopy: boolean;
  readonly isUnlisted: boolean;
  /** Null: exact. */
  readonly precision: Inexactness | null;
}

/** Ids for names and names for ids, remembered. */
export class Names {
  readonly #connection: Connection;
  readonly #ids = new Map<string, Map<string, number>>();
  readonly #names = new Map<string, Map<number, string>>();
  readonly #prices = new Map<number, AppliedPrice>();
  readonly #kinds = new Map<number, Kind>();
  /** Calls come session by session. */
  #latestSession: { readonly name: string; readonly assistantId: number; readonly id: number } | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onRollback(() => {
      this.#ids.clear();
      this.#names.clear();
      this.#prices.clear();
      this.#kinds.clear();
      this.#latestSession = undefined;
    });
  }

  /** The id of a name, which gets one if it has none. */
  idOf(table: NameTable, name: string): number {
    return this.#idOf(table, name, () =>
      this.#insert(`INSERT OR IGNORE INTO ${table} VALUES (NULL, ?)`, `SELECT id FROM ${table} WHERE name = ?`, [name]),
    );
  }

  optionalIdOf(table: NameTable, name: string | undefined): number | null {
    return name === undefined ? null : this.idOf(table, name);
  }

  sessionId(session: string, assistantId: number): number {
    if (session === this.#latestSession?.name && assistantId === this.#latestSession.assistantId) {
      return this.#latestSession.id;
    }
    const id = this.#findSession(session, assistantId);
    this.#latestSession = { name: session, assistantId, id };
    return id;
  }

  #findSession(session: string, assistantId: number): number {
    return this.#idOf('session', `${String(assistantId)} ${session}`, () =>
      this.#insert(
        'INSERT OR IGNORE INTO session VALUES (NULL, ?, ?)',
        'SELECT id FROM session WHERE assistant_id = ? AND name = ?',
        [assistantId, session],
      ),
    );
  }

  /** Notes how far a log has been read. @returns the log's id */
  keepSource(path: string, assistantId: number, checkpoint: string): number {
    const known = this.#ids.get('source')?.get(path);
    if (known !== undefined) {
      this.#connection.run('UPDATE source SET checkpoint = ? WHERE id = ?', checkpoint, known);
      return known;
    }
    return this.#idOf('source', path, () =>
      this.#read(
        `INSERT INTO source VALUES (NULL, ?, ?, ?)
         ON CONFLICT (path) DO UPDATE SET checkpoint = excluded.checkpoint RETURNING id`,
        [path, assistantId, checkpoint],
      ),
    );
  }

  priceId(price: AppliedPrice | undefined): number | null {
    if (!price) return null;
    return this.#idOf('price', price.id, () => {
      this.#connection.run('INSERT OR IGNORE INTO price VALUES (NULL, ?, ?)', price.id, JSON.stringify(price));
      return this.#read('SELECT id FROM price WHERE name = ?', [price.id]);
    });
  }

  kindId(kind: Kind): number {
    const flags = (kind.isSubagent ? 1 : 0) | (kind.isCopy ? 2 : 0) | (kind.isUnlisted ? 4 : 0);
    const name =
      `${String(kind.assistantId)} ${String(kind.providerId)} ${String(kind.modelId)} ${String(kind.entrypointId)} ` +
      `${String(kind.priceId)} ${kind.speed} ${String(kind.geo)} ${kind.billing} ${String(flags)}` +
      (kind.precision === null ? '' : ` ${kind.precision}`);
    return this.#idOf('kind', name, () => {
      this.#connection.run(
        'INSERT OR IGNORE INTO kind VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        name,
        kind.assistantId,
        kind.providerId,
        kind.modelId,
        kind.entrypointId,
        kind.priceId,
        kind.speed,
        kind.geo,
        kind.billing,
        kind.isSubagent ? 1 : 0,
        kind.isCopy ? 1 : 0,
        kind.isUnlisted ? 1 : 0,
        kind.precision,
      );
      return this.#read('SELECT id FROM kind WHERE name = ?', [name]);
    });
  }

  nameOf(table: NameTable | 'session' | 'price', id: number | null): string | undefined {
    if (id === null) return undefined;
    let names = this.#names.get(table);
    if (!names) this.#names.set(table, (names = new Map<number, string>()));
    const known = names.get(id);
    if (known !== undefined) return known;
    const row = this.#connection.get(`SELECT name FROM ${table} WHERE id = ?`, id) as { name: string } | undefined;
    if (row) names.set(id, row.name);
    return row?.name;
  }

  /** The path of a log that calls were read from. */
  pathOf(sourceId: number): string {
    return (this.#connection.get('SELECT path FROM source WHERE id = ?', sourceId) as { path: string }).path;
  }

  priceOf(id: number | null): AppliedPrice | undefined {
    if (id === null) return undefined;
    const known = this.#prices.get(id);
    if (known) return known;
    const row = this.#connection.get('SELECT applied FROM price WHERE id = ?', id) as { applied: string } | undefined;
    if (!row) return undefined;
    // Written by priceId.
    const price = JSON.parse(row.applied) as AppliedPrice;
    this.#prices.set(id, price);
    return price;
  }

  kindOf(id: number): Kind {
    let kind = this.#kinds.get(id);
    if (!kind) {
      kind = this.#readKinds('SELECT * FROM kind WHERE id = ?', id)[0];
      if (!kind) throw new TypeError(`no kind ${String(id)}`);
    }
    return kind;
  }

  /** The ids of all kinds that match. */
  kindsWhere(matches: (kind: Kind) => boolean): number[] {
    const newest = (this.#connection.get('SELECT max(id) AS id FROM kind') as { id: number | null }).id ?? 0;
    if (this.#kinds.size < newest) this.#readKinds('SELECT * FROM kind');
    return [...this.#kinds].filter(([, kind]) => matches(kind)).map(([id]) => id);
  }

  #readKinds(sql: string, ...values: number[]): Kind[] {
    const rows = this.#connection.all(sql, ...values) as unknown as KindRow[];
    return rows.map(row => {
      const kind: Kind = {
        assistantId: row.assistant_id,
        providerId: row.provider_id,
        modelId: row.model_id,
        entrypointId: row.entrypoint_id,
        priceId: row.price_id,
        speed: row.speed,
        geo: row.geo,
        billing: row.billing,
        isSubagent: row.is_subagent === 1,
        isCopy: row.is_copy === 1,
        isUnlisted: row.is_unlisted === 1,
        precision: row.precision,
      };
      this.#kinds.set(row.id, kind);
      return kind;
    });
  }

  #idOf(table: string, name: string, make: () => number): number {
    let ids = this.#ids.get(table);
    if (!ids) this.#ids.set(table, (ids = new Map<string, number>()));
    let id = ids.get(name);
    if (id === undefined) {
      id = make();
      ids.set(name, id);
    }
    return id;
  }

  #insert(insert: string, select: string, values: (number | string)[]): number {
    const inserted = this.#connection.get(`${insert} RETURNING id`, ...values) as { id: number } | undefined;
    return inserted?.id ?? this.#read(select, values);
  }

  #read(select: string, values: (number | string)[]): number {
    return (this.#connection.get(select, ...values) as { id: number }).id;
  }
}

interface KindRow {
  readonly id: number;
  readonly assistant_id: number;
  readonly provider_id: number | null;
  readonly model_id: number | null;
  readonly entrypoint_id: number | null;
  readonly price_id: number | null;
  readonly speed: Speed;
  readonly geo: string | null;
  readonly billing: Billing;
  readonly is_subagent: number;
  readonly is_copy: number;
  readonly is_unlisted: number;
  readonly precision: Inexactness | null;
}
