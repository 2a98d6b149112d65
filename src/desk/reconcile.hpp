#pragma once

#include <optional>
#include <string>
#include <vector>

#include "desk/promotion/promote.hpp"
#include "source/comparison.hpp"

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
    refused,  ///< the run is none that could be promoted, or there is nothing to compare it with
    failed,   ///< `error`
  };
  Kind kind = Kind::failed;
  Checks checks;
  std::vector<source::FileComparison> files;
  std::optional<Error> error;
  json::Object document;  ///< for --json
};

/// Compares what CI builds, once it is back, with what was released without it. The run is proved and its
/// files are fetched and examined as promote() does; the checks beside those are `reconcile.labelled` and
/// `reconcile.commit`. The result is the step "reconcile" of the journal. Nothing is uploaded, and the
/// release keeps its label, whatever comes of it. not_found where this machine released no such version.
ReconcileOutcome reconcile(const DeskSettings& settings, const ReconcileRequest& request, DeskTools tools);

}  // namespace packhouse::desk
