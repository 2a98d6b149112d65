#include "smoke/installed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "archive/zip.hpp"
#include "base/text.hpp"
#include "pep/entry_points.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::smoke {
namespace {

constexpr std::uint64_t max_record = 64U << 20U;
constexpr std::uint64_t max_entry_points = 1U << 20U;
constexpr std::size_t max_shown = 8;

/// Hashes each file of an archive, and keeps how it begins.
class MemberHasher final : public archive::MemberSink {
 public:
  struct File {
    std::string name;
    Sha256 sha256;
    std::string beginning;
  };

  void begin(const archive::Member& /*member*/) override {
    hasher_ = Hasher{};
    beginning_.clear();
  }
  void write(std::string_view chunk) override {
    hasher_.update(chunk);
    if (beginning_.size() < 16) beginning_ += chunk.substr(0, 16 - beginning_.size());
  }
  void end(const archive::Member& member, bool intact) override {
    all_intact = all_intact && intact;
    const Sha256 digest = hasher_.finish().sha256;
    if (member.type == archive::MemberType::file) files.push_back({member.name, digest, beginning_});
  }

  std::vector<File> files;
  bool all_intact = true;

 private:
  Hasher hasher_;
  std::string beginning_;
};

/// The place of one member ("Installing a wheel", steps 1 and 2); nullopt for what is not installed.
std::optional<Path> place_of(std::string_view member, std::string_view dist_info,
                             const InstallScheme& scheme) {
  constexpr std::array unsigned_files{"RECORD", "RECORD.jws", "RECORD.p7s"};
  const std::string record_folder = std::string(dist_info) + "/";
  if (member.starts_with(record_folder)) {
    const std::string_view name = member.substr(record_folder.size());
    if (std::ranges::find(unsigned_files, name) != unsigned_files.end()) return std::nullopt;
  }
  std::string_view stem = dist_info;
  stem.remove_suffix(std::string_view(".dist-info").size());
  const std::string data_folder = std::string(stem) + ".data/";
  if (!member.starts_with(data_folder)) return scheme.site / member;
  const std::string_view rest = member.substr(data_folder.size());
  const std::string_view key = rest.substr(0, rest.find('/'));
  const std::string_view path = rest.substr(std::min(rest.size(), key.size() + 1));
  if (key == "scripts") return scheme.scripts / path;
  if (key == "data") return scheme.prefix / path;
  if (key == "headers") return scheme.headers / path;
  return scheme.site / path;  // purelib and platlib: the same folder in a virtual environment
}

bool is_rewritten(std::string_view member, std::string_view beginning) {
  return member.find(".data/scripts/") != std::string_view::npos && beginning.starts_with("#!python");
}

// What pip writes beside the wheel's own files.
bool is_of_installer(const std::string& path, std::string_view dist_info) {
  constexpr std::array own{"INSTALLER", "REQUESTED", "RECORD"};
  for (const std::string_view name : own)
    if (path == fmt::format("{}/{}", dist_info, name)) return true;
  return path.ends_with(".pyc") && path.find("__pycache__/") != std::string::npos;
}

std::string shown(const std::vector<std::string>& lines) {
  std::vector<std::string> first(
      lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(std::min(lines.size(), max_shown)));
  if (lines.size() > max_shown) first.push_back(fmt::format("and {} more", lines.size() - max_shown));
  return join(first, "; ");
}

}  // namespace

Result<ExpectedFiles> expected_files(FileSystem& disk, const Path& wheel, std::string_view dist_info,
                                     const InstallScheme& scheme) {
  TRY(const auto size, disk.size(wheel));
  TRY(const auto file, disk.open(wheel));
  const auto source = archive::FileSource::borrow(file.get(), size);
  archive::Policy policy;
  policy.data_descriptors = true;  // whether they are allowed was decided before the release
  archive::ZipReader zip(source, policy);
  MemberHasher members;
  if (zip.readable()) zip.read_all(members);
  if (!zip.readable() || !members.all_intact)
    return Error{Errc::invalid_input, "expected a wheel that can be read, found a broken zip"};
  ExpectedFiles expected;
  for (const auto& member : members.files) {
    const auto place = place_of(member.name, dist_info, scheme);
    if (!place) continue;
    const bool rewritten = is_rewritten(member.name, member.beginning);
    expected.emplace(place->lexically_normal().string(),
                     rewritten ? std::nullopt : std::optional(member.sha256));
  }
  return expected;
}

std::vector<std::string> script_names(FileSystem& disk, const Path& dist_info) {
  std::vector<std::string> names;
  const auto text = disk.read(dist_info / "entry_points.txt", max_entry_points);
  const auto points = text.ok() ? parse_entry_points(*text) : Result<std::vector<EntryPoint>>(Error{});
  if (!points.ok()) return names;
  for (const EntryPoint& point : *points)
    if (point.group == "console_scripts" || point.group == "gui_scripts") names.push_back(point.name);
  return names;
}

Result<InstalledFiles> read_installed(FileSystem& disk, const ExpectedFiles& expected,
                                      std::string_view dist_info, const InstallScheme& scheme,
                                      const std::vector<std::string>& console_scripts) {
  InstalledFiles found;
  for (const auto& [place, digest] : expected) {
    auto hashed = hash_file(disk, place);
    if (hashed.ok()) {
      found.on_disk.emplace(place, hashed->sha256);
    } else {
      found.on_disk.emplace(place, std::move(hashed).error());
    }
  }
  TRY(const auto text, disk.read(scheme.site / dist_info / "RECORD", max_record));
  TRY(const auto record, dist::parse_record(text));
  for (const auto& entry : record) {
    if (is_of_installer(entry.path, dist_info)) continue;
    const Path place = (scheme.site / entry.path).lexically_normal();
    const bool is_script =
        place.parent_path() == scheme.scripts.lexically_normal() &&
        std::ranges::find(console_scripts, place.filename().string()) != console_scripts.end();
    if (!is_script && !expected.contains(place.string())) found.unexpected.push_back(entry.path);
  }
  return found;
}

Checks decide_installed(const ExpectedFiles& expected, const InstalledFiles& found) {
  std::vector<std::string> wrong;
  for (const auto& [place, digest] : expected) {
    const auto at = found.on_disk.find(place);
    const std::string name = quote(place);
    if (at == found.on_disk.end() || !at->second.ok()) {
      wrong.push_back(name + " is not there");
    } else if (digest && *digest != *at->second) {
      wrong.push_back(name + " has other bytes");
    }
  }
  for (const std::string& path : found.unexpected)
    wrong.push_back(quote(path) + " is not of the wheel");
  CheckBuilder exam;
  exam.on({"installed"})
      .require("smoke.installed-bytes", wrong.empty() && !expected.empty(),
               "every file of the promoted wheel, byte for byte",
               wrong.empty() ? fmt::format("{} files, hashed and compared", expected.size()) : shown(wrong),
               "something changes files while they are installed: stop the rollout", RefusalKind::smoke);
  return exam.take();
}

}  // namespace packhouse::smoke
