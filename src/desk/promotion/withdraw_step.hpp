#pragma once

#include "desk/promotion/context.hpp"

namespace packhouse::desk {

/// Withdraws on the index what the journal withdraws and the index is not known to have withdrawn, also by an
/// earlier run that was killed or did not reach the index. Without success the console warns: the journal of
/// this machine blocks the version in any case.
Status complete_withdrawal(const PromotionContext& context, journal::Journal& journal);

}  // namespace packhouse::desk
