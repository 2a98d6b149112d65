#include "api/upstream_answers.hpp"

#include <gmock/gmock.h>

#include <future>

#include "api/testing/session_fixture.hpp"
#include "upstream/testing/fake_peer.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;
using namespace upstream::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string root = "https://up.example/simple/";
const std::string remote_wheel = "flask-3.0+x-py3-none-any.whl";
const std::string remote_bytes = "the bytes of a wheel";
const std::string remote_metadata = "Metadata-Version: 2.1\n";

/// The whole table of an index with one upstream, which has flask.
class UpstreamAnswersTest : public SessionFixture {
 protected:
  UpstreamAnswersTest() {
    peer_.answer(root + "flask/", page_answer(page(), {{"ETag", "\"1\""}, {"Cache-Control", "max-age=60"}}));
    peer_.answer("https://files.example/flask.whl", bytes_answer(remote_bytes));
    peer_.answer("https://files.example/flask.whl.metadata", bytes_answer(remote_metadata));
  }

  static std::string page() {
    return fmt::format(
        R"({{"meta":{{"api-version":"1.4"}},"name":"flask","files":[{{"filename":"{}",)"
        R"("url":"https://files.example/flask.whl","hashes":{{"sha256":"{}"}},"size":20,"yanked":"<b>",)"
        R"("requires-python":">=3.9","upload-time":"2026-01-02T03:04:05.000000Z",)"
        R"("core-metadata":{{"sha256":"{}"}}}}]}})",
        remote_wheel, Sha256::of(remote_bytes).hex(), Sha256::of(remote_metadata).hex());
  }

  std::vector<std::unique_ptr<upstream::Source>> sources() {
    std::vector<std::unique_ptr<upstream::Source>> all;
    all.push_back(std::make_unique<upstream::Source>(upstream::SourceSettings{.url = *http::Url::parse(root)},
                                                     peer_.maker()));
    return all;
  }

  /// As the server does it, with what was deferred.
  http::Response ask_upstream(http::Request made) {
    auto quick = gate_with_upstream_.quick(made);
    auto response = quick ? *std::move(quick) : gate_with_upstream_.handle(made);
    deferred_ = response.deferred != nullptr;
    while (response.deferred) {
      const auto rest = response.deferred;
      response = rest->call();
    }
    return response;
  }
  http::Response fetch(std::string path, std::string_view accept = json_type) {
    auto made = request(Method::get, std::move(path), reader_);
    made.headers.add("Accept", std::string(accept));
    return ask_upstream(std::move(made));
  }
  static std::string link_of(const http::Response& page) {
    const auto document = json::parse(text_of(page)).value();
    return std::string(document.at("files").at(0).at("url").as_string()).substr(5);
  }
  static std::string remote_path(std::string_view suffix = "") {
    return fmt::format("/files/{}{}", file_path(Sha256::of(remote_bytes), remote_wheel), suffix);
  }
  /// As the server decodes it.
  static std::string decoded(const std::string& path) { return percent_decode(path).value(); }

  /// Of a project, once what waits is written.
  std::vector<DownloadTally> recorded(std::string_view project = "flask") {
    EXPECT_TRUE(downloads_.write(site_.store->downloads()).ok());
    return *site_.store->downloads().of_project("main", project);
  }

  FakePeer peer_;
  index::DownloadRecorder downloads_;
  bool deferred_ = false;
  upstream::Upstreams upstreams_{
      {.index = "main",
       .store = *site_.store,
       .blobs = *site_.blobs,
       .clock = site_.clock,
       .log = log_,
       .policy = site_.policy,
       .changed = [this](std::string_view name) { caches_.project_changed(name); }},
      *upstream::NameSet::parse({}, {"acme"}),
      sources()};
  IndexRoutes with_upstream_{context_,
                             {.caches = caches_,
                              .users = users_,
                              .publishers = publishers_,
                              .log = log_,
                              .upstreams = &upstreams_,
                              .downloads = &downloads_},
                             {.folder = site_.folder.path()}};
  routing::Gate gate_with_upstream_{with_upstream_.table(), authenticator_, site_.clock, log_, {}};
};

TEST_F(UpstreamAnswersTest, a_page_of_an_upstream_links_to_this_index) {
  const auto response = fetch("/simple/flask/");
  ASSERT_EQ(status_of(response), 200) << text_of(response);
  EXPECT_TRUE(deferred_) << "no worker waits for the upstream";
  EXPECT_EQ(response.cache_field, "Cache-Status: packhouse; fwd=miss; stored\r\n");
  const auto text = text_of(response);
  EXPECT_THAT(text, Not(HasSubstr("files.example")));
  EXPECT_THAT(text, Not(HasSubstr("_last-serial")));
  const auto document = json::parse(text).value();
  EXPECT_EQ(document.at("versions"), json::Value(json::Array{"3.0+x"}));
  const auto& file = document.at("files").at(0);
  EXPECT_EQ(file.at("url"), json::Value("../../files/" + file_path(Sha256::of(remote_bytes), remote_wheel)));
  EXPECT_EQ(file.at("size"), json::Value(20));
  EXPECT_EQ(file.at("upload-time"), json::Value("2026-01-02T03:04:05.000000Z"));
  EXPECT_EQ(file.at("requires-python"), json::Value(">=3.9"));
  EXPECT_EQ(file.at("yanked"), json::Value("<b>"));
  EXPECT_EQ(file.at("core-metadata").at("sha256"), json::Value(Sha256::of(remote_metadata).hex()));
}

TEST_F(UpstreamAnswersTest, requests_wait_in_the_lane_of_their_upstream) {
  const auto lane_of = [&](std::string path) {
    auto made = request(Method::get, std::move(path), reader_);
    return gate_with_upstream_.handle(made).deferred->lane;
  };
  EXPECT_EQ(lane_of("/simple/flask/"), "pages of " + root);
  EXPECT_EQ(lane_of(decoded(remote_path())), "files of " + root);
  EXPECT_EQ(lane_of(decoded(remote_path(".metadata"))), "files of " + root);
}

TEST_F(UpstreamAnswersTest, a_page_in_html_is_built_anew_and_escaped) {
  const auto text = text_of(fetch("/simple/flask/", "text/html"));
  EXPECT_THAT(text, HasSubstr("data-yanked=\"&lt;b&gt;\""));
  EXPECT_THAT(text, HasSubstr("data-requires-python=\"&gt;=3.9\""));
  EXPECT_THAT(text, HasSubstr("%2Bx-py3-none-any.whl#sha256="));
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
}

TEST_F(UpstreamAnswersTest, a_fresh_page_is_answered_on_the_io_thread) {
  fetch("/simple/flask/");
  const auto second = fetch("/simple/flask/");
  EXPECT_FALSE(deferred_);
  EXPECT_EQ(second.cache_field, "Cache-Status: packhouse; hit\r\n");
  EXPECT_THAT(peer_.asked(), SizeIs(1));
  fetch("/simple/flask/", "text/html");
  EXPECT_TRUE(deferred_) << "another representation is made of the same page";
  EXPECT_THAT(peer_.asked(), SizeIs(1));
}

TEST_F(UpstreamAnswersTest, each_representation_has_its_own_etag) {
  const auto etag = [&](std::string_view accept) {
    const auto response = fetch("/simple/flask/", accept);
    const auto head = prepared(response)->head();
    const auto begin = head.find("ETag: ") + 6;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  };
  const auto json = etag(json_type);
  EXPECT_NE(json, etag("text/html"));
  auto made = request(Method::get, "/simple/flask/", reader_);
  made.headers.add("Accept", "text/html");
  made.headers.add("If-None-Match", json);
  EXPECT_EQ(status_of(ask_upstream(made)), 200) << "the tag is of the other representation";
}

TEST_F(UpstreamAnswersTest,
       a_page_of_an_upstream_is_kept_by_no_shared_cache_where_reading_needs_a_credential) {
  const auto response = fetch("/simple/flask/");
  EXPECT_THAT(prepared(response)->head(),
              HasSubstr("Cache-Control: private, max-age=0, must-revalidate\r\n"));
  EXPECT_THAT(prepared(response)->head(), HasSubstr("Vary: Accept, Accept-Encoding\r\n"));
  EXPECT_THAT(prepared(response)->head(), Not(HasSubstr("X-PyPI-Last-Serial")));
}

TEST_F(UpstreamAnswersTest, a_caller_without_a_credential_makes_no_request_to_the_upstream) {
  EXPECT_EQ(status_of(ask_upstream(request(Method::get, "/simple/flask/"))), 401);
  EXPECT_EQ(status_of(ask_upstream(request(Method::get, decoded(remote_path())))), 401);
  EXPECT_THAT(peer_.asked(), IsEmpty());
}

TEST_F(UpstreamAnswersTest, a_token_of_another_project_makes_no_request_to_the_upstream) {
  const auto bound = issue("read", "demo");
  EXPECT_EQ(status_of(ask_upstream(request(Method::get, "/simple/flask/", bound))), 403);
  EXPECT_EQ(status_of(ask_upstream(request(Method::get, decoded(remote_path()), bound))), 403);
  EXPECT_THAT(peer_.asked(), IsEmpty());
}

TEST_F(UpstreamAnswersTest, a_project_of_this_index_is_answered_without_the_upstream) {
  EXPECT_EQ(status_of(fetch("/simple/demo/")), 200);
  EXPECT_FALSE(deferred_);
  EXPECT_EQ(status_of(fetch("/simple/DEMO/")), 301);
  EXPECT_THAT(peer_.asked(), IsEmpty());
}

TEST_F(UpstreamAnswersTest, a_blocked_project_of_this_index_is_not_filled_from_the_upstream) {
  peer_.answer(root + "demo/", page_answer(R"({"meta":{"api-version":"1.4"},"name":"demo","files":[]})"));
  const auto blocked =
      site_.store->release_states().block_release("main", *ReleaseName::parse("demo", "1.0"), "bad",
                                                  {.actor = {.kind = "console", .id = "test", .address = {}},
                                                   .action = "release.block",
                                                   .subject = "main/demo/1.0",
                                                   .reason = "bad",
                                                   .detail = {}},
                                                  site_.clock.now());
  ASSERT_TRUE(blocked.ok());
  const auto document = json::parse(text_of(fetch("/simple/demo/"))).value();
  EXPECT_TRUE(document.at("files").as_array().empty());
  EXPECT_THAT(peer_.asked(), IsEmpty());
}

TEST_F(UpstreamAnswersTest, an_upstream_that_is_away_is_502_and_no_missing_project) {
  peer_.stop();
  const auto response = fetch("/simple/flask/");
  EXPECT_EQ(response.status, 502);
  EXPECT_THAT(text_of(response), HasSubstr("upstream up.example: connection refused"));
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
}

TEST_F(UpstreamAnswersTest, a_project_that_nothing_has_is_404) {
  EXPECT_EQ(fetch("/simple/absent/").status, 404);
  EXPECT_EQ(fetch("/simple/acme-core/").status, 404);
  EXPECT_EQ(fetch("/files/ab/cd/flask-3.0.tar.gz").status, 404);
  EXPECT_EQ(fetch("/files/ab/cd/..").status, 404);
  EXPECT_THAT(peer_.asked(), SizeIs(1)) << "absent alone";
}

TEST_F(UpstreamAnswersTest, a_file_of_an_upstream_is_served_as_any_other) {
  const auto link = link_of(fetch("/simple/flask/"));
  EXPECT_EQ(link, remote_path());
  const auto response = fetch(decoded(link));
  ASSERT_EQ(response.status, 200) << text_of(response);
  EXPECT_TRUE(deferred_);
  EXPECT_EQ(std::get<http::FileBody>(response.body).etag,
            fmt::format("\"{}\"", Sha256::of(remote_bytes).hex()));
  EXPECT_EQ(read_file(response), remote_bytes);
  const auto again = fetch(decoded(link));
  EXPECT_FALSE(deferred_) << "its address is cached";
  EXPECT_EQ(again.cache_field, "Cache-Status: packhouse; hit\r\n");
  EXPECT_EQ(read_file(again), remote_bytes);
}

TEST_F(UpstreamAnswersTest, the_head_of_a_file_is_answered_from_the_page) {
  auto made = request(Method::head, decoded(remote_path()), reader_);
  const auto response = ask_upstream(std::move(made));
  ASSERT_EQ(response.status, 200) << text_of(response);
  EXPECT_EQ(std::get<http::FileBody>(response.body).size, remote_bytes.size());
  EXPECT_THAT(peer_.asked(), SizeIs(1)) << "the page alone";
}

TEST_F(UpstreamAnswersTest, a_large_file_is_sent_while_it_comes) {
  const std::string large(300'000, 'x');
  const auto digest = Sha256::of(large);
  peer_.answer(root + "flask/",
               page_answer(fmt::format(
                   R"({{"meta":{{"api-version":"1.4"}},"name":"flask","files":[{{"filename":"{}",)"
                   R"("url":"https://files.example/flask.whl","hashes":{{"sha256":"{}"}},"size":300000}}]}})",
                   remote_wheel, digest.hex())));
  std::promise<void> released;
  // The download outlives the answers, and this test: what it uses is its own.
  peer_.answer("https://files.example/flask.whl",
               [large, release = released.get_future().share()](
                   const http::ClientRequest& asked) -> Result<http::ClientResponse> {
                 CHECK_OK(asked.on_head(bytes_answer({})));
                 release.wait();
                 CHECK_OK(asked.sink(large));
                 return bytes_answer({});
               });
  const auto path = decoded(fmt::format("/files/{}", file_path(digest, remote_wheel)));
  const auto first = fetch(path);
  const auto second = fetch(path);
  released.set_value();
  ASSERT_EQ(first.status, 200) << text_of(first);
  EXPECT_EQ(first.cache_field, "Cache-Status: packhouse; fwd=miss; stored\r\n");
  EXPECT_EQ(second.cache_field, "Cache-Status: packhouse; fwd=miss; collapsed\r\n");
  const auto& body = std::get<http::FileBody>(first.body);
  EXPECT_EQ(body.size, large.size());
  EXPECT_EQ(body.etag, fmt::format("\"{}\"", digest.hex()));
  ASSERT_TRUE(body.growing);
  EXPECT_EQ(std::get<http::FileBody>(second.body).growing, body.growing);
}

TEST_F(UpstreamAnswersTest, metadata_of_an_upstream_has_the_digest_of_its_bytes) {
  const auto response = fetch(decoded(remote_path(".metadata")));
  ASSERT_EQ(response.status, 200) << text_of(response);
  EXPECT_EQ(std::get<http::FileBody>(response.body).etag,
            fmt::format("\"{}\"", Sha256::of(remote_metadata).hex()));
  EXPECT_EQ(read_file(response), remote_metadata);
}

TEST_F(UpstreamAnswersTest, a_file_with_another_digest_is_502_and_nothing_is_stored) {
  const auto before = site_.files_on_disk();
  peer_.answer("https://files.example/flask.whl", bytes_answer("the bytes of a whee1"));
  const auto response = fetch(decoded(remote_path()));
  EXPECT_EQ(response.status, 502);
  EXPECT_THAT(text_of(response), HasSubstr("nothing was stored"));
  EXPECT_EQ(site_.files_on_disk(), before);
}

TEST_F(UpstreamAnswersTest, a_file_that_its_upstream_withdrew_is_no_longer_served) {
  read_file(fetch(decoded(remote_path())));
  site_.clock.sleep(std::chrono::seconds{61});
  peer_.answer(root + "flask/", page_answer(R"({"meta":{"api-version":"1.4"},"name":"flask","files":[]})"));
  EXPECT_EQ(status_of(fetch("/simple/flask/")), 200);
  const auto held = fetch(decoded(remote_path()));
  EXPECT_EQ(held.status, 403);
  EXPECT_THAT(text_of(held), HasSubstr("is held: deleted by its upstream"));
  EXPECT_EQ(fetch(decoded(remote_path(".metadata"))).status, 403);
}

TEST_F(UpstreamAnswersTest,
       a_file_that_is_asked_for_by_its_address_alone_is_held_once_its_upstream_withdrew_it) {
  read_file(fetch(decoded(remote_path())));
  read_file(fetch(decoded(remote_path())));
  EXPECT_FALSE(deferred_) << "its address is cached";
  site_.clock.sleep(std::chrono::seconds{61});
  peer_.answer(root + "flask/", page_answer(R"({"meta":{"api-version":"1.4"},"name":"flask","files":[]})"));
  EXPECT_EQ(fetch(decoded(remote_path())).status, 403);
}

TEST_F(UpstreamAnswersTest, a_cached_file_is_sent_while_its_upstream_is_away) {
  read_file(fetch(decoded(remote_path())));
  site_.clock.sleep(std::chrono::seconds{61});
  peer_.stop();
  EXPECT_EQ(read_file(fetch(decoded(remote_path()))), remote_bytes);
}

TEST_F(UpstreamAnswersTest, who_fetched_a_file_is_recorded_and_who_looked_at_it_is_not) {
  fetch("/simple/flask/");
  ask_upstream(request(Method::head, decoded(remote_path()), reader_));
  read_file(fetch(decoded(remote_path(".metadata"))));
  EXPECT_THAT(recorded(), IsEmpty());
  read_file(fetch(decoded(remote_path())));
  read_file(fetch(decoded(remote_path())));
  ASSERT_THAT(recorded(), SizeIs(1));
  const auto one = recorded().front();
  EXPECT_EQ(one.count, 2);
  EXPECT_EQ(one.actor.kind, "token");
  EXPECT_EQ(one.actor.address, "192.0.2.1");
  EXPECT_EQ(one.sha256, Sha256::of(remote_bytes));
  EXPECT_EQ(one.filename, remote_wheel);
}

TEST_F(UpstreamAnswersTest, a_download_of_a_hosted_file_is_recorded_and_a_refused_one_is_not) {
  EXPECT_EQ(status_of(ask_upstream(request(Method::get, file_url(wheel_), issue("read", "other")))), 403);
  EXPECT_THAT(recorded("demo"), IsEmpty());
  read_file(fetch(file_url(wheel_)));
  EXPECT_THAT(recorded("demo"), SizeIs(1));
}

TEST_F(UpstreamAnswersTest, answers_are_counted_by_how_they_were_obtained) {
  fetch("/simple/flask/");
  fetch("/simple/flask/");
  read_file(fetch(decoded(remote_path())));
  read_file(fetch(decoded(remote_path())));
  using upstream::CacheState;
  EXPECT_EQ(upstreams_.page_counts().of(CacheState::fetched), 1U);
  EXPECT_EQ(upstreams_.page_counts().of(CacheState::hit), 1U);
  EXPECT_EQ(upstreams_.file_counts().of(CacheState::fetched), 1U);
  EXPECT_EQ(upstreams_.file_counts().of(CacheState::hit), 1U);
}

TEST_F(UpstreamAnswersTest, a_stage_shows_the_upstream_below_its_session) {
  const auto session = open("fresh", "1.0");
  const auto stage = link(session, "stage");
  const auto response = fetch(stage + "flask/");
  ASSERT_EQ(response.status, 200) << text_of(response);
  EXPECT_TRUE(deferred_);
  EXPECT_EQ(response.headers.get("Cache-Control"), "private, no-store");
  EXPECT_EQ(response.headers.get("Referrer-Policy"), "no-referrer");
  const auto file = fetch(stage.substr(0, stage.find("simple/")) + decoded(remote_path()).substr(1));
  ASSERT_EQ(file.status, 200) << text_of(file);
  EXPECT_EQ(file.headers.get("Cache-Control"), "private, no-store");
  EXPECT_EQ(read_file(file), remote_bytes);
  auto unnamed = request(Method::get, stage + "flask/");
  EXPECT_EQ(ask_upstream(unnamed).status, 404) << "the rest of the index needs a credential";
}

TEST_F(UpstreamAnswersTest, a_session_takes_its_name_from_the_upstream) {
  EXPECT_EQ(status_of(fetch("/simple/flask/")), 200);
  const LedgerNote note{.actor = {.kind = "console", .id = "test", .address = {}},
                        .action = "name.reserve",
                        .subject = "name/flask",
                        .reason = "ours",
                        .detail = {}};
  const ReservedName name{.name = "flask", .prefix = false, .reason = "ours", .made = site_.clock.now()};
  ASSERT_TRUE(site_.store->upstreams().reserve(name, note).ok());
  open("flask", "1.0");
  ASSERT_TRUE(site_.store->upstreams().lift("flask", false, note, site_.clock.now()).ok());
  upstreams_.forget("flask");
  EXPECT_EQ(fetch("/simple/flask/").status, 404);
}

}  // namespace
}  // namespace packhouse::api
