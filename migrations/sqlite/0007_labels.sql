-- What a release is called for ever, and a session that is to become one: NULL is no label. A label comes with a
-- publication and never goes again, whatever becomes of the release.
ALTER TABLE sessions ADD COLUMN label TEXT CHECK (label IN ('no-ci-provenance'));
ALTER TABLE releases ADD COLUMN label TEXT CHECK (label IN ('no-ci-provenance'));

CREATE TRIGGER sessions_keep_their_label BEFORE UPDATE OF label ON sessions
BEGIN
  SELECT RAISE(ABORT, 'a session keeps its label');
END;

CREATE TRIGGER releases_keep_their_label BEFORE UPDATE OF label ON releases
WHEN OLD.label IS NOT NULL AND NEW.label IS NOT OLD.label
BEGIN
  SELECT RAISE(ABORT, 'a release keeps its label');
END;

CREATE TRIGGER labelled_releases_stay BEFORE DELETE ON releases WHEN OLD.label IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a release keeps its label');
END;
