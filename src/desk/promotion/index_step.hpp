#pragma once

#include "desk/promotion/context.hpp"
#include "desk/promotion/states.hpp"

namespace packhouse::desk {

/// What the index has of the release, and whether it can stage it.
struct IndexFindings {
  client::IndexRelease served;
  bool can_stage = false;
};

/// Reads the index: whether the version is unused or holds these files, is not withdrawn, and can be staged
/// where the settings require it. Nothing is changed there.
StepResult<IndexFindings> check_index(const PromotionContext& context, source::StepContext& step);

}  // namespace packhouse::desk
