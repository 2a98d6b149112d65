-- Of a session's tokens only hashes are kept, as of API tokens. The first is in `sessions`; a request that
-- opens the session again gets a further one, since the first cannot be shown again.
ALTER TABLE sessions DROP COLUMN token;

CREATE TABLE session_tokens (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  token_hash TEXT    NOT NULL UNIQUE CHECK (length(token_hash) = 64)
) STRICT;

CREATE INDEX session_tokens_of_session ON session_tokens (session_id);

-- The user who made a token, whether it is bound to them or not.
ALTER TABLE tokens ADD COLUMN made_by INTEGER REFERENCES users (id);

UPDATE tokens SET made_by = (
  SELECT u.id FROM ledger l JOIN users u ON u.name = l.actor_id
  WHERE l.action = 'token.create' AND l.actor_kind = 'user' AND l.subject = 'token/' || substr(tokens.hash, 1, 16)
);

CREATE TRIGGER tokens_keep_their_maker BEFORE UPDATE OF made_by ON tokens
BEGIN
  SELECT RAISE(ABORT, 'a token never changes');
END;
