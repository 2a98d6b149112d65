#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/ledger_entry.hpp"
#include "model/upstream.hpp"

namespace packhouse {

/// What became of a fetched file at its upstream; nullopt: it is offered there as before. Of the result,
/// `cause` and `reason` count.
using RecallRule = std::function<std::optional<UpstreamRecall>(const UpstreamFile&)>;
/// The ledger note of recalls that began (true) or ended (false).
using RecallNote = std::function<LedgerNote(bool began, const std::vector<UpstreamRecall>& recalls)>;

/// What was read from the upstreams of the indexes. Errors, durability and threads as in MetadataStore;
/// `index` is a name, and one that does not exist is not_found. Only changes of reserved names, of
/// exceptions, of recalls and of lock files have ledger entries.
class UpstreamStore {
 public:
  virtual ~UpstreamStore() = default;

  /// Of a normalised name, in any index of the server. A project stays one for ever: its row outlives its
  /// files. A session counts until it expires, a reservation until it is lifted.
  virtual Result<NameClaim> claim(std::string_view project, Timestamp now) = 0;

  /// True when it is new; false when that name, or that prefix, was reserved already: nothing is written.
  virtual Result<bool> reserve(const ReservedName& name, const LedgerNote& note) = 0;
  /// not_found when it is not reserved so.
  virtual Status lift(const std::string& name, bool prefix, const LedgerNote& note, Timestamp now) = 0;
  /// By name.
  virtual Result<std::vector<ReservedName>> reserved() = 0;

  /// Makes the exception, in place of the one of that project and version.
  virtual Status allow(std::string_view index, const AgeException& exception, const LedgerNote& note) = 0;
  /// not_found when there is none of exactly that project and version.
  virtual Status end_exception(std::string_view index, const AgeException& exception, const LedgerNote& note,
                               Timestamp now) = 0;
  /// Of an index, those that have expired as well: by project and version.
  virtual Result<std::vector<AgeException>> exceptions(std::string_view index) = 0;

  /// The page that was read last.
  virtual Result<std::optional<UpstreamPage>> page(std::string_view index, std::string_view project) = 0;
  /// Replaces the page.
  virtual Status put_page(std::string_view index, std::string_view project, const UpstreamPage& page) = 0;
  /// Success also when there is none.
  virtual Status drop_page(std::string_view index, std::string_view project) = 0;

  /// The files of a project that were fetched; of all projects where `project` is empty.
  virtual Result<std::vector<UpstreamFile>> files(std::string_view index, std::string_view project) = 0;
  /// Adds the file, or adds to its row what that row lacks of `size`, `metadata_sha256` and findings.
  /// A file that was evicted and comes again is there again.
  virtual Status put_file(std::string_view index, const UpstreamFile& file) = 0;

  /// Makes the recalls of the project's fetched files what `rule` says: one ledger entry for all that begin,
  /// one for all that end, none where nothing changes. A recall that goes on keeps the time it was seen.
  virtual Status settle_recalls(std::string_view index, std::string_view project, const RecallRule& rule,
                                const RecallNote& note, Timestamp now) = 0;
  /// Of a project, or of all where `project` is empty: by project and filename.
  virtual Result<std::vector<UpstreamRecall>> recalls(std::string_view index, std::string_view project) = 0;

  /// Bytes of all stored files of upstreams, in every index; equal ones count once.
  virtual Result<std::uint64_t> stored_bytes() = 0;
  /// Files whose removal would bring stored_bytes() down to `keep`, the one used longest ago first. None that
  /// evict() refuses.
  virtual Result<std::vector<StoredUpstreamFile>> least_used(std::uint64_t keep) = 0;
  /// From then on no row of an upstream's file needs that blob; the rows stay. False where something else
  /// needs it: a freeze, a registered lock file, or a file of the server's own.
  virtual Result<bool> evict(const Sha256& sha256, Timestamp now) = 0;

  /// Registers the lock file with the digests that it pins, in place of one of the same name. False when that
  /// one has the same bytes: nothing is written.
  virtual Result<bool> pin(const LockFile& lock, std::span<const Sha256> digests, const LedgerNote& note) = 0;
  /// not_found when none has the name.
  virtual Status unpin(const std::string& name, const LedgerNote& note, Timestamp now) = 0;
  /// By name.
  virtual Result<std::vector<LockFileUse>> locks() = 0;
};

}  // namespace packhouse
