#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "store/download_store.hpp"

namespace packhouse::index {

/// Collects who fetched which file, in memory, until write() stores it: a download waits for no disk, and
/// repeated ones of a caller are one row. What was not written is lost with the process. Thread-safe.
class DownloadRecorder {
 public:
  /// So many rows wait at most: further ones are counted and dropped.
  explicit DownloadRecorder(std::size_t most = 100'000) : most_(most) {}

  /// Its `version` is ignored: write() reads it from the filename.
  void add(DownloadTally tally);

  /// Stores what was added, in several transactions where it is much. On an error the rest waits for the
  /// next call.
  Status write(DownloadStore& store);
  /// How many were dropped since the last call.
  std::size_t take_dropped();

 private:
  std::vector<DownloadTally> take();

  const std::size_t most_;
  std::mutex mutex_;
  std::unordered_map<std::string, DownloadTally> waiting_;  // guarded by mutex_, as the next
  std::size_t dropped_ = 0;
};

}  // namespace packhouse::index
