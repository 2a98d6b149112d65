#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "archive/member.hpp"
#include "pep/project_name.hpp"

namespace packhouse::dist {

/// Where in an environment an installer puts a file.
enum class Area : std::uint8_t {
  site,     ///< site-packages: a wheel's root, and its purelib and platlib
  scripts,  ///< beside the interpreter
  headers,
  library,  ///< the interpreter's own modules, which only the data scheme reaches
  data,     ///< the environment's folder
};

/// A member of a wheel at the place where it is installed, on whatever system and by whichever scheme
/// ("Binary distribution format" specification, the .data folder). The data scheme reaches every other place
/// by its path: `lib/python3.12/site-packages/x.pth` and `Lib/site-packages/x.pth` count as `x.pth` in
/// site-packages.
struct InstalledPath {
  Area area = Area::site;
  std::string path;    ///< below the area, as written
  std::string folded;  ///< area and path; equal for two that some file system takes for one
  bool by_data_scheme = false;
  const archive::Member* member = nullptr;
};

/// Of a member of a wheel, which it points to. `project`: the wheel's own, null where that is not known.
InstalledPath installed_path(const archive::Member& member, const ProjectName* project);

/// "area/path" with letter case and Unicode form ignored, segment by segment.
std::string folded_place(Area area, std::string_view path);

/// In a folder that Python searches for modules, .pth files and records of installed projects.
bool is_in_site_folder(const InstalledPath& file);
/// A .pth file where Python reads those at its start.
bool is_path_file(const InstalledPath& file);
/// sitecustomize or usercustomize, which Python imports at its start.
bool is_startup_module(const InstalledPath& file);

}  // namespace packhouse::dist
