#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace packhouse {

/// The limits of an index.
struct Quotas {
  std::uint64_t projects = 100'000;
  std::uint64_t files_per_project = 100'000;
  std::uint64_t project_size = 1ULL << 40U;  ///< bytes of all its files, those in open sessions included
  std::uint64_t index_size = 0;              ///< bytes of all files of the index; 0: no limit
  std::uint64_t sessions_per_project = 20;   ///< open ones
  std::uint64_t sessions_per_owner = 100;    ///< open ones of one token or one user
};

/// The current contents of an index, to compare with its limits.
struct Totals {
  std::uint64_t projects = 0;     ///< counted only where the project has no file, which is when they matter
  std::uint64_t files = 0;        ///< of the project
  std::uint64_t bytes = 0;        ///< of the project's files
  std::uint64_t staged = 0;       ///< bytes that are announced in its open sessions
  std::uint64_t index_bytes = 0;  ///< of all files of the index
};

/// Is there room for one more file of `size` bytes in the project that `held` is about? too_large, naming the
/// limit, when there is not.
Status check_room(const Quotas& most, const Totals& held, std::uint64_t size);

}  // namespace packhouse
