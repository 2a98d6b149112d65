#pragma once

#include "index/context.hpp"

namespace packhouse::index {

/// Whether the index has room for this file. too_large, naming the limit, when it has not. Files that come in
/// at the same moment do not see each other: a limit may be passed by what is in flight.
Status check_quota(const Context& context, const File& file);

}  // namespace packhouse::index
