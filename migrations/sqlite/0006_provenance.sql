-- The blob that holds a file's verified attestations (PEP 740); NULL: it came without.
ALTER TABLE files ADD COLUMN provenance_sha256 TEXT CHECK (length(provenance_sha256) = 64);
