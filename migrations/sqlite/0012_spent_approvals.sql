-- The owners' approvals that a publication used up: each opens one.
CREATE TABLE spent_approvals (
  index_id INTEGER NOT NULL REFERENCES indexes (id),
  nonce TEXT NOT NULL CHECK (length(nonce) = 32),
  spent INTEGER NOT NULL,
  PRIMARY KEY (index_id, nonce)
) STRICT, WITHOUT ROWID;
