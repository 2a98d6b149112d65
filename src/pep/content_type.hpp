#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace packhouse {

/// What is wrong with the value of Description-Content-Type, if anything: it must be text/plain, text/x-rst
/// or text/markdown with parameters that RFC 2045 allows, of which `charset` must be UTF-8 and Markdown's
/// `variant` GFM or CommonMark. The continuations and encodings of RFC 2231 are refused.
std::optional<std::string> content_type_problem(std::string_view value);

}  // namespace packhouse
