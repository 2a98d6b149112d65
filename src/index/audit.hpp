#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "blob/blob_store.hpp"
#include "store/metadata_store.hpp"

namespace packhouse::index {

/// A fault in the stored data.
struct AuditFinding {
  /// "database.damaged" (in the engine's own words), "database.empty" (many blobs, and nothing that
  /// is about a file), "project.totals", "blob.missing", "blob.size", "blob.digest", "blob.unreadable",
  /// "metadata.missing", "provenance.missing", "ledger.broken", "ledger.no-entry" (a file without an
  /// entry) or "file.missing" (an entry without its file).
  std::string kind;
  std::string subject;
  std::string message;
};

/// A blob that no row names, left by a crash between blob and row. Harmless.
struct OrphanBlob {
  Sha256 digest;
  std::uint64_t size = 0;
};

/// A file of which a blob is not as it must be: its bytes, its metadata or its attestations.
struct DamagedFile {
  std::string index;
  File file;
};

struct AuditReport {
  std::uint64_t files = 0;          ///< rows read
  std::uint64_t bytes = 0;          ///< of blobs read and hashed again
  std::int64_t ledger_entries = 0;  ///< in a chain that holds
  std::vector<AuditFinding> findings;
  std::vector<DamagedFile> damaged;
  std::vector<OrphanBlob> orphans;

  bool sound() const noexcept { return findings.empty(); }
};

/// Checks all data of every index: every file's row has its blob with the right size and digest, every wheel
/// its metadata, the ledger's chain holds, and the ledger and the rows agree on every file. Reads every byte
/// and changes nothing. Meant for a data folder that no server is using.
Result<AuditReport> audit(MetadataStore& store, BlobStore& blobs);

json::Object to_json(const AuditReport& report);

/// The blobs that no row names, and how many there are in all.
struct Garbage {
  std::vector<OrphanBlob> orphans;
  std::uint64_t blobs = 0;

  /// Whether a lost database, or an older copy of it, looks like this: more than half of at least sixteen
  /// blobs are named by no row.
  bool suspicious() const noexcept;
};

/// Changes nothing. conflict where the database is damaged: what it does not name may be needed.
Result<Garbage> find_garbage(MetadataStore& store, BlobStore& blobs);
/// Only while there are no uploads: an upload writes its blob before its row.
Status remove_garbage(BlobStore& blobs, const Garbage& garbage);

}  // namespace packhouse::index
