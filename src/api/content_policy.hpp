#pragma once

#include <string_view>

/// Values of the field Content-Security-Policy.
namespace packhouse::api {

/// Of a page of links: loads, scripts, forms and frames around it are forbidden.
inline constexpr std::string_view page_policy =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Of an uploaded file: a browser that shows it in spite of its type runs nothing of it, and gives it an
/// opaque origin.
inline constexpr std::string_view file_policy = "default-src 'none'; sandbox; frame-ancestors 'none'";

}  // namespace packhouse::api
