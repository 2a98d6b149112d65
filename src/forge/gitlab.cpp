#include "forge/gitlab.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "forge/gitlab_facts.hpp"
#include "forge/repository_name.hpp"

namespace packhouse::forge {

ForgeDialect gitlab_dialect() {
  return {.name = "GitLab",
          .headers = {{"Accept", "application/json"}},
          .request_id = "x-request-id",
          .token_variable = "GITLAB_TOKEN",
          .needed_rights = "needs to read this project's API and repository (read_api)",
          .url_variable = "CI_API_V4_URL"};
}

namespace {

class GitLab final : public Forge {
 public:
  GitLab(ForgeApi api, const std::string& project, BuildJobs build_jobs, Clock& clock)
      : api_(std::move(api)),
        project_(project),
        base_(api_.base() + "/projects/" + percent_encode(project)),
        build_jobs_(std::move(build_jobs)),
        clock_(clock) {}

  Result<RepositoryFacts> repository() override {
    TRY(const auto answer, project());
    return answer.told(gitlab::read_project(answer.document));
  }

  Result<WorkflowFacts> workflow(std::string_view /*file_name*/) override {
    TRY(const auto answer, project());
    return answer.told(gitlab::read_workflow(answer.document));
  }

  Result<RunFacts> run(std::int64_t id) override { return pipeline(id, "run"); }

  Result<RunListing> runs(std::string_view /*workflow_file*/, std::string_view commit) override;

  /// There is no other, so it is read again: whoever asks compares the two.
  Result<RunFacts> attempt(std::int64_t id, std::int64_t /*number*/) override {
    return pipeline(id, "attempt");
  }

  Result<JobListing> jobs(std::int64_t run_id, std::int64_t /*attempt*/) override {
    TRY(const auto all, pipeline_jobs(run_id));
    JobListing listing{.jobs = {}, .stated_count = all.stated_count, .evidence = {}};
    json::Array kept;
    for (const json::Value& job : all.items) {
      listing.jobs.push_back(gitlab::read_job(job));
      kept.push_back(gitlab::job_evidence(job));
    }
    listing.evidence = Evidence("jobs", kept);
    listing.evidence.requests = all.requests;
    return listing;
  }

  /// An archive is its job's: of a name, those of the build jobs alone.
  Result<ArtifactListing> artifacts(std::int64_t run_id, std::optional<std::string_view> name) override {
    TRY(const auto all, pipeline_jobs(run_id));
    ArtifactListing listing;
    json::Array kept;
    for (const json::Value& job : all.items) {
      if (!gitlab::has_archive(job)) continue;
      if (name && !is_build_job(build_jobs_, text_at(job, {"name"}).value_or(""))) continue;
      auto facts = gitlab::read_archive(job, clock_.now());
      if (name && facts.name.ok() && *facts.name != *name) continue;
      kept.push_back(gitlab::job_evidence(job));
      listing.artifacts.push_back(std::move(facts));
    }
    const bool whole = all.stated_count.ok() && std::cmp_equal(*all.stated_count, all.items.size());
    if (whole) listing.stated_count = static_cast<std::int64_t>(listing.artifacts.size());
    listing.evidence = Evidence("artifacts", kept);
    listing.evidence.requests = all.requests;
    return listing;
  }

  Result<ArtifactFacts> artifact(std::int64_t id) override {
    TRY(const auto answer, api_.get(fmt::format("{}/jobs/{}", base_, id), fmt::format("the job {}", id)));
    return answer.told(gitlab::read_archive(answer.document, clock_.now()));
  }

  Result<RefFacts> branch(std::string_view name) override {
    TRY(const auto answer,
        api_.get(base_ + "/repository/branches/" + percent_encode(name), "the branch " + std::string(name)));
    return answer.told(gitlab::read_branch(answer.document));
  }

  Result<std::optional<RefFacts>> tag(std::string_view name) override {
    auto answer =
        api_.get(base_ + "/repository/tags/" + percent_encode(name), "the tag " + std::string(name));
    if (answer.ok()) return std::optional(answer->told(gitlab::read_tag(answer->document)));
    if (answer.error().code == Errc::not_found) return std::optional<RefFacts>{};
    return std::move(answer).error();
  }

  Result<AncestryFacts> compare(std::string_view base_sha, std::string_view head_sha) override {
    TRY(const auto answer, api_.get(fmt::format("{}/repository/merge_base?refs%5B%5D={}&refs%5B%5D={}", base_,
                                                percent_encode(base_sha), percent_encode(head_sha)),
                                    fmt::format("how {} stands to {}", head_sha, base_sha)));
    return answer.told(gitlab::read_merge_base(answer.document, base_sha, head_sha));
  }

  /// GitLab keeps none that it would serve by a file's digest.
  Result<std::vector<std::string>> attestations(const Sha256& /*subject*/) override {
    return std::vector<std::string>{};
  }

  Result<DownloadFacts> download(std::int64_t artifact_id, std::uint64_t max_bytes, DownloadSink& sink,
                                 const Progress& progress) override {
    const std::string url = fmt::format("{}/jobs/{}/artifacts", base_, artifact_id);
    // Answered with the bytes themselves or with a redirect to where they are kept.
    return api_.download([&] { return http::Url::parse(url); },
                         fmt::format("the archive of job {}", artifact_id), max_bytes, sink, progress);
  }

 private:
  struct Items {
    std::vector<json::Value> items;
    Field<std::int64_t> stated_count;
    std::vector<std::string> requests;
  };

  Result<ForgeApi::Answer> project() { return api_.get(base_, "the project " + project_); }
  Result<RunFacts> pipeline(std::int64_t id, std::string_view evidence);
  Result<Items> pipeline_jobs(std::int64_t id);
  Result<Items> items(const std::string& url, const std::string& what);

  ForgeApi api_;
  const std::string project_;
  const std::string base_;
  const BuildJobs build_jobs_;
  Clock& clock_;
};

Result<RunFacts> GitLab::pipeline(std::int64_t id, std::string_view evidence) {
  TRY(const auto owner, project());
  TRY(const auto answer,
      api_.get(fmt::format("{}/pipelines/{}", base_, id), fmt::format("the pipeline {}", id)));
  return answer.told(gitlab::read_pipeline(answer.document, owner.document, evidence));
}

/// The list says of none whether its ref is a tag, so each is asked for by itself.
Result<RunListing> GitLab::runs(std::string_view /*workflow_file*/, std::string_view commit) {
  TRY(const auto all, items(fmt::format("{}/pipelines?sha={}&per_page=100", base_, percent_encode(commit)),
                            fmt::format("the pipelines of commit {}", commit)));
  RunListing listing{.runs = {}, .stated_count = all.stated_count, .evidence = {}};
  json::Array kept;
  for (const json::Value& item : all.items) {
    const auto id = number_at(item, {"id"});
    if (!id.ok()) return Error{Errc::unavailable, "expected the number of each pipeline, found none"};
    TRY(auto run, pipeline(*id, "runs"));
    TRY(auto told, json::parse(run.evidence.canonical));
    kept.push_back(std::move(told));
    listing.runs.push_back(std::move(run));
  }
  listing.evidence = Evidence("runs", kept);
  listing.evidence.requests = all.requests;
  return listing;
}

Result<GitLab::Items> GitLab::pipeline_jobs(std::int64_t id) {
  return items(fmt::format("{}/pipelines/{}/jobs?per_page=100", base_, id),
               fmt::format("the jobs of the pipeline {}", id));
}

Result<GitLab::Items> GitLab::items(const std::string& url, const std::string& what) {
  TRY(auto found, api_.get_pages(url, what));
  Items items;
  items.requests = std::move(found.requests);
  const auto total = parse_decimal(found.first_headers.get("x-total").value_or(""));
  if (total) items.stated_count = static_cast<std::int64_t>(*total);
  for (const json::Value& page : found.documents) {
    if (!page.is_array())
      return Error{Errc::unavailable, fmt::format("expected {} as a list, found none", what)};
    for (const json::Value& item : page.get_array())
      items.items.push_back(item);
  }
  return items;
}

}  // namespace

Result<std::unique_ptr<Forge>> make_gitlab(ForgeAccess access, std::string_view project, BuildJobs build_jobs,
                                           http::Client& client, Clock& clock) {
  TRY(auto api, ForgeApi::make(gitlab_dialect(), std::move(access), client, clock));
  TRY(const auto path, parse_project_path(project));
  return std::unique_ptr<Forge>(std::make_unique<GitLab>(std::move(api), path, std::move(build_jobs), clock));
}

}  // namespace packhouse::forge
