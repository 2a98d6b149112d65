#pragma once

#include "desk/promotion/context.hpp"

namespace packhouse::desk {

/// What the promotion would do, and the state in which it found the source and the index.
journal::Plan make_plan(const PromotionContext& context, const client::IndexRelease& served);

/// Whether that is the plan that was approved.
Result<source::Step> check_plan(source::StepContext& step, const journal::Plan& approved,
                                const journal::Plan& found);

}  // namespace packhouse::desk
