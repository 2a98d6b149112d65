#include "forge/gitea.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "forge/gitea_facts.hpp"
#include "forge/github_facts.hpp"
#include "forge/gitlab_facts.hpp"
#include "forge/repository_name.hpp"

namespace packhouse::forge {

ForgeDialect gitea_dialect() {
  return {.name = "Gitea",
          .headers = {{"Accept", "application/json"}},
          .token_variable = "GITEA_TOKEN",
          .needed_rights =
              "needs to read this repository and its actions (read:repository); to list the runs "
              "of a commit, 1.25 wants an owner's",
          .url_variable = "GITEA_API_URL"};
}

namespace {

/// Gitea gives fewer where its owner set MAX_RESPONSE_ITEMS lower; 50 is its default
/// (modules/setting/api.go).
constexpr int page_size = 50;
constexpr int max_pages = 50;

class Gitea final : public Forge {
 public:
  Gitea(ForgeApi api, const std::string& repository, BuildJobs build_jobs)
      : api_(std::move(api)),
        repository_(repository),
        base_(api_.base() + "/repos/" + repository),
        build_jobs_(std::move(build_jobs)) {}

  Result<RepositoryFacts> repository() override {
    TRY(const auto answer, api_.get(base_, "the repository " + repository_));
    auto facts = github::read_repository(answer.document);
    facts.evidence = Evidence("repository", members_of(answer.document, {"id", "full_name", "private"}));
    return answer.told(std::move(facts));
  }

  Result<WorkflowFacts> workflow(std::string_view file_name) override {
    TRY(const auto answer, workflow_of(file_name));
    return answer.told(gitea::read_workflow(answer.document));
  }

  Result<RunFacts> run(std::int64_t id) override {
    TRY(const auto answer, run_of(id));
    return complete(answer, id, "run");
  }

  Result<RunListing> runs(std::string_view workflow_file, std::string_view commit) override;
  Result<RunFacts> attempt(std::int64_t id, std::int64_t number) override;
  Result<JobListing> jobs(std::int64_t run_id, std::int64_t attempt) override;
  Result<ArtifactListing> artifacts(std::int64_t run_id, std::optional<std::string_view> name) override;

  Result<ArtifactFacts> artifact(std::int64_t id) override {
    TRY(const auto answer,
        api_.get(fmt::format("{}/actions/artifacts/{}", base_, id), fmt::format("the artifact {}", id)));
    return answer.told(gitea::read_artifact(answer.document));
  }

  Result<RefFacts> branch(std::string_view name) override {
    TRY(const auto answer,
        api_.get(base_ + "/branches/" + percent_encode(name, "/"), "the branch " + std::string(name)));
    return answer.told(gitlab::read_branch(answer.document));
  }

  /// Gitea answers 404 also for a tag that it could not read (GetTag in routers/api/v1/repo/tag.go). That a
  /// run is of no tag is told by its own path, which has the whole ref.
  Result<std::optional<RefFacts>> tag(std::string_view name) override {
    auto answer = api_.get(base_ + "/tags/" + percent_encode(name, "/"), "the tag " + std::string(name));
    if (answer.ok()) {
      auto facts = gitlab::read_tag(answer->document);
      facts.sha = text_at(answer->document, {"commit", "sha"});
      return std::optional(answer->told(std::move(facts)));
    }
    if (answer.error().code == Errc::not_found) return std::optional<RefFacts>{};
    return std::move(answer).error();
  }

  Result<AncestryFacts> compare(std::string_view base_sha, std::string_view head_sha) override;

  /// Gitea keeps none.
  Result<std::vector<std::string>> attestations(const Sha256& /*subject*/) override {
    return std::vector<std::string>{};
  }

  Result<DownloadFacts> download(std::int64_t artifact_id, std::uint64_t max_bytes, DownloadSink& sink,
                                 const Progress& progress) override;

 private:
  struct Pages {
    std::vector<json::Value> items;
    Field<std::int64_t> stated_count;
    std::vector<std::string> requests;

    bool whole() const { return stated_count.ok() && std::cmp_equal(*stated_count, items.size()); }
  };

  Result<ForgeApi::Answer> run_of(std::int64_t id) {
    return api_.get(fmt::format("{}/actions/runs/{}", base_, id), fmt::format("the run {}", id));
  }
  Result<ForgeApi::Answer> workflow_of(std::string_view file_name) {
    return api_.get(base_ + "/actions/workflows/" + percent_encode(file_name),
                    "the workflow " + std::string(file_name));
  }
  Result<Pages> jobs_of(std::int64_t run_id) {
    return get_pages(fmt::format("{}/actions/runs/{}/jobs?", base_, run_id),
                     fmt::format("the jobs of the run {}", run_id), "jobs");
  }
  Result<Pages> get_pages(const std::string& url, const std::string& what, std::string_view member);
  Result<RunFacts> complete(const ForgeApi::Answer& run, std::int64_t id, std::string_view evidence_name);
  Status look_around(const json::Value& run, gitea::RunSurroundings& around);

  ForgeApi api_;
  const std::string repository_;
  const std::string base_;
  const BuildJobs build_jobs_;
};

// ----- runs

/// What is not there stays absent, and the checks refuse; any other failure is one of the call.
Status found_or_absent(Result<ForgeApi::Answer> answer, std::optional<json::Value>& into) {
  if (answer.ok()) {
    into = std::move(answer->document);
    return success();
  }
  if (answer.error().code == Errc::not_found) return success();
  return std::move(answer).error();
}

Status Gitea::look_around(const json::Value& run, gitea::RunSurroundings& around) {
  const auto file = gitea::workflow_file(run);
  const auto commit = text_at(run, {"head_sha"});
  if (!file.ok() || !commit.ok()) return success();
  CHECK_OK(found_or_absent(workflow_of(*file), around.workflow));
  if (!around.workflow) return success();
  const auto path = text_at(*around.workflow, {"path"});
  if (!path.ok()) return success();
  auto at_commit = api_.get(
      fmt::format("{}/contents/{}?ref={}", base_, percent_encode(*path, "/"), percent_encode(*commit)),
      fmt::format("{} at {}", *path, *commit));
  return found_or_absent(std::move(at_commit), around.file);
}

Result<RunFacts> Gitea::complete(const ForgeApi::Answer& run, std::int64_t id,
                                 std::string_view evidence_name) {
  gitea::RunSurroundings around;
  CHECK_OK(look_around(run.document, around));
  if (!gitea::counts_attempts(run.document)) {
    TRY(const auto jobs, jobs_of(id));
    if (jobs.whole()) around.build_attempt = gitea::attempt_of(jobs.items, build_jobs_);
  }
  return run.told(gitea::read_run(run.document, around, evidence_name));
}

/// Where the run counts none there is no other to ask for, so it is read again: whoever asks compares the
/// two.
Result<RunFacts> Gitea::attempt(std::int64_t id, std::int64_t number) {
  TRY(const auto newest, run_of(id));
  if (!gitea::counts_attempts(newest.document)) return complete(newest, id, "attempt");
  TRY(const auto answer, api_.get(fmt::format("{}/actions/runs/{}/attempts/{}", base_, id, number),
                                  fmt::format("attempt {} of the run {}", number, id)));
  return complete(answer, id, "attempt");
}

Result<RunListing> Gitea::runs(std::string_view workflow_file, std::string_view commit) {
  TRY(const auto pages, get_pages(fmt::format("{}/actions/runs?head_sha={}&", base_, percent_encode(commit)),
                                  fmt::format("the runs of commit {}", commit), "workflow_runs"));
  RunListing listing;
  json::Array kept;
  for (const json::Value& item : pages.items) {
    const auto file = gitea::workflow_file(item);
    if (file.ok() && *file != workflow_file) continue;
    auto run = gitea::read_run(item, {}, "runs");
    TRY(auto told, json::parse(run.evidence.canonical));
    kept.push_back(std::move(told));
    listing.runs.push_back(std::move(run));
  }
  if (pages.whole()) listing.stated_count = static_cast<std::int64_t>(listing.runs.size());
  listing.evidence = Evidence("runs", kept);
  listing.evidence.requests = pages.requests;
  return listing;
}

/// Those of the newest attempt, which is the only one that is ever promoted.
Result<JobListing> Gitea::jobs(std::int64_t run_id, std::int64_t /*attempt*/) {
  TRY(const auto pages, jobs_of(run_id));
  JobListing listing{.jobs = {}, .stated_count = pages.stated_count, .evidence = {}};
  json::Array kept;
  for (const json::Value& item : pages.items) {
    listing.jobs.push_back(github::read_job(item));
    kept.push_back(gitea::job_evidence(item));
  }
  listing.evidence = Evidence("jobs", kept);
  listing.evidence.requests = pages.requests;
  return listing;
}

// ----- artifacts

/// Only what upload-artifact 4 left is listed; an upload by an older one is not there at all.
Result<ArtifactListing> Gitea::artifacts(std::int64_t run_id, std::optional<std::string_view> name) {
  const std::string filter = name ? "name=" + percent_encode(*name) + "&" : "";
  TRY(const auto pages, get_pages(fmt::format("{}/actions/runs/{}/artifacts?{}", base_, run_id, filter),
                                  fmt::format("the artifacts of the run {}", run_id), "artifacts"));
  ArtifactListing listing{.artifacts = {}, .stated_count = pages.stated_count, .evidence = {}};
  for (const json::Value& item : pages.items)
    listing.artifacts.push_back(gitea::read_artifact(item));
  listing.evidence = Evidence("artifacts", json::Array(pages.items.begin(), pages.items.end()));
  listing.evidence.requests = pages.requests;
  return listing;
}

Result<DownloadFacts> Gitea::download(std::int64_t artifact_id, std::uint64_t max_bytes, DownloadSink& sink,
                                      const Progress& progress) {
  const std::string url = fmt::format("{}/actions/artifacts/{}/zip", base_, artifact_id);
  const std::string what = fmt::format("the archive of artifact {}", artifact_id);
  auto done = api_.download([&] { return api_.download_link(url, what); }, what, max_bytes, sink, progress);
  if (done.ok() || done.error().code != Errc::not_found) return done;
  // An archive past its time is 404 and no 410 (DownloadArtifact), as one that never was.
  const auto now = artifact(artifact_id);
  if (!now.ok() || !now->expired.ok() || !*now->expired) return done;
  return Error{Errc::gone, fmt::format("expected {}, found that it has expired", what),
               "promote a newer run"};
}

// ----- commits

/// Gitea's comparison states no merge base. What is on the base and not on the head is asked for instead:
/// nothing, if and only if the base is the head or an ancestor of it (GetAllCommits in
/// routers/api/v1/repo/commits.go).
Result<AncestryFacts> Gitea::compare(std::string_view base_sha, std::string_view head_sha) {
  TRY(const auto answer,
      api_.get(fmt::format("{}/commits?sha={}&not={}&limit=1&stat=false&verification=false&files=false",
                           base_, percent_encode(base_sha), percent_encode(head_sha)),
               fmt::format("how {} stands to {}", head_sha, base_sha)));
  Field<std::int64_t> total = Error{Errc::invalid_input, "no number of commits in X-Total-Count"};
  const auto stated = parse_decimal(answer.headers.get("x-total-count").value_or(""));
  if (stated) total = static_cast<std::int64_t>(*stated);
  return answer.told(gitea::read_missing_commits(answer.document, total, base_sha, head_sha));
}

/// `url` ends in "?" or "&". Not all of Gitea's lists have Link fields (ListJobs and GetArtifactsOfRun
/// of 1.25 have none), so pages are counted.
Result<Gitea::Pages> Gitea::get_pages(const std::string& url, const std::string& what,
                                      std::string_view member) {
  Pages pages;
  for (int page = 1; page <= max_pages; ++page) {
    TRY(const auto answer, api_.get(fmt::format("{}limit={}&page={}", url, page_size, page), what));
    if (page == 1) pages.stated_count = number_at(answer.document, {"total_count"});
    if (!answer.request_id.empty()) pages.requests.push_back(answer.request_id);
    const std::size_t before = pages.items.size();
    CHECK_OK(append_items(answer.document, member, what, pages.items));
    const bool more = pages.stated_count.ok() && std::cmp_less(pages.items.size(), *pages.stated_count);
    if (!more || pages.items.size() == before) return pages;
  }
  return Error{Errc::too_large, fmt::format("expected at most {} pages of {}", max_pages, what)};
}

}  // namespace

Result<std::unique_ptr<Forge>> make_gitea(ForgeAccess access, std::string_view repository,
                                          BuildJobs build_jobs, http::Client& client, Clock& clock) {
  TRY(auto api, ForgeApi::make(gitea_dialect(), std::move(access), client, clock));
  TRY(const auto name, parse_repository(repository));
  return std::unique_ptr<Forge>(std::make_unique<Gitea>(std::move(api), name, std::move(build_jobs)));
}

}  // namespace packhouse::forge
