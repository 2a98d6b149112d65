#pragma once

#include "release/local_origin.hpp"

namespace packhouse::release {

struct RecoverOutcome {
  PromoteOutcome release;
  Path plan = {};  ///< what owners are to approve of; empty: it did not come to that
};

/// The local exception path (release-provenance, section 8, "Local fallback"): the way of promote(), from a
/// LocalOrigin. The first call proves, builds and plans, and is refused for want of approvals
/// (Fault::approval) with the plan's place; the second, with those of two owners who neither act nor built,
/// goes on with the very same bytes. The release is called `no-ci-provenance` for ever: an index of ours
/// keeps that with the publication; on any other it stands in the journal alone, and the output says so.
///
/// A version that is released, blocked or retired is refused. Running the same again after any failure
/// resumes, as promote() does. invalid_input for a reason that is none.
RecoverOutcome recover(const DeskSettings& settings, const RecoverPolicy& policy,
                       const ChecklistPolicy& checklist, const RecoverRequest& request, DeskTools tools);

}  // namespace packhouse::release
