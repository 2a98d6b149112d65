#pragma once

#include "desk/promotion/context.hpp"
#include "desk/promotion/states.hpp"

namespace packhouse::desk {

/// Publishes the session: all of its files become public at once.
StepResult<Published> publish_session(const PromotionContext& context, source::StepContext& step,
                                      const Tried& tried);

/// Uploads the files that the index lacks, each of which is public at once.
StepResult<Published> publish_files(const PromotionContext& context, source::StepContext& step,
                                    const Approved& approved);

}  // namespace packhouse::desk
