#pragma once

#include "desk/promotion/context.hpp"

// An index that was seen to stage is staged to from then on: an answer that denies it would have a release
// exposed before it is tried. A file of the state folder for each upload address remembers it.
namespace packhouse::desk {

/// Whether this machine has staged on the index of these settings.
bool has_staged(const PromotionContext& context);
/// Durable when it returns. Nothing happens where it is known already.
Status remember_staging(const PromotionContext& context);

}  // namespace packhouse::desk
