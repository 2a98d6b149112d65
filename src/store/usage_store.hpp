#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace packhouse {

/// What an index holds.
struct IndexUsage {
  std::string index;
  std::uint64_t projects = 0;  ///< with files
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;       ///< of these files; equal ones count each time
  std::uint64_t sessions = 0;    ///< open ones
  std::uint64_t staged = 0;      ///< bytes that are announced in them
  std::uint64_t most_files = 0;  ///< of one project
  std::uint64_t most_bytes = 0;  ///< of one project
};

struct ProjectUsage {
  std::string index;
  std::string project;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// Files by the time of their upload, deleted ones left out.
struct Growth {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// Room that is taken, for people and for warnings. Errors and threads as in MetadataStore. Reads many rows:
/// never for a request.
class UsageStore {
 public:
  virtual ~UsageStore() = default;

  /// Of every index, by name.
  virtual Result<std::vector<IndexUsage>> indexes() = 0;
  /// The projects with the most bytes, of all indexes, the largest first.
  virtual Result<std::vector<ProjectUsage>> largest(std::size_t limit) = 0;
  /// At most `limit` projects of an index that have at least so many files, or so many bytes.
  virtual Result<std::vector<ProjectUsage>> beyond(std::string_view index, const Growth& least,
                                                   std::size_t limit) = 0;
  /// What was uploaded to all indexes from then on.
  virtual Result<Growth> uploaded_since(Timestamp time) = 0;
};

}  // namespace packhouse
