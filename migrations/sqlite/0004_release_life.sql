-- What becomes of a release after its upload, and what an index allows. A state is its reason: NULL is "not so".

ALTER TABLE releases ADD COLUMN yanked  TEXT;
ALTER TABLE releases ADD COLUMN blocked TEXT CHECK (blocked <> '');

CREATE INDEX releases_blocked ON releases (project_id) WHERE blocked IS NOT NULL;

-- PEP 792.
ALTER TABLE projects ADD COLUMN status TEXT NOT NULL DEFAULT 'active'
  CHECK (status IN ('active', 'archived', 'quarantined', 'deprecated'));
ALTER TABLE projects ADD COLUMN status_reason TEXT NOT NULL DEFAULT '';

-- The policy is canonical JSON; the one flag in it that the database itself enforces stands beside it.
ALTER TABLE indexes ADD COLUMN policy    TEXT    NOT NULL DEFAULT '{}';
ALTER TABLE indexes ADD COLUMN immutable INTEGER NOT NULL DEFAULT 0 CHECK (immutable IN (0, 1));

CREATE TRIGGER files_stay_in_an_immutable_index BEFORE DELETE ON files
WHEN (SELECT immutable FROM indexes WHERE id = OLD.index_id) = 1
BEGIN
  SELECT RAISE(ABORT, 'an immutable index keeps its files');
END;

CREATE TRIGGER blocked_releases_take_no_file BEFORE INSERT ON files
WHEN (SELECT blocked FROM releases WHERE id = NEW.release_id) IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a blocked release takes no file');
END;

CREATE TRIGGER closed_projects_take_no_file BEFORE INSERT ON files
WHEN (SELECT p.status FROM projects p JOIN releases r ON r.project_id = p.id WHERE r.id = NEW.release_id)
  IN ('archived', 'quarantined')
BEGIN
  SELECT RAISE(ABORT, 'a closed project takes no file');
END;
