#pragma once

#include <span>
#include <string>
#include <string_view>

#include "store/metadata_store.hpp"

namespace packhouse::api {

/// The Simple API version that every page states. HTML is frozen at it (PEP 833).
inline constexpr std::string_view simple_api_version = "1.4";

/// The index's root, relative to a page, where its links begin, so that a proxy prefix needs no
/// configuration: of "/simple/<project>/" unless said otherwise.
inline constexpr std::string_view root_from_project_page = "../../";

/// "<ab>/<rest of the SHA-256>/<filename>": a file's address below the files' root.
std::string file_path(const File& file);

/// PEP 691, 700 and 792. Files that are withheld stand nowhere on it. Nothing optional is null: uv refuses
/// null sizes and times.
std::string project_json(const ProjectDetail& project, std::string_view root = root_from_project_page);
/// PEP 503, 592, 629, 658, 714 and 792: the same value for people and for clients without JSON.
std::string project_html(const ProjectDetail& project, std::string_view root = root_from_project_page);

std::string root_json(std::span<const ProjectSummary> projects, std::int64_t serial);
std::string root_html(std::span<const ProjectSummary> projects, std::int64_t serial);

}  // namespace packhouse::api
