#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attest/trusted_root.hpp"
#include "console/console.hpp"
#include "dist/policy.hpp"
#include "forge/forge.hpp"
#include "source/policy.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"

namespace packhouse::source {

/// What holds for every source of a project's releases.
struct SourceSettings {
  Policy policy;
  dist::Policy files = {};
  std::vector<attest::TrustedRoot> trusted_roots = {};
  std::string server_url = "https://github.com";  ///< $GITHUB_SERVER_URL: what attestations name
  std::uint64_t max_archive_bytes = 4ULL << 30U;
};

/// The outside world as a source sees it: nothing of an index. Everything outlives the source.
struct SourceTools {
  forge::Forge& forge;
  FileSystem& disk;
  ProcessRunner& processes;
  Clock& clock;
  console::Console& console;
};

}  // namespace packhouse::source
