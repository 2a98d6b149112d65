#pragma once

#include "index/context.hpp"

namespace packhouse::index {

/// Whether the index has room for this file now: else too_large, with the limit. For an answer before
/// anything is stored; the transaction that adds the file decides, so that no two concurrent uploads take the
/// same room.
Status check_quota(const Context& context, const File& file);

}  // namespace packhouse::index
