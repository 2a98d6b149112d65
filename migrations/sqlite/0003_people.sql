-- A user is never removed, only disabled: the ledger names them.
CREATE TABLE users (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT    NOT NULL UNIQUE CHECK (name <> ''),
  password    TEXT    CHECK (password LIKE '$argon2id$%'),
  permissions TEXT    NOT NULL,
  created     INTEGER NOT NULL,
  disabled    INTEGER
) STRICT;

CREATE TRIGGER users_never_change_their_name BEFORE UPDATE OF id, name, created ON users
BEGIN
  SELECT RAISE(ABORT, 'a user keeps their name');
END;

CREATE TRIGGER users_never_go BEFORE DELETE ON users
BEGIN
  SELECT RAISE(ABORT, 'a user is disabled, never removed');
END;

-- By name and not by id: a role may be given before the project's first release.
CREATE TABLE roles (
  index_id INTEGER NOT NULL REFERENCES indexes (id),
  project  TEXT    NOT NULL CHECK (project <> ''),
  user_id  INTEGER NOT NULL REFERENCES users (id),
  role     TEXT    NOT NULL CHECK (role IN ('owner', 'maintainer')),
  granted  INTEGER NOT NULL,
  PRIMARY KEY (index_id, project, user_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE tokens ADD COLUMN index_id INTEGER REFERENCES indexes (id);
ALTER TABLE tokens ADD COLUMN user_id INTEGER REFERENCES users (id);

CREATE TRIGGER tokens_keep_their_bounds BEFORE UPDATE OF index_id, user_id ON tokens
BEGIN
  SELECT RAISE(ABORT, 'a token never changes');
END;
