#include "source/candidate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ranges>

#include "archive/byte_source.hpp"
#include "base/text.hpp"
#include "dist/artifact.hpp"
#include "dist/release_checks.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::source {
namespace {

constexpr std::string_view fix_build =
    "correct the build, bump the version if this one is out, and push again";

/// An open file as a source of bytes.
struct OpenSource {
  FileDescriptor file;
  archive::FileSource bytes;
};

Result<OpenSource> open_source(FileSystem& disk, const Path& path) {
  TRY(const auto size, disk.size(path));
  TRY(auto file, disk.open(path));
  auto bytes = archive::FileSource::borrow(file.get(), size);
  return OpenSource{std::move(file), std::move(bytes)};
}

std::string describe(const dist::CheckResult& result) {
  return fmt::format("{}: expected {}, found {}", result.id, result.expected, result.found);
}

/// The refusals in one line, at most a few: the rest is in `packhouse check`.
std::string describe_refusals(const std::vector<dist::CheckResult>& results) {
  constexpr std::size_t shown = 5;
  std::vector<std::string> lines;
  std::size_t count = 0;
  for (const auto& result : results) {
    if (result.outcome != dist::Outcome::refused) continue;
    if (++count <= shown) lines.push_back(describe(result));
  }
  if (count > shown) lines.push_back(fmt::format("and {} more", count - shown));
  return join(lines, "; ");
}

std::string first_fix(const std::vector<dist::CheckResult>& results) {
  const auto refused = std::ranges::find(results, dist::Outcome::refused, &dist::CheckResult::outcome);
  return refused == results.end() ? std::string(fix_build) : refused->hint;
}

/// Writes a member beside the others. Not flushed: the folder is gone with this process.
Result<client::ReleaseFile> extract(FileSystem& disk, dist::Artifact& artifact,
                                    const dist::Artifact::File& file, const Path& folder) {
  const Path path = folder / file.filename;
  TRY(const auto out, disk.create(path));
  TRY(const auto entry, artifact.extract(file, [&](std::string_view chunk) { return out->write(chunk); }));
  return client::ReleaseFile{path, entry.filename, entry.size, entry.sha256, {}};
}

/// Every file, or what kept one from coming out.
std::vector<Result<client::ReleaseFile>> extract_all(FileSystem& disk, const archive::ByteSource& source,
                                                     std::size_t count, const Path& folder,
                                                     const dist::Policy& policy,
                                                     const dist::Sidecars& sidecars) {
  std::vector<Result<client::ReleaseFile>> all(count, Error{});
  dist::for_each_file(source, policy, sidecars, count, [&](dist::Artifact& artifact, std::size_t i) {
    all[i] = extract(disk, artifact, artifact.files()[i], folder);
    if (!all[i].ok()) return;
    const auto out = open_source(disk, all[i]->path);
    if (!out.ok()) {
      all[i] = out.error();
      return;
    }
    all[i]->report = dist::check_file(out->bytes, all[i]->filename, policy);
  });
  return all;
}

/// "NAME: " where there is more than one artifact.
std::string prefix_of(const ArchiveToUnpack& archive) {
  return archive.artifact.empty() ? "" : quote(archive.artifact) + ": ";
}

Checks members_check(const dist::Artifact& artifact, const ArchiveToUnpack& archive) {
  CheckBuilder exam;
  exam.on({"archive"})
      .require("artifact.members", artifact.accepted(),
               "flat wheels (*.whl) and one sdist (*.tar.gz), and nothing else",
               prefix_of(archive) + (artifact.accepted() ? fmt::format("{} files", artifact.files().size())
                                                         : describe_refusals(artifact.results())),
               first_fix(artifact.results()));
  return exam.take();
}

// A deflate stream or a CRC that is wrong shows only while the bytes come out.
Checks broken_member(const ArchiveToUnpack& archive, const std::string& what) {
  CheckBuilder exam;
  exam.on({"archive"})
      .require("artifact.members", false, "every member to come out whole", prefix_of(archive) + what,
               fix_build);
  return exam.take();
}

/// Of those that are attestations; an Error names the member that did not come out.
Result<std::map<std::string, std::string>> read_sidecars(dist::Artifact& artifact) {
  std::map<std::string, std::string> texts;
  std::uint64_t room = max_sidecar_bytes;
  for (const dist::Artifact::File& file : artifact.sidecars()) {
    if (!file.filename.ends_with(attestation_ending)) continue;
    if (file.size > room) {
      return Error{Errc::invalid_input, fmt::format("{}: expected at most {} bytes of attestations",
                                                    quote(file.filename), max_sidecar_bytes)};
    }
    room -= file.size;
    std::string& text = texts[file.filename];
    const auto entry = artifact.extract(file, [&](std::string_view chunk) {
      text += chunk;
      return success();
    });
    if (!entry.ok()) return entry.error().context(quote(file.filename));
  }
  return texts;
}

// ----- files that were built here

bool is_distribution(std::string_view name) {
  const bool plain = !name.starts_with('.') && !name.starts_with('-');
  return plain && (name.ends_with(".whl") || name.ends_with(".tar.gz"));
}

Checks built_check(const std::vector<std::string>& names) {
  std::vector<std::string> others;
  for (const std::string& name : names)
    if (!is_distribution(name)) others.push_back(quote(name));
  CheckBuilder exam;
  exam.on({"build"}).require("build.members", others.empty() && !names.empty(),
                             "wheels (*.whl) and one sdist (*.tar.gz), and nothing else",
                             others.empty() ? fmt::format("{} files", names.size()) : join(others, ", "),
                             "have the build write its distributions alone");
  return exam.take();
}

/// A copy of its own, whatever the build linked: durable when this returns.
Status copy_file(FileSystem& disk, const Path& from, const Path& to) {
  TRY(const auto size, disk.size(from));
  TRY(const auto source, disk.open(from));
  const auto bytes = archive::FileSource::borrow(source.get(), size);
  TRY(const auto out, disk.create(to));
  std::string block(256U << 10U, '\0');
  for (std::uint64_t at = 0; at < size;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), size - at));
    bytes.read_at(at, std::span(block).first(count));
    CHECK_OK(out->write(std::string_view(block).substr(0, count)));
    at += count;
  }
  return out->sync();
}

Result<client::ReleaseFile> inspect(FileSystem& disk, const Path& path, const dist::Policy& policy) {
  TRY(const auto digests, hash_file(disk, path));
  TRY(const auto source, open_source(disk, path));
  std::string filename = path.filename().string();
  auto report = dist::check_file(source.bytes, filename, policy);
  return client::ReleaseFile{path, std::move(filename), source.bytes.size(), digests.sha256,
                             std::move(report)};
}

// ----- the decision

/// One check over all files: `wrong` says what is wrong with a file, or nothing.
template <typename Wrong>
void examine_each(CheckBuilder& exam, std::string_view id, const Candidate& candidate, std::string expected,
                  std::string_view hint, const Wrong& wrong) {
  std::vector<std::string> found;
  for (const client::ReleaseFile& file : candidate.files) {
    const std::optional<std::string> fault = wrong(file);
    if (fault) found.push_back(fmt::format("{}: {}", file.filename, *fault));
  }
  const bool passed = found.empty() && !candidate.files.empty();
  exam.require(id, passed, std::move(expected),
               found.empty() ? fmt::format("{} files", candidate.files.size()) : join(found, "; "), hint);
}

std::string_view words_for_sdists(bool needed, bool several) {
  if (several) return needed ? "at least one sdist" : "any number of sdists";
  return needed ? "exactly one sdist" : "at most one sdist";
}

/// Where the settings lower a check of the artifact, the release may do without that kind as well; so with
/// release.single-sdist.
void examine_kinds(CheckBuilder& exam, const Candidate& candidate, const dist::Policy& file_policy) {
  const auto required = [&](std::string_view check) {
    return file_policy.severity(check).value_or(dist::Severity::refuse) == dist::Severity::refuse;
  };
  const bool needs_wheel = required("artifact.has-wheel");
  const bool needs_sdist = required("artifact.has-sdist");
  const auto wheels = std::ranges::count_if(candidate.files, &client::ReleaseFile::is_wheel);
  const auto sdists = static_cast<std::ptrdiff_t>(candidate.files.size()) - wheels;
  std::vector<std::string> names;
  for (const client::ReleaseFile& file : candidate.files)
    names.push_back(file.filename);
  const bool several = !required("release.single-sdist");
  const bool passed = !candidate.files.empty() && (wheels >= 1 || !needs_wheel) &&
                      (sdists >= 1 || !needs_sdist) && (sdists <= 1 || several);
  exam.require("release.kinds", passed,
               fmt::format("{} and {}", needs_wheel ? "at least one wheel" : "any number of wheels",
                           words_for_sdists(needs_sdist, several)),
               fmt::format("{} wheels, {} sdists: {}", wheels, sdists, list_names(names, "no file")),
               fix_build);
}

void examine_names(CheckBuilder& exam, const Policy& policy, const Version& version,
                   const Candidate& candidate) {
  examine_each(exam, "release.name", candidate, "every file of " + policy.project.str(),
               "promote the run of the right project, or correct `project`",
               [&](const client::ReleaseFile& file) -> std::optional<std::string> {
                 if (!file.report.inspection) return "its name cannot be read";
                 if (file.report.inspection->name == policy.project) return std::nullopt;
                 return "of " + file.report.inspection->name.str();
               });
  const std::string& wanted = version.str();
  examine_each(exam, "release.version", candidate, "every file of version " + wanted,
               "give the version that the run built",
               [&](const client::ReleaseFile& file) -> std::optional<std::string> {
                 if (!file.report.inspection) return "its version cannot be read";
                 if (file.report.inspection->version.str() == wanted) return std::nullopt;
                 return "of version " + file.report.inspection->version.str();
               });
}

void examine_consistency(CheckBuilder& exam, const Candidate& candidate, const dist::Policy& file_policy) {
  std::vector<const dist::Inspection*> inspections;
  for (const client::ReleaseFile& file : candidate.files)
    if (file.report.inspection) inspections.push_back(&*file.report.inspection);
  const auto results = dist::check_release(inspections, file_policy);
  const bool passed =
      std::ranges::find(results, dist::Outcome::refused, &dist::CheckResult::outcome) == results.end();
  exam.require("release.consistent", passed, "wheels and sdist that state the same",
               passed ? "they do" : describe_refusals(results), first_fix(results));
}

}  // namespace

Result<Candidate> unpack(FileSystem& disk, const ArchiveToUnpack& archive, const dist::Policy& policy,
                         const dist::Sidecars& sidecars) {
  TRY(const auto source, open_source(disk, archive.archive));
  dist::Artifact artifact(source.bytes, policy, sidecars);
  Candidate candidate{.files = {}, .manifest = {}, .checks = members_check(artifact, archive)};
  if (!artifact.accepted()) return candidate;
  const auto broken = [&](const std::string& what) {
    return Candidate{.files = {}, .manifest = {}, .checks = broken_member(archive, what)};
  };
  auto attestations = read_sidecars(artifact);
  if (!attestations.ok()) return broken(attestations.error().message);
  candidate.sidecars = *std::move(attestations);
  std::vector<dist::ManifestEntry> entries;
  for (auto& extracted :
       extract_all(disk, source.bytes, artifact.files().size(), archive.folder, policy, sidecars)) {
    if (!extracted.ok() && extracted.error().code == Errc::invalid_input) {
      const std::string& filename = artifact.files().at(entries.size()).filename;
      return broken(fmt::format("{}: {}", quote(filename), extracted.error().message));
    }
    if (!extracted.ok()) return std::move(extracted).error();
    entries.push_back({extracted->filename, extracted->size, extracted->sha256});
    candidate.files.push_back(*std::move(extracted));
  }
  std::ranges::sort(candidate.files, {}, &client::ReleaseFile::filename);
  TRY(candidate.manifest, dist::Manifest::make(std::move(entries)));
  return candidate;
}

Result<Candidate> merge(std::vector<Candidate> candidates) {
  if (candidates.size() == 1) return std::move(candidates.front());
  Candidate all;
  std::map<std::string, client::ReleaseFile> files;
  std::vector<std::string> differing;
  for (Candidate& each : candidates) {
    all.checks.insert(all.checks.end(), each.checks.begin(), each.checks.end());
    all.sidecars.merge(each.sidecars);
    for (client::ReleaseFile& file : each.files) {
      const auto [there, added] = files.try_emplace(file.filename, file);
      if (!added && there->second.sha256 != file.sha256) differing.push_back(quote(file.filename));
    }
  }
  CheckBuilder exam;
  exam.on({"archive"})
      .require("artifact.same-file", differing.empty(),
               "the same bytes of a file in every artifact that has it",
               differing.empty() ? fmt::format("{} files", files.size()) : join(differing, ", "),
               "let one job alone build each file");
  const Checks more = exam.take();
  all.checks.insert(all.checks.end(), more.begin(), more.end());
  if (!all_passed(all.checks)) return Candidate{.files = {}, .manifest = {}, .checks = std::move(all.checks)};
  std::vector<dist::ManifestEntry> entries;
  for (auto& [filename, file] : files) {
    entries.push_back({file.filename, file.size, file.sha256});
    all.files.push_back(std::move(file));
  }
  TRY(all.manifest, dist::Manifest::make(std::move(entries)));
  return all;
}

Result<Candidate> look_at_built(FileSystem& disk, const Path& folder, const dist::Policy& policy) {
  TRY(const auto names, disk.list(folder));
  Candidate candidate{.files = {}, .manifest = {}, .checks = built_check(names)};
  if (!all_passed(candidate.checks)) return candidate;
  std::vector<dist::ManifestEntry> entries;
  for (const std::string& name : names) {
    TRY(auto file, inspect(disk, folder / name, policy));
    entries.push_back({file.filename, file.size, file.sha256});
    candidate.files.push_back(std::move(file));
  }
  TRY(candidate.manifest, dist::Manifest::make(std::move(entries)));
  return candidate;
}

Result<Candidate> take_built(FileSystem& disk, const Path& built, const Path& folder,
                             const dist::Policy& policy) {
  TRY(auto names, disk.list(built));
  // Build tools leave a .gitignore.
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  Candidate refused{.files = {}, .manifest = {}, .checks = built_check(names)};
  if (!all_passed(refused.checks)) return refused;
  for (const std::string& name : names) {
    CHECK_OK(copy_file(disk, built / name, folder / name));
  }
  CHECK_OK(disk.sync_folder(folder));
  return look_at_built(disk, folder, policy);
}

std::vector<std::string> file_warnings(const Candidate& candidate) {
  std::vector<std::string> lines;
  for (const client::ReleaseFile& file : candidate.files) {
    for (const auto& result : file.report.results)
      if (result.outcome == dist::Outcome::warned) lines.push_back(file.filename + ": " + describe(result));
  }
  return lines;
}

Checks decide_files(const Policy& policy, const Version& version, const Candidate& candidate,
                    const dist::Policy& file_policy) {
  CheckBuilder exam;
  exam.on({"files"});
  examine_kinds(exam, candidate, file_policy);
  examine_names(exam, policy, version, candidate);
  examine_each(exam, "release.files", candidate, "every file to pass what `packhouse check` asks", fix_build,
               [](const client::ReleaseFile& file) -> std::optional<std::string> {
                 if (file.report.accepted()) return std::nullopt;
                 return describe_refusals(file.report.results);
               });
  examine_consistency(exam, candidate, file_policy);
  return exam.take();
}

}  // namespace packhouse::source
