#pragma once

#include <optional>
#include <string>
#include <vector>

#include "desk/settings.hpp"
#include "evidence/check.hpp"
#include "source/comparison.hpp"
#include "source/run_checks.hpp"

namespace packhouse::desk {

struct ReconcileRequest {
  source::RunId run;
  Version version;
  Path state;  ///< the desk's state folder
  std::string actor;
};

struct ReconcileOutcome {
  enum class Kind {
    agrees,   ///< CI builds the released files, or files with the same members
    differs,  ///< some of them, or not all
    refused,  ///< the run cannot be promoted, or no recovered release is there to compare it with
    failed,   ///< `error`
  };
  Kind kind = Kind::failed;
  Checks checks = {};
  std::vector<source::FileComparison> files = {};
  std::optional<Error> error = std::nullopt;
  json::Object document = {};  ///< for --json
};

/// Compares what CI builds, once it is available again, with what was released without it. The run is proved,
/// and its files are fetched and verified, as by promote(); the checks beside those are `reconcile.labelled`
/// and `reconcile.commit`. The result is the step "reconcile" of the journal. Nothing is uploaded, and the
/// release keeps its label whatever the result. not_found where this machine released no such version.
ReconcileOutcome reconcile(const DeskSettings& settings, const ReconcileRequest& request, DeskTools tools);

}  // namespace packhouse::desk
