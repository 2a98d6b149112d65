#include "config/lock_file.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/text.hpp"
#include "config/toml_reader.hpp"

namespace packhouse::app {
namespace {

constexpr std::string_view hash_option = "--hash=sha256:";

/// Lines that end in a backslash go on in the next one.
std::vector<std::string> logical_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::string line;
  for (const auto physical : split(text, '\n')) {
    auto part = trim(physical);
    const bool goes_on = part.ends_with('\\');
    if (goes_on) part.remove_suffix(1);
    line += part;
    if (goes_on) {
      line += ' ';
      continue;
    }
    lines.push_back(std::move(line));
    line.clear();
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string_view without_comment(std::string_view line) {
  if (line.starts_with('#')) return {};
  return trim(line.substr(0, line.find(" #")));
}

Error not_pinned(std::string_view line) {
  return {Errc::invalid_input, fmt::format("expected NAME==VERSION, found {}", quote(line)),
          "resolve it first: `uv pip compile` or `pip-compile` write such a file"};
}

Result<PinnedRelease> read_requirement(std::string_view line) {
  const auto options = line.find(" --");
  auto requirement = trim(line.substr(0, options));
  requirement = trim(requirement.substr(0, requirement.find(';')));
  const auto pin = requirement.find("==");
  if (pin == std::string_view::npos) return not_pinned(line);
  auto name = trim(requirement.substr(0, pin));
  name = trim(name.substr(0, name.find('[')));
  auto version = trim(requirement.substr(pin + 2));
  if (version.starts_with('=')) version = trim(version.substr(1));
  auto release = ReleaseName::parse(name, version);
  if (!release.ok()) return not_pinned(line);
  PinnedRelease pinned{.release = *std::move(release)};
  for (auto at = line.find(hash_option); at != std::string_view::npos; at = line.find(hash_option, at + 1)) {
    const auto digest = line.substr(at + hash_option.size());
    TRY(const auto sha256, Sha256::parse(digest.substr(0, digest.find(' '))));
    pinned.digests.push_back(sha256);
  }
  return pinned;
}

/// The digest of a file's table, as pylock.toml or uv.lock has it.
std::optional<Sha256> digest_of(const toml::table& file) {
  constexpr std::string_view prefix = "sha256:";
  auto text = file["hashes"]["sha256"].value_or(std::string());
  if (const auto hash = file["hash"].value_or(std::string()); text.empty() && hash.starts_with(prefix))
    text = hash.substr(prefix.size());
  const auto digest = Sha256::parse(text);
  return digest.ok() ? std::optional{*digest} : std::nullopt;
}

void add_digest(const toml::node* file, std::vector<Sha256>& digests) {
  const auto* table = file != nullptr ? file->as_table() : nullptr;
  const auto digest = table != nullptr ? digest_of(*table) : std::nullopt;
  if (digest) digests.push_back(*digest);
}

/// nullopt: it is of no index.
Result<std::optional<PinnedRelease>> read_package(const toml::table& package) {
  std::vector<Sha256> digests;
  add_digest(package.get("sdist"), digests);
  if (const auto* wheels = package.get_as<toml::array>("wheels")) {
    for (const auto& wheel : *wheels)
      add_digest(&wheel, digests);
  }
  if (digests.empty()) return std::optional<PinnedRelease>{};
  TRY(auto release, ReleaseName::parse(package["name"].value_or(std::string()),
                                       package["version"].value_or(std::string())));
  return std::optional{PinnedRelease{.release = std::move(release), .digests = std::move(digests)}};
}

}  // namespace

Result<std::vector<PinnedRelease>> read_requirements(std::string_view text) {
  std::vector<PinnedRelease> all;
  for (const auto& logical : logical_lines(text)) {
    const auto line = without_comment(logical);
    if (line.starts_with("-r") || line.starts_with("--requirement") || line.starts_with("-e"))
      return not_pinned(line);
    if (line.empty() || line.starts_with('-')) continue;
    TRY(auto pinned, read_requirement(line));
    all.push_back(std::move(pinned));
  }
  return all;
}

Result<Pins> read_pins(const PinFile& file, FileSystem& disk) {
  constexpr std::uint64_t max_bytes = 64UL << 20U;
  const auto& path = file.requirements ? *file.requirements : *file.lock;
  TRY(const auto text, disk.read(path, max_bytes));
  TRY(auto releases, file.requirements ? read_requirements(text) : read_lock(text, path));
  return Pins{.sha256 = Sha256::of(text), .releases = std::move(releases)};
}

Result<std::vector<PinnedRelease>> read_lock(std::string_view text, std::string_view name) {
  TRY(const auto document, parse_toml(text, name));
  const auto* packages = document.get_as<toml::array>("packages");  // pylock.toml
  if (packages == nullptr) packages = document.get_as<toml::array>("package");
  if (packages == nullptr) {
    return Error{Errc::invalid_input, fmt::format("{}: expected [[packages]] or [[package]]", name),
                 "pylock.toml and uv.lock are read"};
  }
  std::vector<PinnedRelease> all;
  for (const auto& node : *packages) {
    const auto* package = node.as_table();
    if (package == nullptr) continue;
    auto pinned = read_package(*package);
    if (!pinned.ok()) return pinned.error().context(std::string(name));
    if (*pinned) all.push_back(**std::move(pinned));
  }
  return all;
}

}  // namespace packhouse::app
