#include "source/release_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "archive/byte_source.hpp"
#include "commands/commands.hpp"
#include "config/files_policy.hpp"
#include "config/toml_reader.hpp"

namespace packhouse::app {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  std::string policy;
  bool json = false;
  bool archive_only = false;
};

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

bool is_artifact(const std::string& path) {
  return path.ends_with(".zip") && !source::is_zip_sdist(path);
}

Result<std::vector<dist::ReleaseReport>> check_all(const CheckOptions& options, const dist::Policy& policy) {
  std::vector<dist::ReleaseReport> releases;
  std::vector<std::string> files;
  for (const auto& path : options.files) {
    const bool folder = std::filesystem::is_directory(path);
    if (options.archive_only || (!folder && !is_artifact(path))) {
      files.push_back(path);
      continue;
    }
    TRY(auto checked, folder ? source::check_folder(path, policy) : source::check_artifact(path, policy));
    releases.push_back(std::move(checked));
  }
  TRY(auto loose, source::check_files(files, policy, options.archive_only));
  std::ranges::move(loose, std::back_inserter(releases));
  return releases;
}

void print(const std::vector<dist::ReleaseReport>& releases, bool accepted, bool as_json) {
  std::string text;
  if (as_json) {
    json::Array array;
    for (const auto& one : releases)
      array.emplace_back(dist::to_json(one));
    text = json::dump_pretty(json::Object{{"accepted", accepted}, {"releases", std::move(array)}}) + "\n";
  } else {
    for (const auto& one : releases)
      text += dist::to_text(one);
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
    const ExitCode code = report(releases.error());
    // A file that cannot be opened was named wrongly; nothing was judged.
    return code == ExitCode::transient ? code : ExitCode::usage;
  }
  const bool accepted = std::ranges::all_of(*releases, &dist::ReleaseReport::accepted);
  print(*releases, accepted, options.json);
  return accepted ? ExitCode::ok : ExitCode::refused;
}

}  // namespace

void register_check(Command root) {
  const auto options = std::make_shared<CheckOptions>();  // shared by the parser and the action
  const auto command =
      root.command("check", "Hold wheels, sdists, a dist folder or an artifact zip against the named checks",
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
