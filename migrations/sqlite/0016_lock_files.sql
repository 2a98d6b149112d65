-- Lock files whose files stay, whatever room there is for those of upstreams.
CREATE TABLE lock_files (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  name   TEXT    NOT NULL UNIQUE CHECK (name <> ''),
  sha256 TEXT    NOT NULL CHECK (length(sha256) = 64), -- of the lock file itself
  reason TEXT    NOT NULL CHECK (reason <> ''),
  made   INTEGER NOT NULL
) STRICT;

-- The digests that one of them pins, fetched here or not.
CREATE TABLE locked_files (
  lock_id INTEGER NOT NULL REFERENCES lock_files (id) ON DELETE CASCADE,
  sha256  TEXT    NOT NULL CHECK (length(sha256) = 64),
  PRIMARY KEY (lock_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX locked_files_by_sha256 ON locked_files (sha256);
