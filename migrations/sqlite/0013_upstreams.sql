-- What was read from the upstreams of an index, so that it is served after a restart while they are away.

-- A project's page as it was parsed and checked, never the upstream's own text.
CREATE TABLE upstream_pages (
  index_id      INTEGER NOT NULL REFERENCES indexes (id),
  project       TEXT    NOT NULL CHECK (project <> ''),
  upstream      TEXT    NOT NULL CHECK (upstream <> ''),
  document      TEXT    NOT NULL,
  etag          TEXT    NOT NULL,
  last_modified TEXT    NOT NULL,
  read          INTEGER NOT NULL,
  PRIMARY KEY (index_id, project)
) STRICT;

-- Every file that was fetched: from where, when, and which bytes. Its blobs are needed while the row is there.
CREATE TABLE upstream_files (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  index_id        INTEGER NOT NULL REFERENCES indexes (id),
  project         TEXT    NOT NULL CHECK (project <> ''),
  filename        TEXT    NOT NULL CHECK (filename <> ''),
  sha256          TEXT    NOT NULL CHECK (length(sha256) = 64),
  size            INTEGER CHECK (size >= 0),
  metadata_sha256 TEXT    CHECK (length(metadata_sha256) = 64),
  url             TEXT    NOT NULL,
  fetched         INTEGER NOT NULL,
  -- What the index's checks found, as JSON: objects with "check", "outcome", "expected" and "found".
  findings        TEXT    NOT NULL DEFAULT '[]',
  UNIQUE (index_id, filename, sha256)
) STRICT;

CREATE INDEX upstream_files_by_sha256 ON upstream_files (sha256);
CREATE INDEX upstream_files_by_metadata ON upstream_files (metadata_sha256) WHERE metadata_sha256 IS NOT NULL;

-- A name that is private in one index of the server is so in all of them.
CREATE INDEX projects_by_name ON projects (name);
CREATE INDEX sessions_open_by_project ON sessions (project) WHERE status = 'open';

-- Names that belong to this server before a project has them; `prefix` 1: also every name that begins with it and a dash.
CREATE TABLE reserved_names (
  name   TEXT    NOT NULL CHECK (name <> ''),
  prefix INTEGER NOT NULL CHECK (prefix IN (0, 1)),
  reason TEXT    NOT NULL CHECK (reason <> ''),
  made   INTEGER NOT NULL,
  PRIMARY KEY (name, prefix)
) STRICT, WITHOUT ROWID;
