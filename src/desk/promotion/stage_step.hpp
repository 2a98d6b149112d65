#pragma once

#include <memory>

#include "desk/promotion/context.hpp"
#include "desk/promotion/states.hpp"

namespace packhouse::desk {

/// Puts the files that the index lacks into a publishing session, and begins the smoke check beside it. Null:
/// the credential may not stage, and the release may go by legacy uploads. Errors: as the index says;
/// forbidden only where the release has to be staged.
StepResult<std::unique_ptr<Staged>> stage(const PromotionContext& context, source::StepContext& step,
                                          const Approved& approved);

}  // namespace packhouse::desk
