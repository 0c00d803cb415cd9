import { openDatabase } from '../../../src/sqlite.ts';
import { Specimen, type Random } from './fuzzMutate.ts';

type Value = null | number | bigint | string | Uint8Array;

interface Table {
  readonly insert: string;
  /** Of each row, its values and what texts of them can become. */
  readonly rows: readonly (readonly { readonly value: Value; readonly specimen: Specimen | undefined }[])[];
}

/** @returns what adds mutants of a database's rows to it, and says how many */
export function rowMutator(path: string): (random: Random, most: number) => number {
  const tables = tablesOf(path).filter(({ rows }) => rows.length > 0);
  return (random, most) => {
    const database = openDatabase(path);
    try {
      // Rows that refer to none are mutants too; and nobody needs this file after a crash.
      database.exec('PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN');
      let made = 0;
      for (; made < most; made++) {
        const table = tables[random.below(tables.length)];
        const row = table?.rows[random.below(table.rows.length)];
        if (!table || !row) break;
        const odd = random.below(row.length);
        const values = row.map(({ value, specimen }, column) =>
          column === odd || random.isOneIn(4) ? mutantOf(value, specimen, random) : value,
        );
        try {
          database.prepare(table.insert).run(...values);
        } catch {
          // The table itself does not take such a row: then no reader meets it. Some errors take back all before.
          if (!database.isTransaction) database.exec('BEGIN');
        }
      }
      database.exec('COMMIT');
      return made;
    } finally {
      database.close();
    }
  };
}

function tablesOf(path: string): Table[] {
  const database = openDatabase(path);
  try {
    const names = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all() as { readonly name: string }[];
    return names.map(({ name }) => {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      const select = database.prepare(`SELECT * FROM ${quoted}`);
      select.setReadBigInts(true);
      // Each column of a row is one of these by SQLite's own types.
      const rows = select.all() as Record<string, Value>[];
      const places = select.columns().map(() => '?');
      return {
        insert: `INSERT OR REPLACE INTO ${quoted} VALUES (${places.join(', ')})`,
        rows: rows.map(row =>
          Object.values(row).map(value => ({
            value,
            specimen: typeof value === 'string' ? new Specimen(Buffer.from(value).toString('latin1')) : undefined,
          })),
        ),
      };
    });
  } finally {
    database.close();
  }
}

const oddValues: readonly [Value, ...Value[]] = [
  null,
  0,
  -1,
  0.5,
  1e300,
  Infinity,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  '',
  '__proto__',
  'constructor',
  'a\0b',
  '99999999999',
  '{"__proto__":{"polluted":1}}',
  new Uint8Array(),
  new Uint8Array([0x7b, 0x00, 0xff, 0x7d]),
];

function mutantOf(value: Value, specimen: Specimen | undefined, random: Random): Value {
  if (specimen && !random.isOneIn(4)) {
    const bytes = Buffer.from(specimen.mutant(random), 'latin1');
    return random.isOneIn(16) ? bytes : bytes.toString('utf8');
  }
  if (random.isOneIn(4)) return 'x'.repeat(random.size(14));
  // Else all of them would be one row, in a table whose key this is.
  if ((typeof value === 'bigint' || typeof value === 'number') && !random.isOneIn(3)) return random.below(2 ** 31);
  return random.pick(oddValues);
}
