#include "forge/gitlab.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "forge/repository_name.hpp"
#include "forge/testing/memory_sink.hpp"
#include "http/testing/scripted_client.hpp"

namespace packhouse::forge {
namespace {

using http::ClientResponse;
using http::json_response;
using http::Method;
using http::RecordedRequest;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string base = "https://forge.example/api/v4/projects/lab%2Ftools%2Fdemo";
const std::string project_document =
    R"({"id":7,"path_with_namespace":"lab/tools/demo","ci_config_path":null,"jobs_enabled":true,)"
    R"("runners_token":"GR-canary"})";
const std::string now_text = "2026-11-22T12:00:00Z";

std::string pipeline(std::string_view changes = R"("ref":"main","tag":false,"status":"success")") {
  return fmt::format(R"({{"id":9,"project_id":7,"source":"push","sha":"c0","user":{{"name":"x"}},{}}})",
                     changes);
}

std::string job(std::int64_t id, std::string_view name, std::string_view archive,
                std::string_view expiry = "null") {
  return fmt::format(
      R"({{"id":{},"name":"{}","status":"success","started_at":"2026-11-22T10:00:00.000Z",)"
      R"("finished_at":"2026-11-22T10:01:00.000Z","artifacts_expire_at":{},"commit":{{"id":"c0"}},)"
      R"("pipeline":{{"id":9,"project_id":7,"sha":"c0"}}{}}})",
      id, name, expiry,
      archive.empty() ? "" : fmt::format(R"(,"artifacts_file":{{"filename":"{}","size":30}})", archive));
}

ClientResponse list(const std::vector<std::string>& items, std::size_t total) {
  auto response = json_response(200, fmt::format("[{}]", fmt::join(items, ",")));
  response.headers.add("X-Total", std::to_string(total));
  return response;
}

class GitLabTest : public ::testing::Test {
 protected:
  GitLabTest() {
    forge_ = make_gitlab({.api_url = "https://forge.example/api/v4", .token = Secret{"glpat"}},
                         "lab/tools/demo", {NamePattern::parse("build").value()}, client, clock)
                 .value();
  }
  Forge& forge() { return *forge_; }
  void expect_project() { client.expect(Method::get, base, json_response(200, project_document)); }
  void expect_jobs(const std::vector<std::string>& jobs) {
    client.expect(Method::get, base + "/pipelines/9/jobs?per_page=100", list(jobs, jobs.size()));
  }

  http::ScriptedClient client;
  ManualClock clock{*parse_iso8601(now_text)};

 private:
  std::unique_ptr<Forge> forge_;
};

TEST_F(GitLabTest, asks_for_a_project_by_its_whole_path) {
  expect_project();
  const auto facts = forge().repository().value();
  EXPECT_EQ(*facts.id, 7);
  EXPECT_EQ(*facts.full_name, "lab/tools/demo");
  EXPECT_THAT(facts.evidence.canonical, Not(HasSubstr("canary")));
  EXPECT_EQ(client.requests().at(0).auth, RecordedRequest::Auth::bearer);
}

TEST_F(GitLabTest, a_push_pipeline_is_a_run_of_the_projects_one_workflow) {
  expect_project();
  client.expect(Method::get, base + "/pipelines/9", json_response(200, pipeline()));
  const auto run = forge().run(9).value();
  EXPECT_EQ(*run.id, 9);
  EXPECT_EQ(*run.repository_id, 7);
  EXPECT_EQ(*run.event, "push");
  EXPECT_EQ(*run.status, "completed");
  EXPECT_EQ(*run.conclusion, "success");
  EXPECT_EQ(*run.head_branch, "main");
  EXPECT_EQ(*run.path, ".gitlab-ci.yml");
  EXPECT_EQ(*run.attempt, 1);
}

TEST_F(GitLabTest, asks_for_each_pipeline_of_a_commit_since_the_list_tells_no_tag) {
  client.expect(Method::get, base + "/pipelines?sha=c0&per_page=100", list({R"({"id":9})"}, 1));
  expect_project();
  client.expect(Method::get, base + "/pipelines/9",
                json_response(200, pipeline(R"("ref":"main","tag":false,"status":"canceled")")));
  const auto listing = forge().runs(".gitlab-ci.yml", "c0").value();
  ASSERT_EQ(listing.runs.size(), 1U);
  EXPECT_EQ(*listing.stated_count, 1);
  EXPECT_EQ(*listing.runs.front().conclusion, "canceled");
  EXPECT_THAT(listing.evidence.canonical, HasSubstr(R"("status":"canceled")"));
}

TEST_F(GitLabTest, a_tag_is_no_branch_whatever_its_name) {
  expect_project();
  client.expect(Method::get, base + "/pipelines/9",
                json_response(200, pipeline(R"("ref":"main","tag":true,"status":"success")")));
  const auto run = forge().run(9).value();
  ASSERT_FALSE(run.head_branch.ok());
  EXPECT_EQ(run.head_branch.error().message, "a tag, no branch");
}

TEST_F(GitLabTest, what_the_pipeline_does_not_say_of_its_ref_is_absent) {
  expect_project();
  client.expect(Method::get, base + "/pipelines/9",
                json_response(200, pipeline(R"("ref":"main","status":"running")")));
  const auto run = forge().run(9).value();
  EXPECT_FALSE(run.head_branch.ok());
  EXPECT_EQ(*run.status, "running");
}

TEST_F(GitLabTest, the_configuration_of_another_project_is_told_as_it_is) {
  client.expect(Method::get, base,
                json_response(200, R"({"id":7,"ci_config_path":"ci.yml@lab/other","jobs_enabled":false})"));
  const auto workflow = forge().workflow(".gitlab-ci.yml").value();
  EXPECT_EQ(*workflow.path, "ci.yml@lab/other");
  EXPECT_EQ(*workflow.state, "disabled");
}

TEST_F(GitLabTest, the_build_jobs_archive_is_the_artifact_and_no_other_jobs) {
  expect_jobs({job(1, "test", "dist.zip"), job(2, "build", "dist.zip"), job(3, "build", ""),
               job(4, "build", "logs.zip")});
  const auto listing = forge().artifacts(9, "dist").value();
  ASSERT_EQ(listing.artifacts.size(), 1U);
  const auto& artifact = listing.artifacts.front();
  EXPECT_EQ(*artifact.id, 2);
  EXPECT_EQ(*artifact.name, "dist");
  EXPECT_EQ(artifact.job, "build");
  EXPECT_EQ(*artifact.run_id, 9);
  EXPECT_EQ(*artifact.head_sha, "c0");
  EXPECT_FALSE(*artifact.expired);
  EXPECT_FALSE(artifact.digest_stated);
  EXPECT_EQ(*listing.stated_count, 1);
}

TEST_F(GitLabTest, an_archive_past_its_time_is_expired) {
  expect_jobs({job(2, "build", "dist.zip", "\"2026-11-22T11:59:59.000Z\""),
               job(3, "build", "dist.zip", "\"2026-11-22T12:00:01.000Z\"")});
  const auto listing = forge().artifacts(9, "dist").value();
  EXPECT_TRUE(*listing.artifacts.at(0).expired);
  EXPECT_FALSE(*listing.artifacts.at(1).expired);
}

TEST_F(GitLabTest, a_listing_that_leaves_jobs_out_states_no_count) {
  client.expect(Method::get, base + "/pipelines/9/jobs?per_page=100", list({job(2, "build", "dist.zip")}, 2));
  EXPECT_FALSE(forge().artifacts(9, "dist").value().stated_count.ok());
}

TEST_F(GitLabTest, follows_pages) {
  auto first = list({job(1, "test", "")}, 2);
  first.headers.add("Link", fmt::format("<{}/pipelines/9/jobs?page=2>; rel=\"next\"", base));
  client.expect(Method::get, base + "/pipelines/9/jobs?per_page=100", std::move(first));
  client.expect(Method::get, base + "/pipelines/9/jobs?page=2", list({job(2, "build", "")}, 2));
  const auto jobs = forge().jobs(9, 1).value();
  ASSERT_EQ(jobs.jobs.size(), 2U);
  EXPECT_EQ(*jobs.jobs.at(1).name, "build");
  EXPECT_EQ(*jobs.stated_count, 2);
}

TEST_F(GitLabTest, ancestry_is_a_merge_base_that_is_the_older_commit) {
  const std::string asked = base + "/repository/merge_base?refs%5B%5D=aa&refs%5B%5D=bb";
  client.expect(Method::get, asked, json_response(200, R"({"id":"aa"})"));
  const auto ahead = forge().compare("aa", "bb").value();
  EXPECT_EQ(*ahead.status, "ahead");
  EXPECT_EQ(*ahead.merge_base_sha, "aa");
  client.expect(Method::get, asked, json_response(200, R"({"id":"a0"})"));
  EXPECT_EQ(*forge().compare("aa", "bb").value().status, "diverged");
}

TEST_F(GitLabTest, a_branch_with_slashes_is_one_name) {
  client.expect(Method::get, base + "/repository/branches/release%2F1",
                json_response(200, R"({"name":"release/1","commit":{"id":"c1"}})"));
  const auto branch = forge().branch("release/1").value();
  EXPECT_EQ(*branch.ref, "refs/heads/release/1");
  EXPECT_EQ(*branch.sha, "c1");
  client.expect(Method::get, base + "/repository/tags/main", json_response(404, R"({"message":"404"})"));
  EXPECT_FALSE(forge().tag("main").value().has_value());
}

TEST_F(GitLabTest, the_token_does_not_follow_the_archive_to_where_it_is_kept) {
  ClientResponse redirect{.status = 302, .reason = {}, .headers = {}, .body = {}};
  redirect.headers.add("Location", "https://blobs.example/dist.zip?sig=1");
  client.expect(Method::get, base + "/jobs/2/artifacts", redirect);
  ClientResponse bytes{.status = 200, .reason = {}, .headers = {}, .body = "zip"};
  client.expect(Method::get, "https://blobs.example/dist.zip?sig=1", bytes);
  MemorySink sink;
  ASSERT_TRUE(forge().download(2, 100, sink, nullptr).ok());
  EXPECT_EQ(sink.bytes, "zip");
  EXPECT_EQ(client.requests().at(0).auth, RecordedRequest::Auth::bearer);
  EXPECT_EQ(client.requests().at(1).auth, RecordedRequest::Auth::none);
}

TEST_F(GitLabTest, an_archive_may_come_from_the_api_itself) {
  client.expect(Method::get, base + "/jobs/2/artifacts",
                ClientResponse{.status = 200, .reason = {}, .headers = {}, .body = "zip"});
  MemorySink sink;
  ASSERT_TRUE(forge().download(2, 100, sink, nullptr).ok());
  EXPECT_EQ(sink.bytes, "zip");
}

TEST_F(GitLabTest, a_refusal_names_the_token_and_what_it_must_be_able_to_do) {
  client.expect(Method::get, base, json_response(403, R"({"message":"403 Forbidden"})"));
  const auto refused = forge().repository();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::unauthenticated);
  EXPECT_THAT(refused.error().hint, HasSubstr("GITLAB_TOKEN needs to read this project's API"));
}

TEST(GitLabProject, has_at_least_one_group) {
  EXPECT_EQ(parse_project_path("a/b/c").value(), "a/b/c");
  for (const auto* path : {"", "a", "/a", "a//b", "a/b/", "a/../b", "a/b c"})
    EXPECT_FALSE(parse_project_path(path).ok()) << path;
}

}  // namespace
}  // namespace packhouse::forge
