-- A blob is removed once nothing needs it: which rows do is looked up by its digest.
CREATE INDEX files_by_sha256 ON files (sha256);
CREATE INDEX files_by_metadata ON files (metadata_sha256) WHERE metadata_sha256 IS NOT NULL;
CREATE INDEX files_by_provenance ON files (provenance_sha256) WHERE provenance_sha256 IS NOT NULL;
CREATE INDEX session_files_by_sha256 ON session_files (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX session_files_by_metadata ON session_files (metadata_sha256) WHERE metadata_sha256 IS NOT NULL;
