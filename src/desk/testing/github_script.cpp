#include "desk/testing/github_script.hpp"

#include <fmt/format.h>

#include "source/testing/evidence.hpp"

namespace packhouse::desk::testing {
namespace {

using http::ClientResponse;
using http::json_response;
using http::Method;
using source::testing::artifact_number;
using source::testing::built_commit;
using source::testing::repository_number;
using source::testing::run_number;
using source::testing::tip_commit;

constexpr std::string_view blob = "https://blobs.example/dist.zip";
constexpr std::string_view full_name = "example-lab/nanonis-qcodes-controller";

json::Object repository() {
  return {{"id", repository_number}, {"full_name", full_name}};
}

json::Object workflow() {
  return {{"id", 88'001}, {"path", ".github/workflows/ci.yml"}, {"state", "active"}};
}

json::Object run() {
  return {{"id", run_number},      {"repository", repository()}, {"head_repository", repository()},
          {"event", "push"},       {"status", "completed"},      {"conclusion", "success"},
          {"head_branch", "main"}, {"head_sha", built_commit},   {"path", ".github/workflows/ci.yml"},
          {"workflow_id", 88'001}, {"run_attempt", 1},           {"referenced_workflows", json::Array()}};
}

json::Object job() {
  return {{"name", "build"},
          {"run_id", run_number},
          {"head_sha", built_commit},
          {"status", "completed"},
          {"conclusion", "success"},
          {"started_at", "2026-11-22T10:00:20Z"},
          {"completed_at", "2026-11-22T10:01:20Z"}};
}

json::Object artifact(const std::string& archive) {
  return {{"id", artifact_number},
          {"name", "dist"},
          {"size_in_bytes", archive.size()},
          {"expired", false},
          {"created_at", "2026-11-22T10:01:15Z"},
          {"digest", "sha256:" + Sha256::of(archive).hex()},
          {"workflow_run",
           {{"id", run_number},
            {"repository_id", repository_number},
            {"head_repository_id", repository_number},
            {"head_sha", built_commit}}}};
}

json::Object comparison(std::string_view base) {
  return {{"status", base == tip_commit ? "identical" : "ahead"},
          {"base_commit", {{"sha", base}}},
          {"merge_base_commit", {{"sha", base}}}};
}

json::Object listing(std::string_view member, json::Array items) {
  return {{"total_count", items.size()}, {member, std::move(items)}};
}

ClientResponse redirect_to_blob() {
  ClientResponse response{.status = 302, .reason = {}, .headers = {}, .body = {}};
  response.headers.add("Location", std::string(blob));
  return response;
}

ClientResponse zip(const std::string& archive) {
  ClientResponse response{.status = 200, .reason = {}, .headers = {}, .body = archive};
  response.headers.add("Content-Type", "application/zip");
  return response;
}

}  // namespace

void script_github(http::ScriptedClient& github, const std::string& archive) {
  const std::string base = fmt::format("{}/repos/{}", github_api, full_name);
  const std::string own = fmt::format("{}/actions/runs/{}", base, run_number);
  const std::string ours = fmt::format("{}/actions/artifacts/{}", base, artifact_number);
  const auto add = [&](const std::string& url, const json::Object& document) {
    github.always(Method::get, url, json_response(200, json::dump(document)));
  };
  add(base, repository());
  add(base + "/actions/workflows/ci.yml", workflow());
  add(own, run());
  add(own + "/attempts/1", run());
  add(own + "/attempts/1/jobs?per_page=100", listing("jobs", {job()}));
  add(own + "/artifacts?name=dist&per_page=100", listing("artifacts", {artifact(archive)}));
  add(ours, artifact(archive));
  add(base + "/git/ref/heads/main", {{"ref", "refs/heads/main"}, {"object", {{"sha", tip_commit}}}});
  for (const std::string_view commit : {built_commit, tip_commit}) {
    add(fmt::format("{}/compare/{}...{}?per_page=1", base, commit, tip_commit), comparison(commit));
    json::Array runs;
    if (commit == built_commit) runs.emplace_back(run());
    add(fmt::format("{}/actions/workflows/ci.yml/runs?head_sha={}&per_page=100", base, commit),
        listing("workflow_runs", std::move(runs)));
  }
  github.always(Method::get, ours + "/zip", redirect_to_blob());
  github.always(Method::get, std::string(blob), zip(archive));
  github.always_like(Method::get, "all else", http::begins_with("https://"), [](const auto& /*request*/) {
    return json_response(404, R"({"message":"Not Found"})");
  });
}

}  // namespace packhouse::desk::testing
