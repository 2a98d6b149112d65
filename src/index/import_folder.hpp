#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sys/file_system.hpp"

namespace packhouse::index {

/// A distribution file in a folder that another index left.
struct FoundFile {
  Path path;
  std::string filename;
  Timestamp uploaded;
  std::optional<std::string> yanked = {};  ///< as File::yanked
};

struct FoundFiles {
  std::vector<FoundFile> files;   ///< by upload time, then by filename
  std::vector<Path> passed_over;  ///< that look like distributions by their end, and have no name of one
};

/// Looks for wheels and sdists in a folder and all that is below it, whatever its layout: a flat folder as
/// pypiserver serves it, the tree of `devpi-export`, of bandersnatch, or of `packhouse export`. The upload
/// time is what the tree says: `upload-time` of a page of the Simple API in JSON (PEP 700), which also says
/// what is yanked, or `last_modified` of devpi's `dataindex.json`; otherwise when the file was last written.
/// Files and folders whose name begins with a dot, and links to folders, are not looked at.
/// not_found without that folder; too_large beyond max_import_files.
Result<FoundFiles> find_distributions(FileSystem& disk, const Path& folder);

inline constexpr std::size_t max_import_files = 5'000'000;

}  // namespace packhouse::index
