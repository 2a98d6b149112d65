#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/download_tally.hpp"

namespace packhouse {

/// Who fetched what. Errors, durability and threads as in MetadataStore. Not in the ledger.
class DownloadStore {
 public:
  virtual ~DownloadStore() = default;

  /// Adds each to the row of the same file and caller, and notes its time as the last use of an upstream's
  /// file. One of an index that does not exist is left out.
  virtual Status add(std::span<const DownloadTally> tallies) = 0;
  /// Of a project: by filename, then the last first.
  virtual Result<std::vector<DownloadTally>> of_project(std::string_view index, std::string_view project) = 0;
  /// The projects of which a file was fetched, by name.
  virtual Result<std::vector<std::string>> projects(std::string_view index) = 0;
  /// Removes the rows of callers who fetched the file before `before` for the last time, and the oldest of
  /// more than `most`. How many it removed.
  virtual Result<std::int64_t> prune(Timestamp before, std::int64_t most) = 0;
};

}  // namespace packhouse
