#pragma once

#include "desk/promotion/promote.hpp"
#include "source/local_source.hpp"

namespace packhouse::desk {

struct RecoverOutcome {
  PromoteOutcome release;
  Path plan = {};  ///< for the owners' approval; empty: no plan was made
};

/// The local exception path (release-provenance, section 8, "Local fallback"): the steps of promote(), from a
/// LocalBuildSource. The first call proves, builds and plans, and is refused for lack of approvals
/// (RefusalKind::approval) with the path of the plan; the second, with approvals of two owners other than the
/// actor and the builder, resumes with the same bytes. The release keeps the label `no-ci-provenance`: a
/// Packhouse index stores it with the publication; with any other index it stands in the journal alone, and
/// the output says so.
///
/// A version that is released, blocked or retired is refused. The same call after any failure resumes, as
/// promote() does. invalid_input for a missing or malformed reason.
RecoverOutcome recover(const DeskSettings& settings, const source::RecoverPolicy& policy,
                       const source::ChecklistPolicy& checklist, const source::RecoverRequest& request,
                       DeskTools tools);

}  // namespace packhouse::desk
