#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "blob/blob_store.hpp"
#include "store/metadata_store.hpp"

namespace packhouse::index {

/// Something that is not as it must be.
struct AuditFinding {
  /// "blob.missing", "blob.size", "blob.digest", "metadata.missing", "ledger.broken", "ledger.no-entry"
  /// (a file that no entry tells of) or "file.missing" (an entry tells of a file that is not there).
  std::string kind;
  std::string subject;
  std::string message;
};

/// A blob that no row names: what a crash between blob and row leaves. Harmless.
struct OrphanBlob {
  Sha256 digest;
  std::uint64_t size = 0;
};

struct AuditReport {
  std::uint64_t files = 0;          ///< rows looked at
  std::uint64_t bytes = 0;          ///< of blobs read and hashed again
  std::int64_t ledger_entries = 0;  ///< in a chain that holds
  std::vector<AuditFinding> findings;
  std::vector<OrphanBlob> orphans;

  bool sound() const noexcept { return findings.empty(); }
};

/// Reads everything of every index again: every file's row has its blob with the right size and digest, every
/// wheel its metadata, the ledger's chain holds, and the ledger and the rows tell the same of every file.
/// Slow, by design; changes nothing. Meant for a data folder that no server is using.
Result<AuditReport> audit(MetadataStore& store, BlobStore& blobs);

json::Object to_json(const AuditReport& report);

/// Removes the blobs that no row names and gives them. Only while nobody uploads: an upload under way has
/// its blob before its row.
Result<std::vector<OrphanBlob>> collect_garbage(MetadataStore& store, BlobStore& blobs);

}  // namespace packhouse::index
