#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "archive/byte_source.hpp"
#include "base/parallel.hpp"
#include "commands/commands.hpp"
#include "config/files_policy.hpp"
#include "config/toml_reader.hpp"
#include "dist/artifact.hpp"
#include "dist/check.hpp"
#include "dist/release_checks.hpp"
#include "dist/render.hpp"
#include "sys/file_descriptor.hpp"

namespace packhouse::app {
namespace {

namespace fs = std::filesystem;

struct CheckOptions {
  std::vector<std::string> files;
  std::string policy;
  bool json = false;
  bool archive_only = false;
};

// ---------------------------------------------------------------- policy

Result<dist::Policy> load_policy(const std::string& path) {
  dist::Policy policy;
  if (path.empty()) return policy;
  TRY(const auto source, archive::FileSource::open(path));
  constexpr std::uint64_t limit = 1U << 20U;
  if (source.size() > limit)
    return Error{Errc::invalid_input, quote(path) + " is longer than a policy can be"};
  std::string text(static_cast<std::size_t>(source.size()), '\0');
  source.read_at(0, text);
  TRY(const auto table, parse_toml(text, path));
  CHECK_OK(read_files_policy(table, path, policy));
  return policy;
}

// ---------------------------------------------------------------- work

/// A file named on the command line. A small one is read whole at once: a system call for each member took a
/// fifth of the time.
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

/// A file of the system's temporary folder that has no name any more; it is gone with the process.
class TemporaryFile {
 public:
  TemporaryFile() {
    auto path = (fs::temp_directory_path() / "packhouse-check-XXXXXX").string();
    file_ = FileDescriptor{::mkostemp(path.data(), O_CLOEXEC)};
    if (!file_.valid()) throw std::system_error(errno, std::generic_category(), "making a temporary file");
    ::unlink(path.c_str());
  }

  Status write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::write(file_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw std::system_error(errno, std::generic_category(), "writing a temporary file");
      bytes.remove_prefix(static_cast<std::size_t>(count));
      size_ += static_cast<std::uint64_t>(count);
    }
    return success();
  }

  archive::FileSource source() const { return archive::FileSource::borrow(file_.get(), size_); }

 private:
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

/// The checks over all files of a release, as far as the files say what they are.
void check_together(dist::ReleaseReport& report, const dist::Policy& policy) {
  std::vector<const dist::Inspection*> known;
  for (const auto& file : report.files) {
    if (file.inspection) known.push_back(&*file.inspection);
  }
  report.release = dist::check_release(known, policy);
}

Result<dist::ReleaseReport> check_artifact(const std::string& path, const dist::Policy& policy) {
  TRY(const auto source, archive::FileSource::open(path));
  dist::Artifact artifact{source, policy};
  dist::ReleaseReport report{
      .source = path, .members = artifact.results(), .files = {}, .release = {}, .manifest = {}};
  std::vector<dist::ManifestEntry> entries;
  for (const auto& file : artifact.files()) {
    TemporaryFile unpacked;
    auto entry = artifact.extract(file, [&](std::string_view chunk) { return unpacked.write(chunk); });
    if (!entry.ok()) {
      // The rule that the member breaks leads its message, and no manifest can name what does not come out
      // whole.
      report.members.push_back({"artifact.intact", dist::Outcome::refused, "files that unpack whole",
                                entry.error().message, entry.error().hint});
      return report;
    }
    entries.push_back(std::move(*entry));
    report.files.push_back(dist::check_file(unpacked.source(), file.filename, policy));
  }
  if (!artifact.accepted()) return report;
  check_together(report, policy);
  TRY(report.manifest, dist::Manifest::make(std::move(entries)));
  return report;
}

/// Names in the folder, sorted, a folder's with '/' at its end.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string() + (entry.is_directory() ? "/" : ""));
  std::ranges::sort(names);
  return names;
}

Result<dist::ReleaseReport> check_folder(const std::string& folder, const dist::Policy& policy) {
  dist::ReleaseReport report{.source = folder, .members = {}, .files = {}, .release = {}, .manifest = {}};
  auto names = names_in(folder);
  report.members = dist::check_member_names(names, policy);
  std::erase_if(names,
                [](const auto& name) { return !name.ends_with(".whl") && !name.ends_with(".tar.gz"); });
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

/// Files named one by one: each on its own, and those of one project and version together.
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

bool is_artifact(const std::string& path) {
  return path.ends_with(".zip");
}

Result<std::vector<dist::ReleaseReport>> check_all(const CheckOptions& options, const dist::Policy& policy) {
  std::vector<dist::ReleaseReport> releases;
  std::vector<std::string> files;
  for (const auto& path : options.files) {
    const bool folder = fs::is_directory(path);
    if (options.archive_only || (!folder && !is_artifact(path))) {
      files.push_back(path);
      continue;
    }
    TRY(auto release, folder ? check_folder(path, policy) : check_artifact(path, policy));
    releases.push_back(std::move(release));
  }
  TRY(auto loose, check_files(files, policy, options.archive_only));
  std::ranges::move(loose, std::back_inserter(releases));
  return releases;
}

// ---------------------------------------------------------------- output

void print(const std::vector<dist::ReleaseReport>& releases, bool accepted, bool as_json) {
  std::string text;
  if (as_json) {
    json::Array array;
    for (const auto& release : releases)
      array.emplace_back(dist::to_json(release));
    text = json::dump_pretty(json::Object{{"accepted", accepted}, {"releases", std::move(array)}}) + "\n";
  } else {
    for (const auto& release : releases)
      text += dist::to_text(release);
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
}

ExitCode run_check(const CheckOptions& options) {
  auto policy = load_policy(options.policy);
  if (!policy.ok()) {
    report(policy.error());
    return ExitCode::usage;
  }
  auto releases = check_all(options, *policy);
  if (!releases.ok()) {
    report(releases.error());
    return ExitCode::usage;  // a file that cannot be opened was named wrongly; nothing was judged
  }
  const bool accepted = std::ranges::all_of(*releases, &dist::ReleaseReport::accepted);
  print(*releases, accepted, options.json);
  return accepted ? ExitCode::ok : ExitCode::refused;
}

}  // namespace

void register_check(Command root) {
  const auto options = std::make_shared<CheckOptions>();  // shared by the parser and the action
  const auto command =
      root.command("check", "Hold wheels, sdists, a dist folder or an artifact zip against the named checks.",
                   options, run_check);
  command.list("files", options->files, "Wheels, sdists, folders of them, or artifact zips")
      .required()
      .placeholder("FILE");
  command.flag("--json", options->json, "Print one JSON object instead of a table");
  command.text("--policy", options->policy, "A TOML file of checks, limits and switches (docs/checks.md)")
      .placeholder("FILE");
  command.flag("--archive-only", options->archive_only,
               "Apply the container's rules alone, to any zip or tar.gz");
}

}  // namespace packhouse::app
