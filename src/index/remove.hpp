#pragma once

#include <string_view>

#include "base/result.hpp"
#include "index/context.hpp"

namespace packhouse::index {

/// Deletes a file from the index: its filename is retired, its bytes stay until `packhouse gc`.
/// invalid_input without a reason or with one over 1000 bytes; not_found when no file of `project` has that
/// name; forbidden in an immutable index. An empty `project` matches any.
Result<File> remove_file(const Context& context, std::string_view project, std::string_view filename,
                         std::string_view reason, const Actor& actor);

}  // namespace packhouse::index
