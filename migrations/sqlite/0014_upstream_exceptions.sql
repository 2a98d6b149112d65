-- Named exceptions from the minimum age of an upstream's files, until a moment.
CREATE TABLE upstream_exceptions (
  index_id INTEGER NOT NULL REFERENCES indexes (id),
  project  TEXT    NOT NULL CHECK (project <> ''),
  version  TEXT    NOT NULL, -- normalised; '': every version
  until    INTEGER NOT NULL,
  reason   TEXT    NOT NULL CHECK (reason <> ''),
  made     INTEGER NOT NULL,
  PRIMARY KEY (index_id, project, version)
) STRICT, WITHOUT ROWID;
