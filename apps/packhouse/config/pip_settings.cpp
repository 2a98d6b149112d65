#include "config/pip_settings.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/text.hpp"

namespace packhouse::app {
namespace {

using std::filesystem::path;

/// The folders of the system's configuration, as platformdirs has them.
std::vector<path> system_folders(const PipSurroundings& surroundings) {
  std::vector<path> folders;
  const auto listed = surroundings.variable("XDG_CONFIG_DIRS").value_or("/etc/xdg");
  for (std::string_view rest = listed; !rest.empty();) {
    const auto colon = rest.find(':');
    if (colon != 0) folders.emplace_back(rest.substr(0, colon));
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return folders;
}

/// An option's values by the section: a later file replaces what an earlier one has.
struct Sections {
  std::optional<std::string> global = {};
  std::optional<std::string> install = {};
};

void read_option(std::string_view text, std::string_view wanted, Sections& sections) {
  std::string section;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto whole = text.substr(0, end);
    const auto line = trim(whole);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (line.starts_with('[') && line.ends_with(']')) {
      section = std::string(line.substr(1, line.size() - 2));
      continue;
    }
    const auto equals = line.find_first_of("=:");
    if (equals == std::string_view::npos) continue;
    auto name = ascii_lower(trim(line.substr(0, equals)));
    for (char& c : name)
      if (c == '_') c = '-';
    if (name != wanted) continue;
    if (section == "global") sections.global = std::string(trim(line.substr(equals + 1)));
    if (section == "install") sections.install = std::string(trim(line.substr(equals + 1)));
  }
}

/// The legacy file and that of the user's configuration.
std::vector<path> user_files(const PipSurroundings& surroundings) {
  std::vector<path> files;
  const auto home = surroundings.variable("HOME");
  if (home) files.push_back(path(*home) / ".pip" / "pip.conf");
  if (const auto config = surroundings.variable("XDG_CONFIG_HOME")) {
    files.push_back(path(*config) / "pip" / "pip.conf");
  } else if (home) {
    files.push_back(path(*home) / ".config" / "pip" / "pip.conf");
  }
  return files;
}

}  // namespace

std::vector<path> pip_files(const PipSurroundings& surroundings) {
  const auto named = surroundings.variable("PIP_CONFIG_FILE");
  if (named == "/dev/null") return {};
  std::vector<path> files;
  for (const auto& folder : system_folders(surroundings))
    files.push_back(folder / "pip" / "pip.conf");
  files.emplace_back("/etc/pip.conf");
  const bool has_named = named && surroundings.read(*named).has_value();
  if (!has_named) std::ranges::copy(user_files(surroundings), std::back_inserter(files));
  if (const auto environment = surroundings.variable("VIRTUAL_ENV"))
    files.push_back(path(*environment) / "pip.conf");
  if (named) files.emplace_back(*named);
  return files;
}

Result<Secret> pip_index_url(const PipSurroundings& surroundings) {
  if (auto url = surroundings.variable("PIP_INDEX_URL")) return Secret{std::move(*url)};
  Sections sections;
  for (const auto& file : pip_files(surroundings)) {
    if (const auto text = surroundings.read(file)) read_option(*text, "index-url", sections);
  }
  auto found = (sections.install ? sections.install : sections.global).value_or("");
  if (!found.empty()) return Secret{std::move(found)};
  return Error{Errc::not_found, "the pip of this machine has no index-url in its configuration",
               "give the upstream's address in place of \"pip\""};
}

}  // namespace packhouse::app
