#pragma once

#include <span>
#include <string>
#include <vector>

#include "dist/render.hpp"
#include "sys/file_system.hpp"

namespace packhouse::source {

/// A CI run's artifact, a zip: its members, each file in it, all of them together, and their manifest where
/// every member came out whole. An Error for a file that cannot be read.
Result<dist::ReleaseReport> check_artifact(const std::string& path, const dist::Policy& policy);

/// Whether the zip is an sdist, as old releases have them, rather than a CI run's artifact: it has a PKG-INFO
/// in a folder at its top. False for what cannot be opened.
bool is_zip_sdist(const std::string& path);

/// A folder of wheels and sdists, such as `dist/`: the names in it, each file, all of them together, and
/// their manifest.
Result<dist::ReleaseReport> check_folder(const std::string& folder, const dist::Policy& policy);

/// Files one by one, and those of one project and version together. `archive_only`: the container's rules
/// alone, on any zip or tar.gz.
Result<std::vector<dist::ReleaseReport>> check_files(std::span<const std::string> paths,
                                                     const dist::Policy& policy, bool archive_only);

}  // namespace packhouse::source
