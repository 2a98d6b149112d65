-- Trusted publishers: jobs of a CI that may ask for short-lived tokens of a project.
CREATE TABLE publishers (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  index_id    INTEGER NOT NULL REFERENCES indexes (id),
  project     TEXT    NOT NULL CHECK (project <> ''), -- by name: it may come before the project's first release
  kind        TEXT    NOT NULL CHECK (kind <> ''),
  issuer      TEXT    NOT NULL CHECK (issuer <> ''),
  conditions  TEXT    NOT NULL, -- JSON
  permissions TEXT    NOT NULL CHECK (permissions <> ''),
  reads_index INTEGER NOT NULL CHECK (reads_index IN (0, 1)),
  created     INTEGER NOT NULL,
  removed     INTEGER
) STRICT;

CREATE INDEX publishers_of_issuer ON publishers (issuer) WHERE removed IS NULL;

CREATE TRIGGER publishers_never_go BEFORE DELETE ON publishers
BEGIN
  SELECT RAISE(ABORT, 'a publisher is removed by its column: the ledger names it');
END;

CREATE TRIGGER publishers_keep_what_they_may
BEFORE UPDATE OF id, index_id, project, kind, issuer, permissions, reads_index, created ON publishers
BEGIN
  SELECT RAISE(ABORT, 'a publisher keeps what it may');
END;

-- Identity tokens that were exchanged. Each is exchanged once, for as long as it is valid.
CREATE TABLE exchanged_tokens (
  issuer   TEXT    NOT NULL,
  token_id TEXT    NOT NULL,
  until    INTEGER NOT NULL,
  PRIMARY KEY (issuer, token_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX exchanged_tokens_by_end ON exchanged_tokens (until);

-- 1: made for a run, and allowed what its publishers are.
ALTER TABLE tokens ADD COLUMN minted INTEGER NOT NULL DEFAULT 0 CHECK (minted IN (0, 1));

CREATE TRIGGER tokens_stay_minted BEFORE UPDATE OF minted ON tokens
BEGIN
  SELECT RAISE(ABORT, 'a token never changes');
END;

CREATE TABLE token_publishers (
  token_id     INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  publisher_id INTEGER NOT NULL REFERENCES publishers (id),
  PRIMARY KEY (token_id, publisher_id)
) STRICT, WITHOUT ROWID;
