#include "desk/smoke_release.hpp"

#include <fmt/format.h>

#include <array>

#include "client/legacy_uploader.hpp"
#include "client/public_index.hpp"
#include "client/served_release.hpp"
#include "console/command_outcome.hpp"
#include "desk/check_log.hpp"
#include "desk/released_file.hpp"
#include "journal/journal.hpp"
#include "smoke/environment_pool.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::desk {
namespace {

using Kind = SmokeOutcome::Kind;
using std::chrono::seconds;

class StandaloneSmoke {
 public:
  StandaloneSmoke(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
                  const SmokeRequest& request, SmokeReleaseTools& tools)
      : policy_(policy), simple_(simple), request_(request), tools_(tools), checks_(tools.console) {}

  SmokeOutcome run();

 private:
  Result<Kind> execute();
  Status open_journal();
  Result<client::IndexRelease> read_release(client::LegacyUploader& reader);
  Result<dist::Manifest> find_manifest(const client::IndexRelease& served);
  Result<Kind> smoke(const dist::Manifest& manifest, const std::vector<client::PageLink>& links,
                     smoke::EnvironmentPool& environments);
  Status record_outcome(const smoke::SmokeResult& result);
  Result<Path> fetch(const dist::ManifestEntry& entry);
  json::Object make_document(std::string_view outcome) const;

  const smoke::SmokePolicy& policy_;
  const client::IndexAddress& simple_;
  const SmokeRequest& request_;
  SmokeReleaseTools& tools_;
  std::optional<journal::ReleaseLock> lock_;
  std::optional<journal::Journal> journal_;
  std::optional<TemporaryFolder> work_;
  CheckLog checks_;
  std::string digests_from_;
  Path log_;
};

Status StandaloneSmoke::open_journal() {
  const Path folder = journal::release_folder(request_.state, request_.release);
  TRY(lock_, journal::ReleaseLock::take(tools_.disk, folder));
  TRY(journal_, journal::Journal::open(tools_.disk, tools_.clock, tools_.redactor, folder));
  TRY(work_, TemporaryFolder::make("packhouse-smoke-"));
  return success();
}

Result<client::IndexRelease> StandaloneSmoke::read_release(client::LegacyUploader& reader) {
  TRY(auto served, reader.read_back(request_.release));
  if (!served.files.empty()) return served;
  return Error{Errc::not_found,
               fmt::format("expected {} {} on the index, found no file of it", request_.release.project.str(),
                           request_.release.version.str()),
               "promote it first, or check PRIVATE_INDEX_PIP_INDEX_URL"};
}

Result<dist::Manifest> StandaloneSmoke::find_manifest(const client::IndexRelease& served) {
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
  for (const client::ServedFile& file : served.files)
    entries.push_back({file.filename, file.size, file.sha256});
  return dist::Manifest::make(std::move(entries));
}

Result<Path> StandaloneSmoke::fetch(const dist::ManifestEntry& entry) {
  Path path = work_->path() / entry.filename;
  // Another Python of the matrix has fetched and compared it.
  if (tools_.disk.size(path).ok()) return path;
  CHECK_OK(fetch_released_file(tools_.index, tools_.disk, {request_.release, entry, path},
                               request_.max_file_bytes));
  return path;
}

Status StandaloneSmoke::record_outcome(const smoke::SmokeResult& result) {
  return journal_->outcome("smoke", {{"result", result.passed() ? "passed" : "refused"},
                                     {"digests_from", digests_from_},
                                     {"python", result.python},
                                     {"pip", result.pip},
                                     {"log", log_.filename().string()},
                                     {"checks", to_json(result.checks)}});
}

Result<Kind> StandaloneSmoke::smoke(const dist::Manifest& manifest,
                                    const std::vector<client::PageLink>& links,
                                    smoke::EnvironmentPool& environments) {
  log_ = smoke::smoke_log_path(journal_->folder(), tools_.clock.now());
  const json::Object intent{{"actor", request_.actor}, {"digests_from", digests_from_}};
  CHECK_OK(journal_->intent("smoke", intent));
  const smoke::SmokeInput input{.release = request_.release,
                                .manifest = manifest,
                                .index = simple_,
                                .links = [&](const auto& /*filenames*/) { return links; },
                                .file = [this](const dist::ManifestEntry& entry) { return fetch(entry); }};
  TRY(const auto result, smoke::run_smoke(policy_, input, log_, tools_.smoke(), environments));
  const bool passed = checks_.add(result.checks);
  CHECK_OK(record_outcome(result));
  return passed ? Kind::passed : Kind::refused;
}

Result<Kind> StandaloneSmoke::execute() {
  CHECK_OK(open_journal());
  tools_.console.step("smoke");
  if (!checks_.record({client::decide_not_public("PRIVATE_INDEX_PIP_INDEX_URL", simple_.url)}))
    return Kind::refused;
  const smoke::SmokeTools smoke_tools = tools_.smoke();
  smoke::EnvironmentPool environments(policy_, smoke_tools);
  smoke::expect_smoke(policy_, environments);
  CHECK_OK(smoke::find_further_pythons(policy_, smoke_tools));
  client::LegacyUploader reader(tools_.index, tools_.clock, tools_.console, seconds(0),
                                request_.max_file_bytes);
  TRY(const auto served, read_release(reader));
  TRY(const auto manifest, find_manifest(served));
  if (!checks_.record(client::decide_served(manifest, served))) return Kind::refused;
  TRY(const auto links, reader.links(request_.release));
  CHECK_OK(environments.look());
  return smoke(manifest, links, environments);
}

json::Object StandaloneSmoke::make_document(std::string_view outcome) const {
  return {{"outcome", outcome},
          {"project", request_.release.project.str()},
          {"version", request_.release.version.str()},
          {"digests_from", digests_from_},
          {"checks", to_json(checks_.all())},
          {"smoke_log", log_.string()}};
}

SmokeOutcome StandaloneSmoke::run() {
  constexpr std::array<std::string_view, 3> words{"passed", "refused", "error"};
  auto kind = execute();
  checks_.summarise("smoke");
  return console::ended(SmokeOutcome(), std::move(kind), checks_.all(), words,
                        [this](std::string_view word) { return make_document(word); });
}

}  // namespace

SmokeOutcome smoke_release(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
                           const SmokeRequest& request, SmokeReleaseTools tools) {
  return StandaloneSmoke(policy, simple, request, tools).run();
}

}  // namespace packhouse::desk
