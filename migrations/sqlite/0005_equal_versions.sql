-- PEP 440: 1.0 and 1.0.0 are one version, and so one release, under the spelling that came first. `identity` is the
-- version without the release's trailing zeros. Releases of before have none until the program gives them one, and joins
-- those that turn out to be the same; it alone can read a version.
ALTER TABLE releases ADD COLUMN identity TEXT CHECK (identity <> '');

CREATE UNIQUE INDEX releases_by_identity ON releases (project_id, identity);
CREATE INDEX releases_without_identity ON releases (id) WHERE identity IS NULL;

CREATE TRIGGER releases_keep_their_identity BEFORE UPDATE OF identity, version ON releases WHEN OLD.identity IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a release keeps its version');
END;

CREATE TRIGGER releases_have_an_identity BEFORE INSERT ON releases WHEN NEW.identity IS NULL
BEGIN
  SELECT RAISE(ABORT, 'a release has an identity');
END;

DROP TRIGGER files_never_change;

CREATE TRIGGER files_never_change
BEFORE UPDATE OF id, index_id, filename, kind, sha256, blake2b_256, size, metadata_sha256, uploaded ON files
BEGIN
  SELECT RAISE(ABORT, 'a file never changes');
END;

CREATE TRIGGER files_stay_in_their_release BEFORE UPDATE OF release_id ON files
WHEN (SELECT identity FROM releases WHERE id = OLD.release_id) IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a file never changes');
END;
