#pragma once

#include <optional>
#include <string>

#include "release/check.hpp"
#include "release/index_client.hpp"
#include "release/output.hpp"
#include "release/smoke.hpp"
#include "sys/clock.hpp"

namespace packhouse::release {

struct SmokeRequest {
  ProjectName project;
  Version version;
  Path state;  ///< the desk's state folder
  std::string actor;
  std::uint64_t max_file_bytes = 4ULL << 30U;
};

/// The outside world. Everything outlives the check.
struct SmokeReleaseTools {
  IndexClient& index;
  FileSystem& disk;
  ProcessRunner& processes;
  Clock& clock;
  Output& output;
  const Redactor& redactor;
  std::string search_path;  ///< $PATH for the programs
  PipNetwork network = {};
};

struct SmokeOutcome {
  enum class Kind { passed, refused, failed };
  Kind kind = Kind::failed;
  Checks checks;
  std::optional<Error> error;
  json::Object document;  ///< for --json
};

/// The smoke check of a version that is on the index already. It is compared with the digests that the
/// journal of its promotion holds; where this machine has none, with those of the index itself, and the
/// output says so.
SmokeOutcome smoke_release(const SmokePolicy& policy, const IndexAddress& simple, const SmokeRequest& request,
                           SmokeReleaseTools tools);

}  // namespace packhouse::release
