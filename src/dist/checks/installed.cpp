#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "archive/names.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks/check_table.hpp"
#include "pep/entry_points.hpp"

// Checks of where a wheel's members are installed, rather than of what the members are called.

namespace packhouse::dist {
namespace {

/// What one installed file is compared with the next one by.
struct Place {
  std::string folded;
  std::string_view written;  ///< the path below the area
  std::string member;        ///< as the archive names it; empty for a command
  std::string shown;         ///< for the message
  bool is_folder = false;
};

std::vector<std::string> command_names(const InspectedFile& inspected) {
  std::vector<std::string> names;
  const auto file = inspected.kept.find("entry_points.txt");
  if (file == inspected.kept.end()) return names;
  const auto entries = read_entry_points(file->second);
  if (!entries.ok()) return names;
  for (const auto& entry : *entries) {
    if (entry.group == "console_scripts" || entry.group == "gui_scripts") names.push_back(entry.name);
  }
  return names;
}

std::vector<Place> sorted_places(const InspectedFile& inspected, const std::vector<std::string>& commands) {
  std::vector<Place> places;
  for (const auto& file : inspected.installed) {
    const auto& member = *file.member;
    places.push_back({file.folded, file.path, member.name, quote(member.name),
                      member.type == archive::MemberType::directory});
  }
  for (const auto& name : commands) {
    places.push_back({folded_place(Area::scripts, name), name, {}, "the command " + quote(name), false});
  }
  std::ranges::sort(places, archive::path_less, &Place::folded);
  return places;
}

// The container's rules speak of these two already.
bool clash_as_members(const Place& a, const Place& b) {
  if (a.member.empty() || b.member.empty()) return false;
  const auto left = folded_place(Area::site, a.member);
  const auto right = folded_place(Area::site, b.member);
  return left == right || right.starts_with(left + "/");
}

bool is_inside(const Place& inner, const Place& outer) {
  return inner.folded.starts_with(outer.folded) && inner.folded[outer.folded.size()] == '/';
}

// Whether a folder that holds both is written in two ways.
bool spells_folders_alike(const Place& a, const Place& b) {
  auto left = split(a.folded, '/');
  auto right = split(b.folded, '/');
  const auto left_written = split(a.written, '/');
  const auto right_written = split(b.written, '/');
  // The first folded segment is the area.
  for (std::size_t i = 1; i < left.size() && i < right.size() && left[i] == right[i]; ++i) {
    const bool both_folders = (i + 1 < left.size() || a.is_folder) && (i + 1 < right.size() || b.is_folder);
    if (!both_folders) return true;
    if (left_written[i - 1] != right_written[i - 1]) return false;
  }
  return true;
}

void check_once(const InspectedFile& inspected, Findings& findings) {
  const auto commands = command_names(inspected);
  const auto places = sorted_places(inspected, commands);
  for (std::size_t i = 1; i < places.size(); ++i) {
    const auto& a = places[i - 1];
    const auto& b = places[i];
    const bool same = a.folded == b.folded && !(a.is_folder && b.is_folder);
    const bool through = !a.is_folder && is_inside(b, a);
    const bool clash = (same || through) && !clash_as_members(a, b);
    if (clash || !spells_folders_alike(a, b)) findings.add(a.shown + " and " + b.shown);
  }
}

// "name.egg-info" or "name-version[-more].egg-info" of the wheel's own project and version.
bool is_own_egg_info(std::string_view folder, const InspectedFile& inspected) {
  const auto stem = folder.substr(0, folder.rfind('.'));
  const auto dash = stem.find('-');
  if (normalize_name(stem.substr(0, dash)) != inspected.name()->str()) return false;
  if (dash == std::string_view::npos) return true;
  const auto rest = stem.substr(dash + 1);
  const auto version = Version::read(rest.substr(0, rest.find('-')));
  return version.ok() && *version == *inspected.version();
}

// What importlib.metadata and pkg_resources take for the record of an installed project, in any letter case.
bool is_foreign_metadata(const InstalledPath& file, std::string_view top, const InspectedFile& inspected) {
  const auto lower = ascii_lower(top);
  if (lower.ends_with(".egg-link") || lower.ends_with(".egg")) return true;
  if (lower.ends_with(".egg-info")) return !is_own_egg_info(top, inspected);
  if (!lower.ends_with(".dist-info")) return false;
  // Folders of that very name at the root have checks of their own.
  const bool at_root = file.path.size() == file.member->name.size();
  return !at_root || !top.ends_with(".dist-info");
}

// What an installer writes into the .dist-info folder, to say how the project came there.
bool is_installers_own(const InstalledPath& file, const InspectedFile& inspected) {
  static constexpr std::array<std::string_view, 5> names{"direct_url.json", "INSTALLER", "REQUESTED",
                                                         "uv_cache.json", "uv_build.json"};
  return std::ranges::any_of(names, [&](std::string_view name) {
    return file.folded == folded_place(Area::site, inspected.root + "/" + std::string{name});
  });
}

void check_metadata(const InspectedFile& inspected, Findings& findings) {
  std::set<std::string> seen;
  for (const auto& file : inspected.installed) {
    if (!is_in_site_folder(file)) continue;
    const auto top = file.path.substr(0, file.path.find('/'));
    const bool foreign = is_foreign_metadata(file, top, inspected);
    if (foreign ? seen.insert(top).second : top == inspected.root && is_installers_own(file, inspected))
      findings.add(quote(file.member->name));
  }
}

// Digits with at most one dot among them, such as the end of "python3.12".
bool is_version_end(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_ascii_digit(c) || c == '.'; });
}

std::string_view without_end(std::string_view text, std::string_view end) {
  return text.ends_with(end) ? text.substr(0, text.size() - end.size()) : text;
}

// "python", "python3.12", "pythonw", "python3.13t", "pypy3", with or without an extension that Windows runs.
bool is_interpreter(std::string_view name) {
  for (const std::string_view end : {".exe", ".bat", ".cmd", ".com", ".ps1", ".py"})
    name = without_end(name, end);
  for (const std::string_view stem : {"python", "pypy"}) {
    if (!name.starts_with(stem)) continue;
    const auto rest = name.substr(stem.size());
    if (rest.empty() || rest == "w" || is_version_end(without_end(without_end(rest, "t"), "w"))) return true;
  }
  return false;
}

// What decides how the interpreter beside it starts.
bool is_environment_file(std::string_view name) {
  if (name == "pyvenv.cfg" || name.ends_with("._pth")) return true;
  for (const std::string_view end : {".dll", ".zip"}) {
    if (name.starts_with("python") && name.ends_with(end))
      return is_version_end(without_end(name, end).substr(6));
  }
  static constexpr std::array<std::string_view, 10> scripts{
      "activate",     "activate.csh", "activate.fish",    "activate.nu",    "activate.bat",
      "activate.ps1", "activate.xsh", "activate_this.py", "deactivate.bat", "deactivate.nu"};
  return std::ranges::find(scripts, name) != scripts.end();
}

bool is_reserved(Area area, std::string_view path) {
  if (area == Area::library) return true;
  if ((area != Area::scripts && area != Area::data) || path.contains('/')) return false;
  const auto name = archive::folded_name(path);
  return is_interpreter(name) || is_environment_file(name);
}

void check_reserved(const InspectedFile& inspected, Findings& findings) {
  for (const auto& file : inspected.installed) {
    if (is_reserved(file.area, file.path)) findings.add(quote(file.member->name));
  }
  for (const auto& name : command_names(inspected)) {
    if (is_reserved(Area::scripts, name)) findings.add("the command " + quote(name));
  }
}

void check_data_hooks(const InspectedFile& inspected, Findings& findings) {
  for (const auto& file : inspected.installed) {
    if (file.by_data_scheme && (is_path_file(file) || is_startup_module(file)))
      findings.add(quote(file.member->name));
  }
}

constexpr auto refuse = Severity::refuse;
constexpr std::string_view rebuild = "build with a current backend, and do not edit the wheel";

constexpr std::array table{
    Check{{"wheel.installed.once", refuse, false,
           "no two files at one installed path, also where letter case and Unicode form are ignored",
           "ship the file once, and write each folder in one way"},
          Kind::wheel,
          Need::named_contents,
          check_once},
    Check{{"wheel.installed.metadata", refuse, false, "no record of an installed project but the wheel's own",
           rebuild},
          Kind::wheel,
          Need::named_contents,
          check_metadata},
    Check{{"wheel.installed.reserved", refuse, false,
           "no file in the place of the interpreter, its library or its configuration",
           "give the script or the file another name"},
          Kind::wheel,
          Need::contents,
          check_reserved},
    Check{{"wheel.installed.start-up", refuse, false,
           "no file of the data scheme that Python runs at its start",
           "leave it out, or ship it in the wheel's root"},
          Kind::wheel,
          Need::contents,
          check_data_hooks},
};

}  // namespace

std::span<const Check> installed_checks() {
  return table;
}

}  // namespace packhouse::dist
