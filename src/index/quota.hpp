#pragma once

#include "index/context.hpp"

namespace packhouse::index {

/// Whether the index has room for this file now. too_large, naming the limit, when it has not. For an answer
/// before anything is stored: the transaction that takes the file looks again, so that no two files that come
/// in at the same moment take the same room.
Status check_quota(const Context& context, const File& file);

}  // namespace packhouse::index
