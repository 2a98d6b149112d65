#include "forge/github.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "attest/testing/sigstore.hpp"
#include "forge/testing/memory_sink.hpp"
#include "http/testing/scripted_client.hpp"

namespace packhouse::forge {
namespace {

using http::begins_with;
using http::ClientRequest;
using http::ClientResponse;
using http::json_response;
using http::Method;
using http::RecordedRequest;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string api = "https://api.forge.example";
const std::string repo = api + "/repos/lab/demo";
const std::string zip = repo + "/actions/artifacts/5/zip";
const std::string blob = "https://blobs.example/dist.zip?sig=s3cr3t";

ClientResponse redirect(std::string_view location, int status = 302) {
  ClientResponse response{.status = status, .reason = {}, .headers = {}, .body = {}};
  response.headers.add("Location", std::string(location));
  return response;
}

ClientResponse page(int status, std::string type, std::string body) {
  ClientResponse response{.status = status, .reason = {}, .headers = {}, .body = std::move(body)};
  response.headers.add("Content-Type", std::move(type));
  return response;
}

ClientResponse with(ClientResponse response, std::string name, std::string value) {
  response.headers.add(std::move(name), std::move(value));
  return response;
}

class GitHubTest : public ::testing::Test {
 protected:
  Forge& forge(seconds max_wait = seconds(300)) {
    ForgeAccess access{.api_url = api, .token = Secret{"t0ken"}, .max_wait = max_wait};
    access.on_wait = [this](const http::Wait& wait) { waits.push_back(wait.time); };
    forge_ = make_github(std::move(access), "lab/demo", client, clock).value();
    return *forge_;
  }

  /// Whose requests carried the token.
  std::vector<std::string> authorised() const {
    std::vector<std::string> urls;
    for (const RecordedRequest& request : client.requests())
      if (request.auth != RecordedRequest::Auth::none) urls.push_back(request.url);
    return urls;
  }

  http::ScriptedClient client;
  ManualClock clock{Timestamp(seconds(1'800'000'000))};
  std::vector<std::chrono::milliseconds> waits;

 private:
  std::unique_ptr<Forge> forge_;
};

// ----- questions

TEST_F(GitHubTest, asks_as_the_documentation_wants_it) {
  client.expect(Method::get, repo, json_response(200, R"({"id":7,"full_name":"lab/demo"})"));
  const auto facts = forge().repository();
  EXPECT_EQ(*facts.value().id, 7);
  const auto& headers = client.requests().at(0).headers;
  EXPECT_EQ(headers.get("accept"), "application/vnd.github+json");
  EXPECT_EQ(headers.get("x-github-api-version"), "2022-11-28");
  EXPECT_EQ(client.requests().at(0).auth, RecordedRequest::Auth::bearer);
}

TEST_F(GitHubTest, asks_for_the_branch_by_its_full_reference) {
  client.expect(Method::get, repo + "/git/ref/heads/release/a%20b",
                json_response(200, R"({"ref":"refs/heads/release/a b","object":{"sha":"c"}})"));
  EXPECT_EQ(*forge().branch("release/a b").value().sha, "c");
}

TEST_F(GitHubTest, a_tag_that_is_not_there_is_no_error) {
  client.expect(Method::get, repo + "/git/ref/tags/main", json_response(404, R"({"message":"Not Found"})"));
  EXPECT_FALSE(forge().tag("main").value().has_value());
}

TEST_F(GitHubTest, an_annotated_tag_is_read_to_its_commit) {
  client.expect(Method::get, repo + "/git/ref/tags/v1",
                json_response(200, R"({"ref":"refs/tags/v1","object":{"type":"tag","sha":"a"}})"));
  client.expect(Method::get, repo + "/git/tags/a",
                json_response(200, R"({"sha":"a","tag":"v1","object":{"type":"tag","sha":"b"}})"));
  client.expect(Method::get, repo + "/git/tags/b",
                json_response(200, R"({"sha":"b","tag":"v0","object":{"type":"commit","sha":"c"}})"));
  const auto tag = forge().tag("v1").value();
  ASSERT_TRUE(tag);
  EXPECT_EQ(*tag->ref, "refs/tags/v1");
  EXPECT_EQ(*tag->sha, "c");
}

TEST_F(GitHubTest, an_enterprise_server_has_a_path_before_its_routes) {
  ForgeAccess access{.api_url = "https://ghe.example/api/v3/", .token = Secret{"t"}};
  client.expect(Method::get, "https://ghe.example/api/v3/repos/lab/demo", json_response(200, "{}"));
  EXPECT_TRUE(make_github(std::move(access), "lab/demo", client, clock).value()->repository().ok());
}

TEST_F(GitHubTest, refuses_an_api_address_that_would_show_the_token) {
  for (const std::string url : {"http://api.forge.example", "https://user:pw@api.forge.example", "ftp://x",
                                "api", "https://api.forge.example/?x=1"}) {
    ForgeAccess access{.api_url = url, .token = Secret{"t"}};
    EXPECT_FALSE(make_github(std::move(access), "lab/demo", client, clock).ok()) << url;
  }
  ForgeAccess loopback{.api_url = "http://127.0.0.1:8000", .token = Secret{"t"}};
  EXPECT_TRUE(make_github(std::move(loopback), "lab/demo", client, clock).ok());
}

TEST_F(GitHubTest, follows_pages_and_keeps_the_stated_count) {
  const std::string first = repo + "/actions/runs/9/artifacts?name=dist&per_page=100";
  const std::string second = api + "/repositories/7/actions/runs/9/artifacts?page=2";
  client.expect(Method::get, first,
                with(json_response(200, R"({"total_count":2,"artifacts":[{"id":1}]})"), "Link",
                     "<" + second + ">; rel=\"next\""));
  client.expect(Method::get, second, json_response(200, R"({"total_count":2,"artifacts":[{"id":2}]})"));
  const auto listing = forge().artifacts(9, "dist").value();
  EXPECT_EQ(listing.artifacts.size(), 2U);
  EXPECT_EQ(*listing.stated_count, 2);
}

TEST_F(GitHubTest, lists_the_runs_of_a_commit_and_keeps_of_each_what_was_read) {
  client.expect(
      Method::get, repo + "/actions/workflows/ci.yml/runs?head_sha=c0ffee&per_page=100",
      json_response(200, R"({"total_count":1,"workflow_runs":[{"id":9,"event":"push","status":"queued",)"
                         R"("conclusion":null,"head_branch":"main","actor":{"login":"canary"}}]})"));
  const auto listing = forge().runs("ci.yml", "c0ffee").value();
  ASSERT_EQ(listing.runs.size(), 1U);
  EXPECT_EQ(*listing.stated_count, 1);
  EXPECT_EQ(*listing.runs.front().status, "queued");
  EXPECT_FALSE(listing.runs.front().conclusion.ok());
  EXPECT_THAT(listing.evidence.canonical, HasSubstr(R"("status":"queued")"));
  EXPECT_THAT(listing.evidence.canonical, Not(HasSubstr("canary")));
}

TEST_F(GitHubTest, never_follows_a_page_to_another_origin) {
  client.always_like(Method::get, "artifacts", begins_with(repo), [](const ClientRequest&) {
    return with(json_response(200, R"({"total_count":2,"artifacts":[]})"), "Link",
                "<https://evil.example/next>; rel=\"next\"");
  });
  EXPECT_EQ(forge().artifacts(9, "dist").error().code, Errc::forbidden);
  EXPECT_THAT(client.unexpected(), IsEmpty());
}

TEST_F(GitHubTest, bounds_the_number_of_pages) {
  client.always_like(Method::get, "artifacts", begins_with(repo), [](const ClientRequest& request) {
    return with(json_response(200, R"({"total_count":1,"artifacts":[]})"), "Link",
                "<" + request.url + ">; rel=\"next\"");
  });
  EXPECT_EQ(forge().artifacts(9, "dist").error().code, Errc::too_large);
}

TEST_F(GitHubTest, follows_a_renamed_repository_on_its_own_origin_only) {
  client.expect(Method::get, repo, redirect(api + "/repositories/7", 301));
  client.expect(Method::get, api + "/repositories/7",
                json_response(200, R"({"id":7,"full_name":"lab/renamed"})"));
  EXPECT_EQ(*forge().repository().value().full_name, "lab/renamed");

  client.expect(Method::get, repo, redirect("https://evil.example/", 301));
  EXPECT_EQ(forge().repository().error().code, Errc::forbidden);
  EXPECT_THAT(client.unexpected(), IsEmpty());
}

TEST_F(GitHubTest, says_that_a_404_may_be_a_lack_of_rights) {
  client.expect(Method::get, repo + "/actions/runs/9",
                with(json_response(404, R"({"message":"Not Found"})"), "X-Accepted-GitHub-Permissions",
                     "actions=read"));
  const auto error = forge().run(9).error();
  EXPECT_EQ(error.code, Errc::not_found);
  EXPECT_THAT(error.hint, HasSubstr("actions=read"));
}

TEST_F(GitHubTest, tells_authentication_from_other_refusals) {
  client.expect(Method::get, repo, json_response(401, R"({"message":"Bad credentials"})"));
  EXPECT_EQ(forge().repository().error().code, Errc::unauthenticated);
  client.expect(Method::get, repo,
                json_response(403, R"({"message":"Resource not accessible by integration"})"));
  EXPECT_EQ(forge().repository().error().code, Errc::unauthenticated);
  client.expect(Method::get, repo, json_response(410, R"({"message":"Gone"})"));
  EXPECT_EQ(forge().repository().error().code, Errc::gone);
  EXPECT_THAT(waits, IsEmpty());
}

// ----- retries

TEST_F(GitHubTest, asks_again_after_an_html_502) {
  client.expect(Method::get, repo, page(502, "text/html", "<html>Unicorn</html>"));
  client.expect(Method::get, repo, page(503, "text/html", "<html>"));
  client.expect(Method::get, repo, json_response(200, R"({"id":7})"));
  EXPECT_TRUE(forge().repository().ok());
  EXPECT_THAT(waits, ElementsAre(seconds(1), seconds(2)));
}

TEST_F(GitHubTest, takes_html_with_status_200_for_a_failure) {
  client.always(Method::get, repo, page(200, "text/html", "<html>log in here</html>"));
  const auto error = forge().repository().error();
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_THAT(error.message, HasSubstr("text/html"));
  EXPECT_EQ(client.requests().size(), 5U);
}

TEST_F(GitHubTest, asks_again_after_a_broken_connection) {
  client.expect(Method::get, repo, Error{Errc::unavailable, "connection reset"});
  client.expect(Method::get, repo, json_response(200, R"({"id":7})"));
  EXPECT_TRUE(forge().repository().ok());
}

TEST_F(GitHubTest, waits_as_long_as_the_host_asks) {
  client.expect(Method::get, repo, with(json_response(429, "{}"), "Retry-After", "17"));
  client.expect(
      Method::get, repo,
      with(with(json_response(403, "{}"), "x-ratelimit-remaining", "0"), "x-ratelimit-reset", "1800000047"));
  client.expect(Method::get, repo, json_response(200, R"({"id":7})"));
  EXPECT_TRUE(forge().repository().ok());
  EXPECT_THAT(waits, ElementsAre(seconds(17), seconds(31)));
}

TEST_F(GitHubTest, gives_up_when_the_wait_is_longer_than_allowed) {
  client.always(Method::get, repo,
                with(json_response(429, R"({"message":"slow down"})"), "Retry-After", "3600"));
  const auto error = forge().repository().error();
  EXPECT_EQ(error.code, Errc::rate_limited);
  EXPECT_THAT(error.hint, HasSubstr("max-wait-seconds"));
  EXPECT_THAT(waits, IsEmpty());
}

TEST_F(GitHubTest, counts_all_waits_against_one_bound) {
  client.always(Method::get, repo, with(json_response(429, "{}"), "Retry-After", "40"));
  EXPECT_EQ(forge(seconds(100)).repository().error().code, Errc::rate_limited);
  EXPECT_THAT(waits, ElementsAre(seconds(40), seconds(40)));
}

TEST_F(GitHubTest, does_not_repeat_what_a_refusal_means) {
  client.expect(Method::get, repo, json_response(422, R"({"message":"no"})"));
  EXPECT_EQ(forge().repository().error().code, Errc::internal);
  EXPECT_EQ(client.requests().size(), 1U);
}

// ----- downloads

TEST_F(GitHubTest, sends_the_token_to_the_api_and_never_to_the_blob_host) {
  client.expect(Method::get, zip, redirect(blob));
  client.expect(Method::get, blob, page(200, "application/zip", "bytes"));
  MemorySink sink;
  EXPECT_EQ(forge().download(5, 1000, sink, nullptr).value().content_type, "application/zip");
  EXPECT_EQ(sink.bytes, "bytes");
  EXPECT_THAT(authorised(), ElementsAre(zip));
  EXPECT_FALSE(client.requests().at(1).headers.get("cookie"));
  EXPECT_FALSE(client.requests().at(1).headers.get("accept"));  // not application/zip: the host rejects it
}

TEST_F(GitHubTest, follows_three_redirects_and_not_four) {
  client.expect(Method::get, zip, redirect("https://one.example/"));
  client.expect(Method::get, "https://one.example/", redirect("https://two.example/"));
  client.expect(Method::get, "https://two.example/", redirect(blob));
  client.expect(Method::get, blob, page(200, "application/zip", "bytes"));
  MemorySink sink;
  EXPECT_TRUE(forge().download(5, 1000, sink, nullptr).ok());

  client.always(Method::get, zip, redirect("https://loop.example/"));
  client.always(Method::get, "https://loop.example/", redirect("https://loop.example/"));
  MemorySink other;
  EXPECT_THAT(forge().download(5, 1000, other, nullptr).error().message, HasSubstr("more than 3 redirects"));
  EXPECT_THAT(authorised(), Not(::testing::Contains(HasSubstr("loop"))));
}

TEST_F(GitHubTest, downloads_over_https_only) {
  for (const std::string target : {"http://blobs.example/x", "http://127.0.0.1/x", "http://[::1]/x"}) {
    client.expect(Method::get, zip, redirect(target));
    MemorySink sink;
    const auto error = forge().download(5, 1000, sink, nullptr).error();
    EXPECT_EQ(error.code, Errc::forbidden) << target;
  }
  EXPECT_THAT(client.unexpected(), IsEmpty());
}

TEST_F(GitHubTest, refuses_redirects_that_are_no_web_address_or_hold_credentials) {
  for (const std::string target : {"file:///etc/passwd", "gopher://x/", "https://user:pw@blobs.example/x"}) {
    client.expect(Method::get, zip, redirect(target));
    MemorySink sink;
    EXPECT_FALSE(forge().download(5, 1000, sink, nullptr).ok()) << target;
  }
  EXPECT_THAT(client.unexpected(), IsEmpty());
}

TEST_F(GitHubTest, a_forge_on_the_loopback_may_serve_plain_http_there) {
  ForgeAccess access{.api_url = "http://127.0.0.1:1", .token = Secret{"t"}};
  const auto local = make_github(std::move(access), "lab/demo", client, clock).value();
  client.expect(Method::get, "http://127.0.0.1:1/repos/lab/demo/actions/artifacts/5/zip",
                redirect("http://127.0.0.1:2/x"));
  client.expect(Method::get, "http://127.0.0.1:2/x", page(200, "application/zip", "bytes"));
  MemorySink sink;
  EXPECT_TRUE(local->download(5, 1000, sink, nullptr).ok());
  EXPECT_EQ(authorised().size(), 1U);  // another port is another origin
  client.expect(Method::get, "http://127.0.0.1:1/repos/lab/demo/actions/artifacts/5/zip",
                redirect("http://blobs.example/x"));
  MemorySink other;
  EXPECT_EQ(local->download(5, 1000, other, nullptr).error().code, Errc::forbidden);
}

TEST_F(GitHubTest, asks_once_for_a_new_link_when_the_old_one_has_expired) {
  client.expect(Method::get, zip, redirect(blob));
  client.expect(Method::get, blob, page(403, "application/xml", "<Error/>"));
  client.expect(Method::get, zip, redirect("https://blobs.example/new"));
  client.expect(Method::get, "https://blobs.example/new", page(200, "application/zip", "bytes"));
  MemorySink sink;
  EXPECT_TRUE(forge().download(5, 1000, sink, nullptr).ok());
  EXPECT_EQ(sink.bytes, "bytes");

  client.always(Method::get, zip, redirect(blob));
  client.always(Method::get, blob, page(403, "application/xml", "<Error/>"));
  const std::size_t before = client.requests().size();
  MemorySink other;
  EXPECT_FALSE(forge().download(5, 1000, other, nullptr).ok());
  EXPECT_EQ(client.requests().size() - before, 4U);
}

TEST_F(GitHubTest, an_expired_artifact_is_gone) {
  client.expect(Method::get, zip, json_response(410, R"({"message":"Artifact has expired"})"));
  MemorySink sink;
  EXPECT_EQ(forge().download(5, 1000, sink, nullptr).error().code, Errc::gone);
}

/// An answer whose transfer is cut after these bytes.
auto cut_after(std::string bytes, ClientResponse head) {
  return [bytes = std::move(bytes),
          head = std::move(head)](const ClientRequest& request) -> Result<ClientResponse> {
    EXPECT_TRUE(request.on_head(head).ok());
    EXPECT_TRUE(request.sink(bytes).ok());
    return Error{Errc::unavailable, "cut short"};
  };
}

ClientResponse tagged(int status, std::string body, std::string tag) {
  return with(page(status, "application/zip", std::move(body)), "ETag", std::move(tag));
}

TEST_F(GitHubTest, takes_up_a_cut_download_where_it_ended) {
  client.always(Method::get, zip, redirect(blob));
  client.expect(Method::get, blob, cut_after("first ", tagged(200, "", "\"one\"")));
  client.expect(Method::get, blob, with(tagged(206, "second", "\"one\""), "Content-Range", "bytes 6-11/12"));
  MemorySink sink;
  EXPECT_TRUE(forge().download(5, 1000, sink, nullptr).ok());
  EXPECT_EQ(sink.bytes, "first second");
  EXPECT_EQ(client.requests().back().headers.get("range"), "bytes=6-");
  EXPECT_EQ(client.requests().back().headers.get("if-range"), "\"one\"");
  EXPECT_EQ(sink.restarts, 0);
}

TEST_F(GitHubTest, begins_anew_with_the_same_answer_where_the_archive_is_another_one_now) {
  client.always(Method::get, zip, redirect(blob));
  client.expect(Method::get, blob, cut_after("fir", tagged(200, "", "\"one\"")));
  client.expect(Method::get, blob, tagged(200, "other bytes", "\"two\""));
  MemorySink sink;
  EXPECT_TRUE(forge().download(5, 1000, sink, nullptr).ok());
  EXPECT_EQ(sink.bytes, "other bytes");
  EXPECT_EQ(sink.restarts, 1);
}

TEST_F(GitHubTest, never_joins_the_pieces_of_two_archives) {
  client.always(Method::get, zip, redirect(blob));
  for (const auto& wrong : {with(tagged(206, "second", "\"two\""), "Content-Range", "bytes 3-8/9"),
                            with(page(206, "application/zip", "second"), "Content-Range", "bytes 3-8/9"),
                            with(tagged(206, "second", "\"one\""), "Content-Range", "bytes 4-9/10"),
                            tagged(206, "second", "\"one\"")}) {
    client.expect(Method::get, blob, cut_after("fir", tagged(200, "", "\"one\"")));
    client.expect(Method::get, blob, wrong);
    client.expect(Method::get, blob, tagged(200, "first second", "\"two\""));
    MemorySink sink;
    EXPECT_TRUE(forge().download(5, 1000, sink, nullptr).ok());
    EXPECT_EQ(sink.bytes, "first second");
    EXPECT_EQ(client.requests().back().headers.count("range"), 0U);
  }
}

TEST_F(GitHubTest, begins_anew_where_nothing_says_that_the_archive_is_the_same) {
  client.always(Method::get, zip, redirect(blob));
  for (const auto& head : {page(200, "application/zip", ""), tagged(200, "", "W/\"weak\"")}) {
    client.expect(Method::get, blob, cut_after("fir", head));
    client.expect(Method::get, blob, page(200, "application/zip", "first second"));
    MemorySink sink;
    EXPECT_TRUE(forge().download(5, 1000, sink, nullptr).ok());
    EXPECT_EQ(sink.bytes, "first second");
    EXPECT_EQ(client.requests().back().headers.count("range"), 0U);
  }
}

TEST_F(GitHubTest, a_rest_without_bytes_is_none) {
  client.always(Method::get, zip, redirect(blob));
  client.expect(Method::get, blob, cut_after("first ", tagged(200, "", "\"one\"")));
  client.expect(Method::get, blob, tagged(200, "", "\"one\""));
  client.expect(Method::get, blob, with(tagged(206, "second", "\"one\""), "Content-Range", "bytes 6-11/12"));
  MemorySink sink;
  EXPECT_TRUE(forge().download(5, 1000, sink, nullptr).ok());
  EXPECT_EQ(sink.bytes, "first second");
}

TEST_F(GitHubTest, a_line_that_is_cut_often_goes_on_as_long_as_bytes_arrive) {
  client.always(Method::get, zip, redirect(blob));
  client.expect(Method::get, blob, cut_after("0", tagged(200, "", "\"one\"")));
  for (int at = 1; at < 9; ++at) {
    client.expect(Method::get, blob,
                  cut_after(std::to_string(at), with(tagged(206, "", "\"one\""), "Content-Range",
                                                     fmt::format("bytes {}-9/10", at))));
  }
  client.expect(Method::get, blob, with(tagged(206, "9", "\"one\""), "Content-Range", "bytes 9-9/10"));
  MemorySink sink;
  EXPECT_TRUE(forge().download(5, 1000, sink, nullptr).ok());
  EXPECT_EQ(sink.bytes, "0123456789");
  EXPECT_THAT(waits, ::testing::Each(seconds(1)));
}

TEST_F(GitHubTest, refuses_an_archive_that_grows_over_the_limit_piece_by_piece) {
  client.always(Method::get, zip, redirect(blob));
  client.expect(Method::get, blob, cut_after(std::string(600, 'x'), tagged(200, "", "\"one\"")));
  client.expect(Method::get, blob,
                with(tagged(206, std::string(600, 'y'), "\"one\""), "Content-Range", "bytes 600-1199/1200"));
  MemorySink sink;
  EXPECT_EQ(forge().download(5, 1000, sink, nullptr).error().code, Errc::too_large);
}

TEST_F(GitHubTest, gives_up_on_a_download_that_is_always_cut) {
  client.always(Method::get, zip, redirect(blob));
  client.always_like(
      Method::get, "blob", begins_with(blob),
      [](const ClientRequest&) -> Result<ClientResponse> { return Error{Errc::unavailable, "cut short"}; });
  MemorySink sink;
  EXPECT_EQ(forge().download(5, 1000, sink, nullptr).error().code, Errc::unavailable);
  EXPECT_THAT(waits, ElementsAre(seconds(1), seconds(2), seconds(4), seconds(8)));
}

TEST_F(GitHubTest, refuses_an_archive_over_the_limit) {
  client.expect(Method::get, zip, redirect(blob));
  client.expect(Method::get, blob, page(200, "application/zip", std::string(2000, 'x')));
  MemorySink sink;
  EXPECT_EQ(forge().download(5, 1000, sink, nullptr).error().code, Errc::too_large);
}

TEST_F(GitHubTest, expects_a_redirect_and_no_body_from_the_api) {
  client.expect(Method::get, zip, json_response(200, "{}"));
  MemorySink sink;
  EXPECT_THAT(forge().download(5, 1000, sink, nullptr).error().message, HasSubstr("expected a redirect"));
}

// ----- attestations

TEST_F(GitHubTest, fetches_a_bundle_by_its_address_without_the_token) {
  const Sha256 subject = Sha256::of("wheel");
  client.expect_like(Method::get, "attestations", begins_with(repo + "/attestations/sha256:" + subject.hex()),
                     [](const ClientRequest&) -> Result<ClientResponse> {
                       return json_response(200, R"({"attestations":[
      {"bundle":null,"bundle_url":"https://blobs.example/b"},{"bundle":{"inline":1},"bundle_url":"https://x.example/"},
      {"bundle":null}]})");
                     });
  client.expect(Method::get, "https://blobs.example/b",
                page(200, "application/x-snappy", attest::testing::snappy(R"({"from":"url"})")));
  EXPECT_THAT(forge().attestations(subject).value(), ElementsAre(R"({"from":"url"})", R"({"inline":1})"));
  EXPECT_EQ(authorised().size(), 1U);
}

TEST_F(GitHubTest, a_server_without_attestations_has_none) {
  client.always_like(Method::get, "attestations", begins_with(repo + "/attestations"),
                     [](const ClientRequest&) -> Result<ClientResponse> { return json_response(404, "{}"); });
  EXPECT_THAT(forge().attestations(Sha256::of("x")).value(), IsEmpty());
}

}  // namespace
}  // namespace packhouse::forge
