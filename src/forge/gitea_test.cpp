#include "forge/gitea.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "forge/testing/gitea_fixture.hpp"
#include "forge/testing/memory_sink.hpp"

namespace packhouse::forge {
namespace {

using http::ClientResponse;
using http::json_response;
using http::Method;
using http::RecordedRequest;
using testing::artifact;
using testing::base;
using testing::GiteaTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::job;
using testing::listing;
using testing::quiet;
using testing::run_url;
using testing::RunText;
using testing::sha;

// ----- runs

TEST_F(GiteaTest, a_branch_that_is_not_the_paths_is_none) {
  const auto run = run_of({.head_branch = R"("head_branch":"other",)"});
  EXPECT_EQ(run.head_branch.error().message, "\"other\", and in the path \"refs/heads/main\"");
}

TEST_F(GiteaTest, the_attempt_is_the_build_jobs_where_the_run_counts_none) {
  answer(run_url, RunText{}.str());
  answer_workflow();
  answer_jobs({job(1, "build", 3), job(2, "test", 1)});
  EXPECT_EQ(*forge().run(9).value().attempt, 3);
}

TEST_F(GiteaTest, two_build_jobs_count_no_attempt) {
  answer(run_url, RunText{}.str());
  answer_workflow();
  answer_jobs({job(1, "build", 1), job(2, "build", 1)});
  EXPECT_FALSE(forge().run(9).value().attempt.ok());
}

TEST_F(GiteaTest, an_attempt_that_is_counted_is_asked_for_by_its_number) {
  answer(run_url, RunText{.attempt = 2}.str());
  answer(run_url + "/attempts/2", RunText{.attempt = 2}.str());
  answer_workflow();
  const auto attempt = forge().attempt(9, 2).value();
  EXPECT_EQ(*attempt.attempt, 2);
  EXPECT_EQ(attempt.evidence.name, "attempt");
}

TEST_F(GiteaTest, the_runs_of_a_commit_are_those_of_the_workflow) {
  answer(base + "/actions/runs?head_sha=" + sha + "&limit=50&page=1",
         listing("workflow_runs", {RunText{}.str(), RunText{.path = "docs.yml@refs/heads/main"}.str()}, 2));
  const auto found = forge().runs("ci.yml", sha).value();
  ASSERT_EQ(found.runs.size(), 1U);
  EXPECT_EQ(*found.stated_count, 1);
  EXPECT_EQ(*found.runs.front().head_branch, "main");
}

// ----- lists

TEST_F(GiteaTest, pages_are_counted_until_the_stated_number_is_there) {
  answer(run_url + "/jobs?limit=50&page=1", listing("jobs", {job(1, "test", 1)}, 2));
  answer(run_url + "/jobs?limit=50&page=2", listing("jobs", {job(2, "build", 1)}, 2));
  const auto jobs = forge().jobs(9, 1).value();
  ASSERT_EQ(jobs.jobs.size(), 2U);
  EXPECT_EQ(*jobs.stated_count, 2);
}

TEST_F(GiteaTest, a_list_that_ends_early_is_no_whole_one) {
  answer(run_url + "/jobs?limit=50&page=1", listing("jobs", {job(1, "build", 1)}, 2));
  answer(run_url + "/jobs?limit=50&page=2", listing("jobs", {}, 2));
  const auto jobs = forge().jobs(9, 1).value();
  EXPECT_EQ(jobs.jobs.size(), 1U);
  EXPECT_EQ(*jobs.stated_count, 2);
}

TEST_F(GiteaTest, no_artifact_is_an_empty_list) {
  answer(run_url + "/artifacts?name=dist&limit=50&page=1", listing("artifacts", {}, 0));
  const auto found = forge().artifacts(9, "dist").value();
  EXPECT_THAT(found.artifacts, IsEmpty());
  EXPECT_EQ(*found.stated_count, 0);
}

// ----- artifacts

TEST_F(GiteaTest, an_artifact_is_as_old_as_its_last_change) {
  answer(base + "/actions/artifacts/5", artifact(5, "2026-11-22T10:30:00Z"));
  const auto replaced = forge().artifact(5).value();
  EXPECT_EQ(to_iso8601(*replaced.created_at), "2026-11-22T10:30:00.000000Z");
  EXPECT_EQ(*replaced.run_id, 9);
  EXPECT_EQ(*replaced.head_repository_id, 7);
  EXPECT_FALSE(replaced.digest_stated);
}

TEST_F(GiteaTest, an_artifact_that_does_not_say_when_it_changed_has_no_time) {
  answer(base + "/actions/artifacts/5", R"({"id":5,"created_at":"2026-11-22T10:00:30Z"})");
  EXPECT_FALSE(forge().artifact(5).value().created_at.ok());
}

ClientResponse redirect_to(std::string_view place) {
  ClientResponse redirect{.status = 302, .reason = {}, .headers = {}, .body = {}};
  redirect.headers.add("Location", std::string(place));
  return redirect;
}

TEST_F(GiteaTest, the_token_does_not_follow_the_archive_to_where_it_is_kept) {
  client.expect(Method::get, base + "/actions/artifacts/5/zip", redirect_to("https://blobs.example/a?sig=1"));
  client.expect(Method::get, "https://blobs.example/a?sig=1",
                ClientResponse{.status = 200, .reason = {}, .headers = {}, .body = "zip"});
  MemorySink sink;
  ASSERT_TRUE(forge().download(5, 100, sink, nullptr).ok());
  EXPECT_EQ(sink.bytes, "zip");
  EXPECT_EQ(client.requests().at(0).auth, RecordedRequest::Auth::bearer);
  EXPECT_EQ(client.requests().at(1).auth, RecordedRequest::Auth::none);
}

TEST_F(GiteaTest, an_expired_archive_is_gone_although_the_answer_is_404) {
  answer(base + "/actions/artifacts/5/zip", R"({"message":"Artifact has expired"})", 404);
  answer(base + "/actions/artifacts/5", artifact(5, "2026-11-22T10:00:50Z", true));
  MemorySink sink;
  const auto error = forge().download(5, 100, sink, nullptr).error();
  EXPECT_EQ(error.code, Errc::gone);
  EXPECT_EQ(error.message, "expected the archive of artifact 5, found that it has expired");
}

TEST_F(GiteaTest, an_archive_that_is_not_there_is_not_called_expired) {
  answer(base + "/actions/artifacts/5/zip", R"({"message":"artifact not found"})", 404);
  answer(base + "/actions/artifacts/5", R"({"message":"artifact not found"})", 404);
  MemorySink sink;
  EXPECT_EQ(forge().download(5, 100, sink, nullptr).error().code, Errc::not_found);
}

// ----- commits and refs

TEST_F(GiteaTest, an_ancestor_has_no_commit_that_the_branch_lacks) {
  const auto ask = [&](std::string_view body, std::optional<std::string_view> total) {
    auto response = json_response(200, std::string(body));
    if (total) response.headers.add("X-Total-Count", std::string(*total));
    client.expect(Method::get, base + "/commits?sha=aa&not=bb" + quiet, response);
    return forge().compare("aa", "bb").value();
  };
  const auto ancestor = ask("[]", "0");
  EXPECT_EQ(*ancestor.status, "ahead");
  EXPECT_EQ(*ancestor.merge_base_sha, "aa");
  EXPECT_EQ(*ask(R"([{"sha":"aa"}])", "1").status, "diverged");
  EXPECT_EQ(*ask("[]", "4").status, "diverged");
  EXPECT_FALSE(ask("[]", std::nullopt).status.ok());
  EXPECT_FALSE(ask("[]", std::nullopt).merge_base_sha.ok());
}

TEST_F(GiteaTest, a_branch_with_slashes_is_one_name_and_a_tag_may_be_missing) {
  answer(base + "/branches/release/1", R"({"name":"release/1","commit":{"id":"c1"}})");
  const auto branch = forge().branch("release/1").value();
  EXPECT_EQ(*branch.ref, "refs/heads/release/1");
  EXPECT_EQ(*branch.sha, "c1");
  answer(base + "/tags/main", R"({"message":"tag doesn't exist: main"})", 404);
  EXPECT_FALSE(forge().tag("main").value().has_value());
  answer(base + "/tags/main", R"({"name":"main","id":"t1","commit":{"sha":"c1"}})");
  EXPECT_EQ(*forge().tag("main").value()->sha, "c1");
}

TEST_F(GiteaTest, a_refusal_names_the_token_and_what_it_must_be_able_to_do) {
  answer(base, R"({"message":"token does not have at least one of required scopes"})", 403);
  const auto error = forge().repository().error();
  EXPECT_EQ(error.code, Errc::unauthenticated);
  EXPECT_THAT(error.hint, HasSubstr("GITEA_TOKEN needs to read this repository and its actions"));
}

TEST(GiteaAddress, has_no_usual_one) {
  http::ScriptedClient client;
  ManualClock clock{*parse_iso8601("2026-11-22T12:00:00Z")};
  const auto error =
      make_gitea({.api_url = "", .token = Secret{"gt"}}, "lab/demo", {}, client, clock).error();
  EXPECT_EQ(error.message, "expected GITEA_API_URL as https://HOST[/PATH], found nothing");
}

}  // namespace
}  // namespace packhouse::forge
