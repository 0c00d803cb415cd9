/**
 * The tables, as the steps that lead to them. Step n brings a ledger from version n to n + 1 (`PRAGMA user_version`).
 * A step that has been released is never edited: a new column is a new step at the end.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE assistant (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE project (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE provider (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE model (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE entrypoint (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    assistant_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (name, assistant_id)
  ) STRICT;

  -- Which price a call got, from where and on what basis: an AppliedPrice as JSON, under its id.
  CREATE TABLE price (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, applied TEXT NOT NULL) STRICT;

  -- A log, and how far it has been read. The checkpoint is JSON that only the source understands.
  CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    assistant_id INTEGER NOT NULL,
    checkpoint TEXT
  ) STRICT;

  CREATE TABLE problem (
    source_id INTEGER NOT NULL,
    at_byte INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (source_id, at_byte, kind)
  ) STRICT, WITHOUT ROWID;

  -- What many calls have in common, so that a call has one number for it. Ids of things that a log does not tell are
  -- NULL; price_id is NULL for what is unpriced. With is_unlisted = 1 it is no call: it is usage of a session that its
  -- assistant reports but does not list; it has tokens and cost.
  CREATE TABLE kind (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    assistant_id INTEGER NOT NULL,
    provider_id INTEGER,
    model_id INTEGER,
    entrypoint_id INTEGER,
    price_id INTEGER,
    speed TEXT NOT NULL,
    geo TEXT,
    billing TEXT NOT NULL,
    is_subagent INTEGER NOT NULL,
    is_copy INTEGER NOT NULL,
    is_unlisted INTEGER NOT NULL
  ) STRICT;

  -- The key begins with the id of the assistant, within which it is unique. cost_nano_usd is NULL if the kind has no
  -- price.
  CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    session_id INTEGER NOT NULL,
    project_id INTEGER,
    source_id INTEGER NOT NULL,
    at_byte INTEGER NOT NULL,
    work INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost_nano_usd INTEGER
  ) STRICT;
  CREATE INDEX call_by_time ON call (at_ms);
  CREATE INDEX call_by_session ON call (session_id);

  -- What an assistant said a session had cost so far, by model: the count of a counter that started at counter_ms.
  CREATE TABLE report (
    session_id INTEGER NOT NULL,
    counter_ms INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    model TEXT NOT NULL,
    source_id INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost_nano_usd INTEGER,
    PRIMARY KEY (session_id, counter_ms, at_ms, model)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX report_by_counter ON report (counter_ms);

  -- The sessions that a session is a fork of.
  CREATE TABLE ancestor (
    session_id INTEGER NOT NULL,
    ancestor_id INTEGER NOT NULL,
    PRIMARY KEY (session_id, ancestor_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ancestor_of ON ancestor (ancestor_id);

  -- Alerts that some window has shown: the first one to claim an alert shows it.
  CREATE TABLE alert (key TEXT PRIMARY KEY, claimed_at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  -- What the user decided, such as a refused suggestion; JSON.
  CREATE TABLE decision (key TEXT PRIMARY KEY, value TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- How the numbers came about that are not exact (see Inexactness); NULL: exact.
  ALTER TABLE kind ADD COLUMN precision TEXT;
  -- What the assistant itself recorded: money, and units of its own in billionths. NULL: nothing.
  ALTER TABLE call ADD COLUMN recorded_nano_usd INTEGER;
  ALTER TABLE call ADD COLUMN recorded_nano_credits INTEGER;
  -- Which of several sources of its session the call is from; NULL where there is but one.
  ALTER TABLE call ADD COLUMN source_rank INTEGER;

  -- The first call that each source of a session tells of.
  CREATE TABLE source_start (
    session_id INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    first_at_ms INTEGER NOT NULL,
    PRIMARY KEY (session_id, rank)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Calls that stand in for what another assistant, the maker, has not listed so far: under the keys of call.
  CREATE TABLE stand_in (
    key TEXT PRIMARY KEY,
    maker_id INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX stand_in_by_maker ON stand_in (maker_id, to_ms);
  `,
  `
  -- What went wrong with the call: a sum of outcome flags. NULL: the log does not tell.
  ALTER TABLE call ADD COLUMN outcome INTEGER;
  `,
  `
  -- What was raised unasked for, such as an alert, with what a sentence can be made of; shown_day is the user's day on
  -- which a window has shown it as a notification, NULL if none has. Of one cause (and its period), one is shown.
  CREATE TABLE occasion (
    key TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    facts TEXT NOT NULL,
    shown_day TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Of sessions that Copilot Chat told of because it had another assistant run them, the other one's calls count.
  DELETE FROM call WHERE session_id IN (
    SELECT shown.id FROM session shown
    JOIN assistant carrier ON carrier.id = shown.assistant_id AND carrier.name = 'copilot-chat'
    JOIN session own ON own.name = shown.name
    JOIN assistant maker ON maker.id = own.assistant_id AND maker.name IN ('claude-code', 'codex', 'copilot-cli')
    WHERE EXISTS (SELECT 1 FROM call made WHERE made.session_id = own.id)
  );
  -- These did not say which of their calls another assistant made: they are read again.
  UPDATE source SET checkpoint = NULL
  WHERE assistant_id IN (SELECT id FROM assistant WHERE name IN ('cline', 'roo-code', 'kilo-code'));
  `,
  `
  -- Requests that got no answer: when, of which session, why (see RefusalKind); ends_turn = 0 if the assistant tries again
  -- by itself, or another agent of the session goes on; until when, as the server has said. NULL: the log does not tell.
  CREATE TABLE refusal (
    session_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    ends_turn INTEGER NOT NULL,
    project_id INTEGER,
    model_id INTEGER,
    until_ms INTEGER,
    PRIMARY KEY (session_id, at_ms, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX refusal_by_time ON refusal (at_ms);
  `,
  `
  -- What calls used and cost, summed up by quarter hour, hour and day (UTC), counted from 1970: derived from call, and
  -- true except in the stretches of unsummed (see Sums). project_id is 0 where the log does not tell; most_nano_usd is
  -- the cost of the dearest call. Sums are REAL, as total() gives them, so that none is too large; SQLite stores whole
  -- numbers in as few bytes as in an INTEGER.
  ${sumTable('quarter_sum', ['session_id', 'kind_id', 'project_id'])}
  ${sumTable('hour_sum', ['kind_id', 'project_id'])}
  ${sumTable('day_sum', ['session_id', 'kind_id', 'project_id'])}

  -- Whole quarter hours whose calls have changed since they were summed up, or never were. At first: of all time.
  CREATE TABLE unsummed (from_ms INTEGER PRIMARY KEY, to_ms INTEGER NOT NULL) STRICT;
  INSERT INTO unsummed VALUES (0, 9007199222400000);
  `,
];

/** A table of sums, one for each slot and each of the ids. A part of a step, and so never edited once it is released. */
function sumTable(name: string, ids: readonly string[]): string {
  return `
  CREATE TABLE ${name} (
    slot INTEGER NOT NULL,
    ${ids.map(id => `${id} INTEGER NOT NULL,`).join('\n    ')}
    calls INTEGER NOT NULL,
    first_at_ms INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL,
    most_nano_usd REAL,
    input_tokens REAL NOT NULL,
    output_tokens REAL NOT NULL,
    reasoning_tokens REAL NOT NULL,
    cache_read_tokens REAL NOT NULL,
    cache_write_5m_tokens REAL NOT NULL,
    cache_write_1h_tokens REAL NOT NULL,
    web_searches REAL NOT NULL,
    cost_nano_usd REAL NOT NULL,
    recorded_nano_usd REAL NOT NULL,
    recorded_nano_credits REAL NOT NULL,
    PRIMARY KEY (${['slot', ...ids].join(', ')})
  ) STRICT, WITHOUT ROWID;`;
}
