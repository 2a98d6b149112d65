#pragma once

#include "desk/promotion/context.hpp"
#include "desk/promotion/states.hpp"
#include "journal/release_state.hpp"

namespace packhouse::desk {

/// Whether the approvals are examined at all. A release that is released and served needs none: nothing is
/// left to publish. `recorded`: the journal's state before this promotion.
bool needs_approvals(const PromotionContext& context, const Examined& examined,
                     const journal::ReleaseState& recorded);

/// Whether the approvals suffice for the release. They are used up by the outcome of this step; a promotion
/// that is killed after it resumes with the same ones.
Result<source::Step> check_approvals(const PromotionContext& context, source::StepContext& step,
                                     const Examined& examined);

}  // namespace packhouse::desk
