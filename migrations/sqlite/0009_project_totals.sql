-- How many files a project has, and how many bytes these are: an upload asks for both, and must not look through
-- the project for it.
ALTER TABLE projects ADD COLUMN files INTEGER NOT NULL DEFAULT 0 CHECK (files >= 0);
ALTER TABLE projects ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0);

UPDATE projects SET (files, bytes) = (
  SELECT count(f.id), coalesce(sum(f.size), 0) FROM releases r JOIN files f ON f.release_id = r.id
  WHERE r.project_id = projects.id
);
