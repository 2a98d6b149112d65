#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace packhouse::http {

/// A field value such as `form-data; name="x"; filename="y"` taken apart.
struct ParameterizedValue {
  std::string value;                                        ///< lower case
  std::vector<std::pair<std::string, std::string>> params;  ///< names in lower case, values unquoted

  const std::string* find(std::string_view name) const noexcept;
};

/// RFC 9110 section 5.6.6, read as clients write it: in a quoted string `\"` and `\\` are escapes and any
/// other backslash stands for itself (browsers and curl differ there). invalid_input for a broken value and
/// for a parameter that stands twice: two readers would disagree which one counts.
Result<ParameterizedValue> parse_parameterized(std::string_view text);

/// The type of a Content-Type field, in lower case and without its parameters, which are not read:
/// "text/html" of "Text/HTML; charset=utf-8".
std::string media_type(std::string_view content_type);

}  // namespace packhouse::http
