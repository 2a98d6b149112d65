#include "source/release_check.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "archive/byte_source.hpp"
#include "archive/zip.hpp"
#include "base/parallel.hpp"
#include "dist/artifact.hpp"
#include "dist/check.hpp"
#include "dist/release_checks.hpp"
#include "sys/unnamed_file.hpp"

namespace packhouse::source {
namespace {

namespace fs = std::filesystem;

/// An open file. A small one is read whole at once: a system call for each member took a fifth of the time.
class Input {
 public:
  static Result<Input> open(const fs::path& path) {
    TRY(auto file, archive::FileSource::open(path));
    return Input{std::move(file)};
  }

  const archive::ByteSource& source() const noexcept {
    if (memory_) return *memory_;
    return file_;
  }

 private:
  static constexpr std::uint64_t small = 2U << 20U;

  explicit Input(archive::FileSource file) : file_(std::move(file)) {
    if (file_.size() > small) return;
    bytes_.resize(static_cast<std::size_t>(file_.size()));
    file_.read_at(0, bytes_);
    memory_.emplace(std::string_view{bytes_.data(), bytes_.size()});
  }

  archive::FileSource file_;
  std::vector<char> bytes_;  // a vector's bytes stay where they are when it moves
  std::optional<archive::MemorySource> memory_;
};

Sha256 digest_of(const archive::ByteSource& source) {
  Hasher hasher;
  std::vector<char> buffer(1U << 20U);
  for (std::uint64_t offset = 0; offset < source.size();) {
    const auto count = std::min<std::uint64_t>(buffer.size(), source.size() - offset);
    const auto chunk = std::span{buffer}.first(static_cast<std::size_t>(count));
    source.read_at(offset, chunk);
    hasher.update({chunk.data(), chunk.size()});
    offset += count;
  }
  return hasher.finish().sha256;
}

/// The checks over all files of a release, as far as the files say what they are.
void check_together(dist::ReleaseReport& report, const dist::Policy& policy) {
  std::vector<const dist::Inspection*> known;
  for (const auto& file : report.files) {
    if (file.inspection) known.push_back(&*file.inspection);
  }
  report.release = dist::check_release(known, policy);
}

/// Names in the folder, sorted, a folder's with '/' at its end. Hidden ones are no content, as for a shell's
/// `dist/*`: build tools leave a .gitignore.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string() + (entry.is_directory() ? "/" : ""));
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  std::ranges::sort(names);
  return names;
}

/// What became of one member of an artifact.
struct CheckedMember {
  dist::ManifestEntry entry;
  dist::Report report;
};

Result<CheckedMember> check_member(dist::Artifact& artifact, const dist::Artifact::File& file,
                                   const dist::Policy& policy) {
  TRY(auto unpacked, UnnamedFile::make(fs::temp_directory_path()));
  TRY(auto entry, artifact.extract(file, [&](std::string_view chunk) { return unpacked.write(chunk); }));
  const FileDescriptor bytes = std::move(unpacked).release();
  const auto source = archive::FileSource::borrow(bytes.get(), entry.size);
  return CheckedMember{std::move(entry), dist::check_file(source, file.filename, policy)};
}

}  // namespace

bool is_zip_sdist(const std::string& path) {
  const auto source = archive::FileSource::open(path);
  if (!source.ok()) return false;
  const archive::Policy policy;
  const archive::ZipReader reader{*source, policy};
  return std::ranges::any_of(reader.members(), [](const auto& member) {
    const auto slash = member.name.find('/');
    return slash != std::string::npos && std::string_view{member.name}.substr(slash + 1) == "PKG-INFO";
  });
}

Result<dist::ReleaseReport> check_artifact(const std::string& path, const dist::Policy& policy) {
  TRY(const auto source, archive::FileSource::open(path));
  const dist::Artifact artifact{source, policy};
  dist::ReleaseReport report{
      .source = path, .members = artifact.results(), .files = {}, .release = {}, .manifest = {}};
  const auto& files = artifact.files();
  std::vector<Result<CheckedMember>> members(files.size(), Error{});
  dist::for_each_file(source, policy, {}, files.size(), [&](dist::Artifact& reader, std::size_t i) {
    members[i] = check_member(reader, files[i], policy);
  });
  std::vector<dist::ManifestEntry> entries;
  for (auto& member : members) {
    if (!member.ok() && member.error().code != Errc::invalid_input) return std::move(member).error();
    if (!member.ok()) {
      // The rule that the member breaks leads its message; no manifest names a member that is not whole.
      report.members.push_back({"artifact.intact", dist::Outcome::refused, "files that unpack whole",
                                member.error().message, member.error().hint});
      return report;
    }
    entries.push_back(std::move(member->entry));
    report.files.push_back(std::move(member->report));
  }
  if (!artifact.accepted()) return report;
  check_together(report, policy);
  TRY(report.manifest, dist::Manifest::make(std::move(entries)));
  return report;
}

Result<dist::ReleaseReport> check_folder(const std::string& folder, const dist::Policy& policy) {
  dist::ReleaseReport report{.source = folder, .members = {}, .files = {}, .release = {}, .manifest = {}};
  auto names = names_in(folder);
  report.members = dist::check_member_names(names, policy);
  std::erase_if(names, [&](const auto& name) { return !dist::is_distribution_name(name, policy); });
  std::vector<std::optional<Result<dist::ManifestEntry>>> entries(names.size());
  report.files.resize(names.size());
  in_parallel(names.size(), [&](std::size_t i) {
    const auto input = Input::open(fs::path{folder} / names[i]);
    if (!input.ok()) {
      entries[i] = input.error();
      return;
    }
    const auto& source = input->source();
    report.files[i] = dist::check_file(source, names[i], policy);
    entries[i] = dist::ManifestEntry{names[i], source.size(), digest_of(source)};
  });
  std::vector<dist::ManifestEntry> whole;
  for (auto& entry : entries) {
    TRY(auto value, *std::move(entry));
    whole.push_back(std::move(value));
  }
  check_together(report, policy);
  TRY(report.manifest, dist::Manifest::make(std::move(whole)));
  return report;
}

Result<std::vector<dist::ReleaseReport>> check_files(std::span<const std::string> paths,
                                                     const dist::Policy& policy, bool archive_only) {
  std::vector<std::optional<Result<dist::Report>>> reports(paths.size());
  in_parallel(paths.size(), [&](std::size_t i) {
    const auto input = Input::open(paths[i]);
    if (!input.ok()) {
      reports[i] = input.error();
      return;
    }
    const auto name = fs::path{paths[i]}.filename().string();
    reports[i] = archive_only ? dist::check_archive(input->source(), name, policy)
                              : dist::check_file(input->source(), name, policy);
  });
  std::vector<dist::ReleaseReport> releases;
  std::map<std::string, std::size_t> by_release;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    TRY(auto report, *std::move(reports[i]));
    const auto& known = report.inspection;
    const auto key = known ? known->name.str() + " " + known->version.str() : paths[i];
    const auto [place, added] = by_release.emplace(key, releases.size());
    if (added) releases.push_back({.source = key, .members = {}, .files = {}, .release = {}, .manifest = {}});
    releases[place->second].files.push_back(std::move(report));
  }
  for (auto& release : releases) {
    if (release.files.size() > 1) check_together(release, policy);
  }
  return releases;
}

}  // namespace packhouse::source
