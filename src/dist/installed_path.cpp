#include "dist/installed_path.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "archive/names.hpp"
#include "base/text.hpp"
#include "dist/stdlib_names.hpp"

namespace packhouse::dist {
namespace {

/// A place below an area.
struct Place {
  Area area;
  std::string_view path;
};

// The first segment of `path`, taken off it with its slash.
std::string_view take_segment(std::string_view& path) {
  const auto slash = path.find('/');
  const auto segment = path.substr(0, slash);
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  return segment;
}

bool is_packages(std::string_view folder) {
  return iequals(folder, "site-packages") || iequals(folder, "dist-packages");
}

// Below `lib`: the folder of one interpreter, or on Windows the library itself.
Place place_in_lib(std::string_view path) {
  auto rest = path;
  const auto folder = ascii_lower(take_segment(rest));
  if (is_packages(folder)) return {Area::site, rest};
  if (folder.starts_with("python") || folder.starts_with("pypy")) {
    auto inner = rest;
    return is_packages(take_segment(inner)) ? Place{Area::site, inner} : Place{Area::library, rest};
  }
  const bool module = is_stdlib_name(folder.substr(0, folder.find('.')));
  return {module ? Area::library : Area::data, path};
}

// The data scheme's folder is the environment's own, whose folders the other schemes use.
Place place_of_data(std::string_view path) {
  auto rest = path;
  auto folder = ascii_lower(take_segment(rest));
  if (folder == "local") folder = ascii_lower(take_segment(rest));
  if (folder == "lib" || folder == "lib64" || folder == "lib32") {
    const auto place = place_in_lib(rest);
    return place.area == Area::data ? Place{Area::data, path} : place;
  }
  if (folder == "lib-python") return {Area::library, rest};
  if (is_packages(folder)) return {Area::site, rest};
  if (folder == "bin" || folder == "scripts") return {Area::scripts, rest};
  return {Area::data, path};
}

// Headers are installed below a folder of the project's name.
std::optional<std::string_view> place_in_headers(std::string_view path, const ProjectName* own) {
  if (!iequals(take_segment(path), "include")) return std::nullopt;
  auto folder = take_segment(path);
  if (iequals(folder, "site")) folder = take_segment(path);
  if (!ascii_lower(folder).starts_with("python")) return std::nullopt;
  const auto project = take_segment(path);
  if (own == nullptr || normalize_name(project) != own->str()) return std::nullopt;
  return path;
}

InstalledPath place_member(const archive::Member& member, const ProjectName* project) {
  std::string_view rest = member.name;
  const auto top = take_segment(rest);
  InstalledPath file;
  file.path = member.name;
  file.member = &member;
  if (!ascii_lower(top).ends_with(".data")) return file;
  const auto scheme = ascii_lower(take_segment(rest));
  if (scheme == "purelib" || scheme == "platlib") {
    file.path = rest;
  } else if (scheme == "scripts" || scheme == "headers") {
    file.area = scheme == "scripts" ? Area::scripts : Area::headers;
    file.path = rest;
  } else if (scheme == "data") {
    file.by_data_scheme = true;
    const auto headers = place_in_headers(rest, project);
    const auto place = headers ? Place{Area::headers, *headers} : place_of_data(rest);
    file.area = place.area;
    file.path = place.path;
  }
  return file;
}

std::string_view to_string(Area area) {
  static constexpr std::array<std::string_view, 5> names{"site", "scripts", "headers", "library", "data"};
  return names.at(static_cast<std::size_t>(area));
}

}  // namespace

std::string folded_place(Area area, std::string_view path) {
  std::string out{to_string(area)};
  if (path.ends_with('/')) path.remove_suffix(1);
  for (const auto segment : split(path, '/')) {
    auto folded = archive::folded_name(segment);
    // Some characters have a slash in their normal form; none of them makes a folder.
    std::ranges::replace(folded, '/', '\0');
    out += '/';
    out += folded;
  }
  return out;
}

InstalledPath installed_path(const archive::Member& member, const ProjectName* project) {
  auto file = place_member(member, project);
  file.folded = folded_place(file.area, file.path);
  return file;
}

// On Windows the environment's folder is one of the site folders as well (`site.getsitepackages()`).
bool is_in_site_folder(const InstalledPath& file) {
  return file.area == Area::site || file.area == Area::data;
}

bool is_path_file(const InstalledPath& file) {
  return is_in_site_folder(file) && !file.path.contains('/') && ascii_lower(file.path).ends_with(".pth");
}

bool is_startup_module(const InstalledPath& file) {
  if (!is_in_site_folder(file) && file.area != Area::library) return false;
  const auto module = ascii_lower(std::string_view{file.path}.substr(0, file.path.find_first_of("./")));
  return module == "sitecustomize" || module == "usercustomize";
}

}  // namespace packhouse::dist
