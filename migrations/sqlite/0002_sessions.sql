-- Uploads that nobody sees until they are published as a whole (PEP 694).

CREATE TABLE sessions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  index_id   INTEGER NOT NULL REFERENCES indexes (id),
  project    TEXT    NOT NULL CHECK (project <> ''),
  version    TEXT    NOT NULL CHECK (version <> ''),
  token      TEXT    NOT NULL,
  -- Looked up by its hash: the time that an index needs tells nothing of the token.
  token_hash TEXT    NOT NULL UNIQUE CHECK (length(token_hash) = 64),
  owner_kind TEXT    NOT NULL,
  owner_id   TEXT    NOT NULL,
  status     TEXT    NOT NULL CHECK (status IN ('open', 'published', 'canceled')),
  created    INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  ended      INTEGER,
  CHECK ((status = 'open') = (ended IS NULL))
) STRICT;

CREATE UNIQUE INDEX sessions_live ON sessions (index_id, project, version) WHERE status = 'open';
CREATE INDEX sessions_due ON sessions (expires) WHERE status = 'open';
CREATE INDEX sessions_ended ON sessions (ended) WHERE ended IS NOT NULL;

CREATE TRIGGER sessions_end_once BEFORE UPDATE ON sessions WHEN OLD.status <> 'open'
BEGIN
  SELECT RAISE(ABORT, 'a session that ended never changes');
END;

-- `sha256` and `metadata_sha256` name blobs that are needed while the session is open.
CREATE TABLE session_files (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id      INTEGER NOT NULL REFERENCES sessions (id),
  filename        TEXT    NOT NULL CHECK (filename <> ''),
  size            INTEGER NOT NULL CHECK (size >= 0),
  hashes          TEXT    NOT NULL,
  status          TEXT    NOT NULL CHECK (status IN ('pending', 'completed', 'error', 'canceled')),
  sha256          TEXT    CHECK (length(sha256) = 64),
  blake2b_256     TEXT    CHECK (length(blake2b_256) = 64),
  kind            TEXT    CHECK (kind IN ('wheel', 'sdist')),
  requires_python TEXT,
  metadata_sha256 TEXT    CHECK (length(metadata_sha256) = 64),
  completed       INTEGER,
  findings        TEXT    NOT NULL DEFAULT '[]',
  CHECK (status <> 'completed'
    OR (sha256 IS NOT NULL AND blake2b_256 IS NOT NULL AND kind IS NOT NULL AND completed IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX session_files_live ON session_files (session_id, filename) WHERE status <> 'canceled';
