#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dist/manifest.hpp"
#include "evidence/check.hpp"

namespace packhouse::journal {

/// What a promotion would do, and what it found the world to be: for people to read, to keep, and to have
/// done by
/// `--apply` exactly so or not at all. It holds no secret.
struct Plan {
  struct IndexFile {
    std::string filename;
    std::string sha256;
    auto operator<=>(const IndexFile&) const = default;
  };

  /// What the forge has of the run.
  struct Artifact {
    std::int64_t id = 0;
    std::string name;
    std::string digest;  ///< as the forge states it; empty where it states none
    auto operator<=>(const Artifact&) const = default;
  };

  /// Of files that were built on somebody's machine, since CI could not be asked for them.
  struct Recovery {
    std::string reason;
    std::string proof;    ///< in a line, why CI could not
    std::string builder;  ///< who built them
    bool operator==(const Recovery&) const = default;
  };

  std::string project = {};
  std::string version = {};
  std::string repository = {};
  std::int64_t run = 0;
  std::int64_t attempt = 0;
  std::string commit = {};
  std::vector<Artifact> artifacts = {};  ///< empty: none, the files were built locally
  dist::Manifest manifest;
  std::string settings_sha256 = {};  ///< of the policy and of the smoke check's commands
  std::string upload_url = {};
  std::string simple_url = {};
  std::vector<IndexFile> index_files = {};  ///< of that version, which the index had already
  std::string made = {};                    ///< when, as ISO 8601
  std::optional<Recovery> recovery = {};    ///< unset: CI built them
};

/// One canonical JSON document, sealed by the SHA-256 of all the rest as its member "sha256".
std::string write_plan(const Plan& plan);

/// invalid_input for what is no plan; conflict where the seal does not fit, so that somebody changed it.
Result<Plan> read_plan(std::string_view text);

inline constexpr std::uint64_t max_plan_bytes = 4U << 20U;

/// Whether the world is still as it was when the plan was made: `plan.settings`, `plan.index`, `plan.run`,
/// `plan.artifact`, `plan.manifest` and `plan.index-state`. Files in `sent` were uploaded by an earlier try
/// of the same release, and count for no change.
Checks decide_plan(const Plan& plan, const Plan& now, const std::set<std::string>& sent);

}  // namespace packhouse::journal
