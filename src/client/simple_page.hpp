#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/url.hpp"

namespace packhouse::client {

/// One file as a project's page of the simple repository API names it. Nothing of it is proved.
struct PageFile {
  std::string filename;
  std::string url;                    ///< as written, without its fragment: may be relative
  std::optional<std::string> sha256;  ///< as written
  bool yanked = false;
  std::optional<std::string> label = {};  ///< of a Packhouse index: what its release is called for ever
  std::string yanked_reason = {};
  std::optional<std::uint64_t> size = {};
  std::optional<std::string> upload_time = {};  ///< as written, as the texts below
  std::optional<std::string> requires_python = {};
  std::optional<std::string> metadata_sha256 = {};  ///< PEP 658
  std::optional<std::string> provenance = {};       ///< a URL (PEP 740)
  bool operator==(const PageFile&) const = default;
};

struct SimplePage {
  std::vector<PageFile> files;
  std::string base;  ///< of an HTML page's <base>; empty: the page's own address
  /// It says that it is of the simple repository API, by its type (PEP 691) or its version (PEP 629). HTML
  /// from anywhere parses as a page with the links that it happens to hold.
  bool stated = false;
  std::string status = {};  ///< PEP 792, as written; empty: not stated
  std::string status_reason = {};
};

inline constexpr std::size_t max_page_bytes = 64U << 20U;
inline constexpr std::size_t max_page_files = 200'000;

/// application/vnd.pypi.simple.v1+json, or HTML for any other type. Bounded time and memory; whatever is no
/// link is passed over, as installers do.
Result<SimplePage> parse_simple_page(std::string_view content_type, std::string_view body);

/// Whether the answer to a request for `root`, whose path ends in '/', is the list of all projects of a
/// simple repository: JSON with `projects` (PEP 691), or HTML whose links each lead to one path segment below
/// `root` (PEP 503; a file server's links to the folder itself and its parent are passed over). An empty list
/// must say its version (PEP 629), or have "Simple Index" as its title as pypiserver's has.
bool is_project_list(const http::Url& root, std::string_view content_type, std::string_view body);

}  // namespace packhouse::client
