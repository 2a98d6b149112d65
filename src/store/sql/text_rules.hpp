#pragma once

#include <string_view>

#include "base/result.hpp"

namespace packhouse::sql {

/// invalid_input for text that a database or a reader of the ledger would not take: not UTF-8, or with a NUL.
/// `what` names it.
Status check_text(std::string_view what, std::string_view text);

}  // namespace packhouse::sql
