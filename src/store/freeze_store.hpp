#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/freeze.hpp"
#include "model/ledger_entry.hpp"

namespace packhouse {

/// The ledger note of a freeze, once its serial is known.
using FreezeNote = std::function<LedgerNote(std::int64_t serial)>;

/// Moments of an index that stay readable. Errors, durability and threads as in MetadataStore; an index or a
/// freeze that does not exist is not_found.
class FreezeStore {
 public:
  virtual ~FreezeStore() = default;

  /// Keeps these pages under a new serial of the index. conflict where the index has another serial than
  /// `seen`, or a blob of the pages is needed by no row any more: read them again.
  virtual Result<std::int64_t> freeze(std::string_view index, std::int64_t seen,
                                      std::span<const FrozenPage> pages, const FreezeNote& note,
                                      Timestamp now) = 0;
  /// The last first.
  virtual Result<std::vector<Freeze>> list(std::string_view index) = 0;
  /// What no other freeze has of it goes too. The blobs stay until garbage collection.
  virtual Status remove(std::string_view index, std::int64_t serial, const LedgerNote& note,
                        Timestamp now) = 0;

  /// By name.
  virtual Result<std::vector<std::string>> projects(std::string_view index, std::int64_t serial) = 0;
  /// Its document; nullopt: the freeze does not have the project.
  virtual Result<std::optional<std::string>> page(std::string_view index, std::int64_t serial,
                                                  std::string_view project) = 0;
  /// nullopt: the freeze does not have such a file.
  virtual Result<std::optional<FrozenPlace>> file(std::string_view index, std::int64_t serial,
                                                  std::string_view filename, const Sha256& sha256) = 0;
};

}  // namespace packhouse
