-- What a version installs is settled once. `closes`: the moment from which a release takes no file; it only moves
-- earlier, and is 0 once the release was published as a whole or lost a file. `identity`: a digest of the project, the equal version, the kind, the build tag and the tag set, so that two
-- spellings of one distribution are one. The program gives both to the rows of before; it alone can read a version.
ALTER TABLE releases ADD COLUMN closes INTEGER;
ALTER TABLE files ADD COLUMN identity TEXT CHECK (identity <> '');

CREATE UNIQUE INDEX files_by_identity ON files (index_id, identity);
CREATE INDEX files_without_identity ON files (id) WHERE identity IS NULL;
CREATE INDEX releases_without_closing ON releases (id) WHERE closes IS NULL;

CREATE TRIGGER files_have_an_identity BEFORE INSERT ON files WHEN NEW.identity IS NULL
BEGIN
  SELECT RAISE(ABORT, 'a file has an identity');
END;

CREATE TRIGGER files_keep_their_identity BEFORE UPDATE OF identity ON files WHEN OLD.identity IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a file never changes');
END;

CREATE TRIGGER releases_have_a_closing BEFORE INSERT ON releases WHEN NEW.closes IS NULL
BEGIN
  SELECT RAISE(ABORT, 'a release has a moment from which it is closed');
END;

CREATE TRIGGER releases_never_reopen BEFORE UPDATE OF closes ON releases
WHEN OLD.closes IS NOT NULL AND (NEW.closes IS NULL OR NEW.closes > OLD.closes)
BEGIN
  SELECT RAISE(ABORT, 'a closed release stays closed');
END;

CREATE TRIGGER closed_releases_take_no_file BEFORE INSERT ON files
WHEN NEW.uploaded >= (SELECT closes FROM releases WHERE id = NEW.release_id)
BEGIN
  SELECT RAISE(ABORT, 'a closed release takes no file');
END;
