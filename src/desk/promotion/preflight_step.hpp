#pragma once

#include "desk/promotion/context.hpp"
#include "journal/release_state.hpp"

namespace packhouse::desk {

/// Whether the release may be promoted at all, by this machine's journal (`recorded`: before this promotion),
/// by the addresses of the index, and by the source.
Result<source::Step> preflight(const PromotionContext& context, source::StepContext& step,
                               const journal::ReleaseState& recorded);

}  // namespace packhouse::desk
