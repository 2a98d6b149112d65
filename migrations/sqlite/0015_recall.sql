-- Who fetched a file: one row for each file and caller, with the first time, the last one and how often.
CREATE TABLE downloads (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  index_id      INTEGER NOT NULL REFERENCES indexes (id),
  project       TEXT    NOT NULL CHECK (project <> ''),
  version       TEXT    NOT NULL, -- normalised; '': the filename states none
  filename      TEXT    NOT NULL CHECK (filename <> ''),
  sha256        TEXT    NOT NULL CHECK (length(sha256) = 64),
  actor_kind    TEXT    NOT NULL CHECK (actor_kind <> ''),
  actor_id      TEXT    NOT NULL,
  actor_address TEXT    NOT NULL,
  first         INTEGER NOT NULL,
  last          INTEGER NOT NULL CHECK (last >= first),
  count         INTEGER NOT NULL CHECK (count > 0),
  UNIQUE (index_id, project, filename, sha256, actor_kind, actor_id, actor_address)
) STRICT;

CREATE INDEX downloads_by_last ON downloads (last);

-- Files that were fetched from an upstream and that it has withdrawn since, or yanked.
CREATE TABLE upstream_recalls (
  index_id INTEGER NOT NULL REFERENCES indexes (id),
  project  TEXT    NOT NULL CHECK (project <> ''),
  filename TEXT    NOT NULL CHECK (filename <> ''),
  sha256   TEXT    NOT NULL CHECK (length(sha256) = 64),
  cause    TEXT    NOT NULL CHECK (cause IN ('deleted', 'quarantined', 'yanked')),
  reason   TEXT    NOT NULL, -- the upstream's; may be empty
  seen     INTEGER NOT NULL,
  PRIMARY KEY (index_id, project, filename, sha256)
) STRICT, WITHOUT ROWID;

-- When a fetched file was last sent, and when its bytes were removed to make room: `size` is then unset again.
ALTER TABLE upstream_files ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE upstream_files ADD COLUMN evicted INTEGER;

CREATE INDEX upstream_files_by_project ON upstream_files (index_id, project);

-- A moment of an index that stays readable: what it offered then. `serial` is the freeze's alone.
CREATE TABLE freezes (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  index_id INTEGER NOT NULL REFERENCES indexes (id),
  serial   INTEGER NOT NULL CHECK (serial > 0),
  reason   TEXT    NOT NULL,
  made     INTEGER NOT NULL,
  UNIQUE (index_id, serial)
) STRICT;

-- A project's page as some freezes have it: equal pages are one row, so that a second freeze costs little.
CREATE TABLE frozen_pages (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256   TEXT    NOT NULL UNIQUE CHECK (length(sha256) = 64),
  document TEXT    NOT NULL
) STRICT;

-- Its files; their blobs are needed while the row is there.
CREATE TABLE frozen_files (
  page_id         INTEGER NOT NULL REFERENCES frozen_pages (id) ON DELETE CASCADE,
  filename        TEXT    NOT NULL CHECK (filename <> ''),
  sha256          TEXT    NOT NULL CHECK (length(sha256) = 64),
  metadata_sha256 TEXT    CHECK (length(metadata_sha256) = 64),
  PRIMARY KEY (page_id, filename)
) STRICT, WITHOUT ROWID;

CREATE INDEX frozen_files_by_sha256 ON frozen_files (sha256);
CREATE INDEX frozen_files_by_metadata ON frozen_files (metadata_sha256) WHERE metadata_sha256 IS NOT NULL;

CREATE TABLE frozen_projects (
  freeze_id INTEGER NOT NULL REFERENCES freezes (id) ON DELETE CASCADE,
  project   TEXT    NOT NULL CHECK (project <> ''),
  page_id   INTEGER NOT NULL REFERENCES frozen_pages (id),
  PRIMARY KEY (freeze_id, project)
) STRICT, WITHOUT ROWID;

CREATE INDEX frozen_projects_by_page ON frozen_projects (page_id);
