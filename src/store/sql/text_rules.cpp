#include "store/sql/text_rules.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse::sql {

Status check_text(std::string_view what, std::string_view text) {
  if (is_utf8(text) && text.find('\0') == std::string_view::npos) return success();
  return Error{Errc::invalid_input,
               fmt::format("{}: expected UTF-8 without NUL, found {}", what, quote(text))};
}

}  // namespace packhouse::sql
