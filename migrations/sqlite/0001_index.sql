-- Times are integer microseconds since 1970, UTC. Digests are lower-case hexadecimal.

CREATE TABLE indexes (
  id      INTEGER PRIMARY KEY,
  name    TEXT    NOT NULL UNIQUE CHECK (name <> ''),
  serial  INTEGER NOT NULL DEFAULT 0 CHECK (serial >= 0),
  created INTEGER NOT NULL
) STRICT;

-- The foreign keys below carry index_id along, so that a release or a file cannot name a parent of another index.
CREATE TABLE projects (
  id       INTEGER PRIMARY KEY,
  index_id INTEGER NOT NULL REFERENCES indexes (id),
  name     TEXT    NOT NULL CHECK (name <> ''),
  serial   INTEGER NOT NULL CHECK (serial > 0),
  created  INTEGER NOT NULL,
  UNIQUE (index_id, name),
  UNIQUE (id, index_id)
) STRICT;

CREATE TABLE releases (
  id         INTEGER PRIMARY KEY,
  index_id   INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  version    TEXT    NOT NULL CHECK (version <> ''),
  created    INTEGER NOT NULL,
  UNIQUE (project_id, version),
  UNIQUE (id, index_id),
  FOREIGN KEY (project_id, index_id) REFERENCES projects (id, index_id)
) STRICT;

-- A project page reads releases in the order of their ids; this index ends in the id, so nothing is sorted.
CREATE INDEX releases_by_project ON releases (project_id);

CREATE TABLE files (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  index_id        INTEGER NOT NULL,
  release_id      INTEGER NOT NULL,
  filename        TEXT    NOT NULL CHECK (filename <> ''),
  kind            TEXT    NOT NULL CHECK (kind IN ('wheel', 'sdist')),
  sha256          TEXT    NOT NULL CHECK (length(sha256) = 64),
  blake2b_256     TEXT    NOT NULL CHECK (length(blake2b_256) = 64),
  size            INTEGER NOT NULL CHECK (size >= 0),
  requires_python TEXT,
  metadata_sha256 TEXT    CHECK (length(metadata_sha256) = 64),
  uploaded        INTEGER NOT NULL,
  yanked          TEXT,
  UNIQUE (index_id, filename),
  FOREIGN KEY (release_id, index_id) REFERENCES releases (id, index_id)
) STRICT;

CREATE INDEX files_by_release ON files (release_id, filename);

CREATE TRIGGER files_never_change
BEFORE UPDATE OF id, index_id, release_id, filename, kind, sha256, blake2b_256, size, metadata_sha256, uploaded
ON files
BEGIN
  SELECT RAISE(ABORT, 'a file never changes');
END;

CREATE TABLE burned_filenames (
  index_id INTEGER NOT NULL REFERENCES indexes (id),
  filename TEXT    NOT NULL,
  sha256   TEXT    NOT NULL CHECK (length(sha256) = 64),
  deleted  INTEGER NOT NULL,
  PRIMARY KEY (index_id, filename)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER burned_filenames_never_change BEFORE UPDATE ON burned_filenames
BEGIN
  SELECT RAISE(ABORT, 'a burned filename stays burned');
END;

CREATE TRIGGER burned_filenames_never_go BEFORE DELETE ON burned_filenames
BEGIN
  SELECT RAISE(ABORT, 'a burned filename stays burned');
END;

CREATE TRIGGER files_never_take_a_burned_filename BEFORE INSERT ON files
WHEN EXISTS (
  SELECT 1 FROM burned_filenames WHERE index_id = NEW.index_id AND filename = NEW.filename
)
BEGIN
  SELECT RAISE(ABORT, 'a burned filename stays burned');
END;

CREATE TABLE tokens (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  label       TEXT    NOT NULL,
  hash        TEXT    NOT NULL UNIQUE CHECK (length(hash) = 64),
  permissions TEXT    NOT NULL CHECK (permissions <> ''),
  project     TEXT    CHECK (project <> ''),
  created     INTEGER NOT NULL,
  expires     INTEGER,
  last_used   INTEGER,
  revoked     INTEGER
) STRICT;

-- What a token may do is settled when it is made, and revoking it is for ever.
CREATE TRIGGER tokens_never_change
BEFORE UPDATE OF id, hash, permissions, project, created, expires ON tokens
BEGIN
  SELECT RAISE(ABORT, 'a token never changes');
END;

CREATE TRIGGER tokens_stay_revoked BEFORE UPDATE OF revoked ON tokens WHEN OLD.revoked IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a revoked token stays revoked');
END;

CREATE TABLE ledger (
  sequence      INTEGER PRIMARY KEY,
  time          INTEGER NOT NULL,
  actor_kind    TEXT    NOT NULL CHECK (actor_kind <> ''),
  actor_id      TEXT    NOT NULL,
  actor_address TEXT    NOT NULL,
  action        TEXT    NOT NULL CHECK (action <> ''),
  subject       TEXT    NOT NULL,
  reason        TEXT    NOT NULL,
  detail        TEXT    NOT NULL,
  previous      TEXT    NOT NULL CHECK (length(previous) = 64),
  hash          TEXT    NOT NULL CHECK (length(hash) = 64)
) STRICT;

CREATE TRIGGER ledger_is_never_rewritten BEFORE UPDATE ON ledger
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER ledger_is_never_cut BEFORE DELETE ON ledger
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER ledger_grows_link_by_link BEFORE INSERT ON ledger
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM ledger)
  OR NEW.previous IS NOT coalesce(
    (SELECT hash FROM ledger ORDER BY sequence DESC LIMIT 1),
    '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;
