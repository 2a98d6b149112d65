#pragma once

#include <optional>
#include <string>

#include "client/index_client.hpp"
#include "console/console.hpp"
#include "evidence/check.hpp"
#include "smoke/smoke_check.hpp"
#include "sys/clock.hpp"

namespace packhouse::desk {

struct SmokeRequest {
  ReleaseName release;
  Path state;  ///< the desk's state folder
  std::string actor;
  std::uint64_t max_file_bytes = 4ULL << 30U;
};

/// The outside world. Everything outlives the check.
struct SmokeReleaseTools {
  client::IndexClient& index;
  FileSystem& disk;
  ProcessRunner& processes;
  Clock& clock;
  console::Console& console;
  const Redactor& redactor;
  std::string search_path;  ///< $PATH for the programs
  smoke::PipNetwork network = {};

  smoke::SmokeTools smoke() const { return {processes, disk, console, redactor, search_path, network}; }
};

struct SmokeOutcome {
  enum class Kind { passed, refused, failed };
  Kind kind = Kind::failed;
  Checks checks = {};
  std::optional<Error> error = std::nullopt;
  json::Object document = {};  ///< for --json
};

/// The smoke check of a version that is on the index already. Its files are compared with the digests in the
/// journal of its promotion; where this machine has no such journal, with those of the index itself, and the
/// output says so.
SmokeOutcome smoke_release(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
                           const SmokeRequest& request, SmokeReleaseTools tools);

}  // namespace packhouse::desk
