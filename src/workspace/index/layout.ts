/** Another number and the index is built anew. */
export const LAYOUT_VERSION = 13

/** Later than every end: what stands for good, and what nobody has judged yet. */
export const NEVER = 9e15

/** See README.md beside this file. */
export const LAYOUT = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE directories (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    signature TEXT
  );
  CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    directory INTEGER NOT NULL,
    name TEXT NOT NULL,
    signature TEXT,
    fault TEXT,
    record_id TEXT,
    run_id TEXT,
    payload TEXT,
    expires_at TEXT,
    position INTEGER,
    author TEXT,
    token INTEGER,
    received_at TEXT,
    arrived_at REAL,
    came_at REAL,
    rank TEXT,
    ends_at REAL NOT NULL DEFAULT ${NEVER},
    kept_until REAL NOT NULL DEFAULT ${NEVER},
    UNIQUE (directory, name)
  );
  CREATE INDEX files_by_record ON files (record_id);
  CREATE INDEX files_by_time ON files (directory, came_at);
  CREATE INDEX files_by_end ON files (kept_until);
  CREATE INDEX files_kept ON files (directory, kept_until);
  CREATE INDEX files_by_rank ON files (directory, rank, record_id) WHERE rank IS NOT NULL AND kept_until = ${NEVER};
  CREATE INDEX files_faulty ON files (directory) WHERE fault IS NOT NULL;
  CREATE INDEX files_unsettled ON files (directory) WHERE signature IS NULL;

  CREATE TABLE hold_paths (path TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (path, file)) WITHOUT ROWID;

  CREATE TABLE mentions (target TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (target, file)) WITHOUT ROWID;

  CREATE TABLE looks (
    id INTEGER PRIMARY KEY,
    space TEXT NOT NULL,
    kind TEXT NOT NULL,
    directory TEXT NOT NULL,
    generation TEXT NOT NULL,
    signature TEXT,
    file_count INTEGER NOT NULL DEFAULT 0,
    slice TEXT NOT NULL DEFAULT '',
    UNIQUE (space, kind, directory)
  );
  CREATE TABLE sent (
    look INTEGER NOT NULL,
    name TEXT NOT NULL,
    signature TEXT,
    record_id TEXT,
    hash TEXT,
    revision INTEGER,
    PRIMARY KEY (look, name)
  ) WITHOUT ROWID;
  CREATE INDEX sent_otherwise ON sent (look, record_id) WHERE record_id IS NOT NULL AND name <> record_id || '.json';
  CREATE INDEX sent_unsettled ON sent (look) WHERE signature IS NULL;
`
