#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace packhouse::client {

/// One file as a project's page of the simple repository API names it. Nothing of it is proved.
struct PageFile {
  std::string filename;
  std::string url;                    ///< as written, without its fragment: may be relative
  std::optional<std::string> sha256;  ///< as written
  bool yanked = false;
  std::optional<std::string> label = {};  ///< of a Packhouse index: what its release is called for ever
  bool operator==(const PageFile&) const = default;
};

struct SimplePage {
  std::vector<PageFile> files;
  std::string base;  ///< of an HTML page's <base>; empty: the page's own address
};

inline constexpr std::size_t max_page_bytes = 64U << 20U;
inline constexpr std::size_t max_page_files = 200'000;

/// application/vnd.pypi.simple.v1+json, or HTML for any other type. Bounded time and memory; whatever is no
/// link is passed over, as installers do.
Result<SimplePage> parse_simple_page(std::string_view content_type, std::string_view body);

}  // namespace packhouse::client
