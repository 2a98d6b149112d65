-- How many bytes the files of an index have: an upload compares them with `limits.index-size`, and must not sum
-- its projects for it.
ALTER TABLE indexes ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0);

UPDATE indexes SET bytes = (SELECT coalesce(sum(p.bytes), 0) FROM projects p WHERE p.index_id = indexes.id);

-- How far the deliveries to each webhook are: the ledger is their queue, and `sequence` the last entry that was
-- delivered, skipped or given up.
CREATE TABLE webhooks (
  name          TEXT    PRIMARY KEY CHECK (name <> ''),
  sequence      INTEGER NOT NULL CHECK (sequence >= 0),
  delivered     INTEGER NOT NULL CHECK (delivered >= 0),
  given_up      INTEGER NOT NULL CHECK (given_up >= 0),
  failures      INTEGER NOT NULL CHECK (failures >= 0),
  failing_since INTEGER,
  next_try      INTEGER,
  last_error    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
