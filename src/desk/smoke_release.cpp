#include "desk/smoke_release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client/legacy_uploader.hpp"
#include "client/public_index.hpp"
#include "console/command_outcome.hpp"
#include "journal/journal.hpp"
#include "smoke/virtual_environment.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::desk {
namespace {

using std::chrono::seconds;

class StandaloneSmoke {
 public:
  StandaloneSmoke(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
                  const SmokeRequest& request, SmokeReleaseTools& tools)
      : policy_(policy), simple_(simple), request_(request), tools_(tools) {}

  SmokeOutcome run();

 private:
  Result<SmokeOutcome::Kind> go();
  Result<dist::Manifest> find_manifest();
  Result<Path> download(const dist::ManifestEntry& entry);
  bool record(Checks checks);

  const smoke::SmokePolicy& policy_;
  const client::IndexAddress& simple_;
  const SmokeRequest& request_;
  SmokeReleaseTools& tools_;
  std::optional<journal::ReleaseLock> lock_;
  std::optional<journal::Journal> journal_;
  std::optional<TemporaryFolder> work_;
  client::IndexRelease served_;
  Checks checks_;
  std::string digests_from_;
  Path log_;
};

bool StandaloneSmoke::record(Checks checks) {
  tools_.console.checks(checks);
  const bool passed = all_passed(checks);
  checks_.insert(checks_.end(), checks.begin(), checks.end());
  return passed;
}

Result<dist::Manifest> StandaloneSmoke::find_manifest() {
  TRY(auto promoted, journal_->promoted());
  if (promoted) {
    digests_from_ = "journal";
    tools_.console.line("compared with the digests in this machine's journal of the promotion");
    return *std::move(promoted);
  }
  digests_from_ = "index";
  tools_.console.warn(
      "this machine has no journal of the promotion: compared with what the index serves now");
  std::vector<dist::ManifestEntry> entries;
  for (const client::ServedFile& file : served_.files)
    entries.push_back({file.filename, file.size, file.sha256});
  return dist::Manifest::make(std::move(entries));
}

// The index's own copy, good enough once its digest is the promoted one.
Result<Path> StandaloneSmoke::download(const dist::ManifestEntry& entry) {
  // Another Python of the matrix has fetched and compared it.
  if (Path there = work_->path() / entry.filename; tools_.disk.size(there).ok()) return there;
  TRY(const auto links, tools_.index.links(request_.project, request_.version));
  const auto link = std::ranges::find(links, entry.filename,
                                      [](const client::PageLink& each) { return each.file.filename; });
  if (link == links.end())
    return Error{Errc::not_found, entry.filename + " is not on the index page any more"};
  const Path path = work_->path() / entry.filename;
  TRY(const auto file, tools_.disk.create(path));
  TRY(const auto served, tools_.index.fetch(*link, request_.max_file_bytes,
                                            [&](std::string_view chunk) { return file->write(chunk); }));
  if (served.sha256 != entry.sha256)
    return Error{Errc::conflict, "the index changed " + entry.filename + " during the smoke check"};
  return path;
}

Result<SmokeOutcome::Kind> StandaloneSmoke::go() {
  using Kind = SmokeOutcome::Kind;
  const Path folder = journal::release_folder(request_.state, request_.project.str(), request_.version.str());
  TRY(lock_, journal::ReleaseLock::take(tools_.disk, folder));
  TRY(journal_, journal::Journal::open(tools_.disk, tools_.clock, tools_.redactor, folder));
  TRY(work_, TemporaryFolder::make("packhouse-smoke-"));
  tools_.console.step("smoke");
  if (!record({client::decide_not_public("PRIVATE_INDEX_PIP_INDEX_URL", simple_.url)})) return Kind::refused;
  const smoke::SmokeTools smoke_tools{tools_.processes, tools_.disk,        tools_.console,
                                      tools_.redactor,  tools_.search_path, tools_.network};
  smoke::EnvironmentPool environments(policy_, smoke_tools);
  smoke::expect_smoke(policy_, environments);
  CHECK_OK(smoke::find_further_pythons(policy_, smoke_tools));
  client::LegacyUploader reader(tools_.index, tools_.clock, tools_.console, seconds(0),
                                request_.max_file_bytes);
  TRY(served_, reader.read_back(request_.project, request_.version));
  if (served_.files.empty()) {
    return Error{Errc::not_found,
                 fmt::format("expected {} {} on the index, found no file of it", request_.project.str(),
                             request_.version.str()),
                 "promote it first, or check PRIVATE_INDEX_PIP_INDEX_URL"};
  }
  TRY(const auto manifest, find_manifest());
  if (!record(client::decide_served(manifest, served_))) return Kind::refused;
  TRY(const auto links, reader.links(request_.project, request_.version));
  CHECK_OK(environments.look());
  log_ = smoke::smoke_log_path(folder, tools_.clock.now());
  const json::Object intent{{"actor", request_.actor}, {"digests_from", digests_from_}};
  CHECK_OK(journal_->intent("smoke", intent));
  const smoke::SmokeInput input{
      .project = request_.project,
      .version = request_.version,
      .manifest = manifest,
      .index = simple_,
      .hosts = [&](const auto& /*filenames*/) { return smoke::serving_hosts(links, simple_); },
      .wheel = [this](const dist::ManifestEntry& entry) { return download(entry); }};
  TRY(auto result, smoke::run_smoke(policy_, input, log_, smoke_tools, environments));
  checks_.insert(checks_.end(), result.checks.begin(), result.checks.end());
  CHECK_OK(journal_->outcome("smoke", {{"result", result.passed() ? "passed" : "refused"},
                                       {"digests_from", digests_from_},
                                       {"python", result.python},
                                       {"pip", result.pip},
                                       {"log", log_.filename().string()},
                                       {"checks", to_json(result.checks)}}));
  return result.passed() ? Kind::passed : Kind::refused;
}

SmokeOutcome StandaloneSmoke::run() {
  using Kind = SmokeOutcome::Kind;
  auto kind = go();
  if (!checks_.empty()) tools_.console.summarise_checks("smoke", checks_);
  SmokeOutcome outcome{
      .kind = kind.ok() ? *kind : Kind::failed, .checks = checks_, .error = {}, .document = {}};
  constexpr std::array words{"passed", "refused", "error"};
  outcome.document = {{"outcome", words.at(static_cast<std::size_t>(outcome.kind))},
                      {"project", request_.project.str()},
                      {"version", request_.version.str()},
                      {"digests_from", digests_from_},
                      {"checks", to_json(checks_)},
                      {"smoke_log", log_.string()}};
  return console::ended(std::move(outcome), std::move(kind));
}

}  // namespace

SmokeOutcome smoke_release(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
                           const SmokeRequest& request, SmokeReleaseTools tools) {
  return StandaloneSmoke(policy, simple, request, tools).run();
}

}  // namespace packhouse::desk
