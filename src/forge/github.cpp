#include "forge/github.hpp"

#include <fmt/format.h>

#include <utility>

#include "attest/bundle.hpp"
#include "base/text.hpp"
#include "forge/github_facts.hpp"
#include "forge/repository_name.hpp"

namespace packhouse::forge {

ForgeDialect github_dialect() {
  return {.name = "GitHub",
          .headers = {{"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}},
          .request_id = "x-github-request-id",
          .wanted_permissions = "x-accepted-github-permissions",
          .token_variable = "GITHUB_TOKEN",
          .needed_rights = "needs to read this repository and its actions (contents: read, actions: read)",
          .url_variable = "GITHUB_API_URL"};
}

namespace {

class GitHub final : public Forge {
 public:
  GitHub(ForgeApi api, const std::string& repository)
      : api_(std::move(api)), repository_(repository), base_(api_.base() + "/repos/" + repository) {}

  Result<RepositoryFacts> repository() override {
    TRY(const auto answer, api_.get(base_, "the repository " + repository_));
    return answer.told(github::read_repository(answer.document));
  }

  Result<WorkflowFacts> workflow(std::string_view file_name) override {
    TRY(const auto answer, api_.get(base_ + "/actions/workflows/" + percent_encode(file_name),
                                    "the workflow " + std::string(file_name)));
    return answer.told(github::read_workflow(answer.document));
  }

  Result<RunFacts> run(std::int64_t id) override {
    TRY(const auto answer,
        api_.get(fmt::format("{}/actions/runs/{}", base_, id), fmt::format("the run {}", id)));
    return answer.told(github::read_run(answer.document, "run"));
  }

  Result<RunFacts> attempt(std::int64_t id, std::int64_t number) override {
    TRY(const auto answer, api_.get(fmt::format("{}/actions/runs/{}/attempts/{}", base_, id, number),
                                    fmt::format("attempt {} of the run {}", number, id)));
    return answer.told(github::read_run(answer.document, "attempt"));
  }

  Result<RunListing> runs(std::string_view workflow_file, std::string_view commit) override {
    TRY(const auto pages, get_pages(fmt::format("{}/actions/workflows/{}/runs?head_sha={}&per_page=100",
                                                base_, percent_encode(workflow_file), percent_encode(commit)),
                                    fmt::format("the runs of commit {}", commit), "workflow_runs"));
    RunListing listing{.runs = {}, .stated_count = pages.stated_count, .evidence = {}};
    json::Array kept;
    for (const json::Value& item : pages.items) {
      listing.runs.push_back(github::read_run(item, "runs"));
      kept.push_back(github::run_evidence(item));
    }
    listing.evidence = Evidence("runs", kept);
    listing.evidence.requests = pages.requests;
    return listing;
  }

  Result<JobListing> jobs(std::int64_t run_id, std::int64_t attempt) override {
    TRY(const auto pages,
        get_pages(fmt::format("{}/actions/runs/{}/attempts/{}/jobs?per_page=100", base_, run_id, attempt),
                  fmt::format("the jobs of the run {}", run_id), "jobs"));
    JobListing listing;
    for (const json::Value& item : pages.items)
      listing.jobs.push_back(github::read_job(item));
    listing.stated_count = pages.stated_count;
    listing.evidence = Evidence("jobs", json::Array(pages.items.begin(), pages.items.end()));
    listing.evidence.requests = pages.requests;
    return listing;
  }

  Result<ArtifactListing> artifacts(std::int64_t run_id, std::optional<std::string_view> name) override {
    const std::string filter = name ? "name=" + percent_encode(*name) + "&" : "";
    TRY(const auto pages,
        get_pages(fmt::format("{}/actions/runs/{}/artifacts?{}per_page=100", base_, run_id, filter),
                  fmt::format("the artifacts of the run {}", run_id), "artifacts"));
    ArtifactListing listing;
    for (const json::Value& item : pages.items)
      listing.artifacts.push_back(github::read_artifact(item));
    listing.stated_count = pages.stated_count;
    listing.evidence = Evidence("artifacts", json::Array(pages.items.begin(), pages.items.end()));
    listing.evidence.requests = pages.requests;
    return listing;
  }

  Result<ArtifactFacts> artifact(std::int64_t id) override {
    TRY(const auto answer,
        api_.get(fmt::format("{}/actions/artifacts/{}", base_, id), fmt::format("the artifact {}", id)));
    return answer.told(github::read_artifact(answer.document));
  }

  Result<RefFacts> branch(std::string_view name) override {
    TRY(const auto answer,
        api_.get(base_ + "/git/ref/heads/" + percent_encode(name, "/"), "the branch " + std::string(name)));
    return answer.told(github::read_ref(answer.document, "branch"));
  }

  Result<std::optional<RefFacts>> tag(std::string_view name) override;

  Result<AncestryFacts> compare(std::string_view base_sha, std::string_view head_sha) override {
    TRY(const auto answer, api_.get(fmt::format("{}/compare/{}...{}?per_page=1", base_, base_sha, head_sha),
                                    fmt::format("how {} stands to {}", head_sha, base_sha)));
    return answer.told(github::read_comparison(answer.document));
  }

  Result<std::vector<std::string>> attestations(const Sha256& subject) override;
  Result<DownloadFacts> download(std::int64_t artifact_id, std::uint64_t max_bytes, DownloadSink& sink,
                                 const Progress& progress) override {
    const std::string url = fmt::format("{}/actions/artifacts/{}/zip", base_, artifact_id);
    const std::string what = fmt::format("the archive of artifact {}", artifact_id);
    // A link lives for a minute, so each try asks for a new one.
    return api_.download([&] { return api_.download_link(url, what); }, what, max_bytes, sink, progress);
  }

 private:
  struct Pages {
    std::vector<json::Value> items;
    Field<std::int64_t> stated_count;
    std::vector<std::string> requests;
  };

  Result<Pages> get_pages(const std::string& url, const std::string& what, std::string_view member);

  ForgeApi api_;
  const std::string repository_;
  const std::string base_;
};

Result<GitHub::Pages> GitHub::get_pages(const std::string& url, const std::string& what,
                                        std::string_view member) {
  TRY(auto found, api_.get_pages(url, what));
  Pages pages{.items = {},
              .stated_count = number_at(found.documents.front(), {"total_count"}),
              .requests = std::move(found.requests)};
  for (const json::Value& document : found.documents)
    CHECK_OK(append_items(document, member, what, pages.items));
  return pages;
}

/// An annotated tag points at an object of its own, perhaps of another tag, and that at the commit.
Result<std::optional<RefFacts>> GitHub::tag(std::string_view name) {
  constexpr int most_objects = 5;
  auto answer =
      api_.get(base_ + "/git/ref/tags/" + percent_encode(name, "/"), "the tag " + std::string(name));
  if (!answer.ok() && answer.error().code == Errc::not_found) return std::optional<RefFacts>{};
  if (!answer.ok()) return std::move(answer).error();
  RefFacts facts = github::read_ref(answer->document, "tag");
  json::Array seen{answer->document};
  json::Value last = answer->document;
  for (int i = 0; github::is_tag_object(last) && facts.sha.ok(); ++i) {
    if (i == most_objects)
      return Error{Errc::too_large, fmt::format("expected a tag of at most {} objects", most_objects)};
    TRY(const auto object, api_.get(base_ + "/git/tags/" + percent_encode(*facts.sha),
                                    "the object of the tag " + std::string(name)));
    last = object.document;
    seen.push_back(last);
    facts.sha = github::read_ref(last, "tag").sha;
  }
  if (seen.size() > 1) facts.evidence = Evidence("tag", seen);
  return std::optional(answer->told(std::move(facts)));
}

Result<std::vector<std::string>> GitHub::attestations(const Sha256& subject) {
  auto pages = get_pages(
      fmt::format("{}/attestations/sha256:{}?predicate_type=provenance&per_page=100", base_, subject.hex()),
      "the attestations of " + subject.hex(), "attestations");
  if (!pages.ok()) {
    if (pages.error().code == Errc::not_found) return std::vector<std::string>{};
    return std::move(pages).error();
  }
  std::vector<std::string> bundles;
  for (const json::Value& item : pages->items) {
    const json::Object* entry = item.if_object();
    const json::Value* bundle = entry != nullptr ? entry->if_contains("bundle") : nullptr;
    if (bundle != nullptr && bundle->is_object()) {
      bundles.push_back(json::dump(*bundle));
      continue;
    }
    const auto url = text_at(item, {"bundle_url"});
    if (!url.ok()) continue;  // neither form: no bundle, and the decision says that none passed
    TRY(const auto packed, api_.fetch_document(*url, "an attestation's bundle", attest::Bundle::max_bytes));
    TRY(auto text, attest::unsnappy(packed));
    bundles.push_back(std::move(text));
  }
  return bundles;
}

}  // namespace

Result<std::unique_ptr<Forge>> make_github(ForgeAccess access, std::string_view repository,
                                           http::Client& client, Clock& clock) {
  TRY(auto api, ForgeApi::make(github_dialect(), std::move(access), client, clock));
  TRY(const auto name, parse_repository(repository));
  return std::unique_ptr<Forge>(std::make_unique<GitHub>(std::move(api), name));
}

}  // namespace packhouse::forge
