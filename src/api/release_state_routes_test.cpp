#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

class ReleaseStateRoutesTest : public RoutesTest {
 protected:
  static constexpr std::string_view release = "/api/v1/projects/demo/releases/1.0/";

  http::Response post(std::string_view word, std::string body, const Secret& token) {
    return send(request(Method::post, std::string(release) + std::string(word), token), std::move(body));
  }

  json::Value changed(std::string_view word, std::string body) {
    const auto response = post(word, std::move(body), yanker_);
    EXPECT_EQ(response.status, 200) << text_of(response);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
    return *json::parse(text_of(response));
  }

  json::Value page() { return *json::parse(text_of(get("/simple/demo/", json_type))); }

  const Secret yanker_ = issue("yank");
};

TEST_F(ReleaseStateRoutesTest, a_yank_shows_at_once_in_every_page_also_in_cached_ones) {
  EXPECT_EQ(page().at("files").at(0).at("yanked"), json::Value(false));
  EXPECT_EQ(text_of(get("/simple/demo/")).find("data-yanked"), std::string::npos);
  EXPECT_EQ(changed("yank", R"({"reason":"broken"})"),
            (json::Value{{"subject", "main/demo/1.0"}, {"changed", true}}));
  EXPECT_EQ(page().at("files").at(0).at("yanked"), json::Value("broken"));
  EXPECT_EQ(page().at("files").at(1).at("yanked"), json::Value("broken"));
  EXPECT_NE(text_of(get("/simple/demo/")).find("data-yanked=\"broken\""), std::string::npos);
  EXPECT_EQ(changed("yank", R"({"reason":"broken"})").at("changed"), json::Value(false));
  changed("unyank", R"({"reason":"fine"})");
  EXPECT_EQ(page().at("files").at(0).at("yanked"), json::Value(false));
  changed("yank", fmt::format(R"({{"reason":"tag","file":"{}"}})", wheel_));
  EXPECT_EQ(page().at("files").at(0).at("yanked"), json::Value("tag"));
  EXPECT_EQ(page().at("files").at(1).at("yanked"), json::Value(false));
}

TEST_F(ReleaseStateRoutesTest, a_blocked_release_is_on_no_page_and_its_address_gives_the_reason) {
  const auto url = file_url(wheel_);
  EXPECT_EQ(read_file(get(url)), wheel_content_);  // kept in memory from here on
  changed("block", R"({"reason":"secret inside"})");
  EXPECT_TRUE(page().at("files").as_array().empty());
  EXPECT_EQ(page().at("versions"), (json::Value{"1.0"}));
  for (const std::string suffix : {"", ".metadata", "", ".metadata"}) {  // the second time from memory
    const auto refused = get(url + suffix);
    EXPECT_EQ(refused.status, 403) << suffix;
    EXPECT_EQ(refused.reason, "release 1.0 of demo is blocked: secret inside");
    EXPECT_EQ(refused.headers.get("Cache-Control"), "no-store");
  }
  auto elsewhere = request(Method::get, url, issue("read", "other"));
  const auto stranger = send(std::move(elsewhere));
  EXPECT_EQ(stranger.status, 403);
  EXPECT_TRUE(stranger.reason.starts_with("this credential may not read")) << stranger.reason;
  EXPECT_EQ(text_of(stranger).find("secret"), std::string::npos);
  changed("unblock", R"({"reason":"it was a sample"})");
  EXPECT_EQ(read_file(get(url)), wheel_content_);
  EXPECT_EQ(page().at("files").as_array().size(), 2U);
}

TEST_F(ReleaseStateRoutesTest, uploads_into_a_blocked_release_are_refused_with_the_reason) {
  changed("block", R"({"reason":"secret inside"})");
  const auto before = site_.footprint();
  const auto refused = upload(upload_parts(wheel_, wheel_content_, "demo", "1.0"), uploader_);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.reason, "release 1.0 of demo is blocked: secret inside");
  EXPECT_EQ(site_.footprint(), before);
}

TEST_F(ReleaseStateRoutesTest, status_shows_and_closes_the_project) {
  const auto set = [&](std::string_view status) {
    const auto response = send(request(Method::put, "/api/v1/projects/demo/status", admin_),
                               fmt::format(R"({{"status":"{}","reason":"because"}})", status));
    EXPECT_EQ(response.status, 200) << text_of(response);
  };
  EXPECT_EQ(page().at("project-status"), (json::Value{{"status", "active"}}));
  const auto url = file_url(wheel_);
  set("archived");
  EXPECT_EQ(page().at("project-status"), (json::Value{{"status", "archived"}, {"reason", "because"}}));
  EXPECT_EQ(page().at("files").as_array().size(), 2U);
  EXPECT_EQ(read_file(get(url)), wheel_content_);
  set("quarantined");
  EXPECT_TRUE(page().at("files").as_array().empty());
  EXPECT_EQ(get(url).reason, "project demo is quarantined: because");
  set("active");
  EXPECT_EQ(read_file(get(url)), wheel_content_);
}

TEST_F(ReleaseStateRoutesTest, project_includes_withheld_files) {
  changed("block", R"({"reason":"secret inside"})");
  const auto response = get("/api/v1/projects/Demo");
  ASSERT_EQ(response.status, 200) << text_of(response);
  const auto project = *json::parse(text_of(response));
  EXPECT_EQ(project.at("status"), json::Value("active"));
  const auto& release_of_it = project.at("releases").at(0);
  EXPECT_EQ(release_of_it.at("version"), json::Value("1.0"));
  EXPECT_EQ(release_of_it.at("yanked"), json::Value(nullptr));
  EXPECT_EQ(release_of_it.at("blocked"), json::Value("secret inside"));
  EXPECT_EQ(release_of_it.at("files").at(0).at("withheld"),
            json::Value("release 1.0 of demo is blocked: secret inside"));
}

TEST_F(ReleaseStateRoutesTest, a_project_whose_files_were_all_deleted_is_shown_to_administrators_alone) {
  const auto url = file_url(wheel_);
  for (const auto* path : {"/simple/demo/", "/pypi/demo/json"})
    ASSERT_EQ(status_of(get(path)), 200) << path << ", which is cached now";
  for (const auto& name : {wheel_, sdist_filename("demo", "1.0")}) {
    auto made = request(Method::del, "/api/v1/projects/demo/files/" + name, admin_);
    ASSERT_EQ(send(std::move(made), R"({"reason":"never meant for here"})").status, 200);
  }
  for (const auto* path :
       {"/simple/demo/", "/legacy/+simple/demo/", "/pypi/demo/json", "/pypi/demo/1.0/json"}) {
    EXPECT_EQ(status_of(get(path)), 404) << path;
    EXPECT_EQ(status_of(get(path, json_type)), 404) << path;
  }
  EXPECT_EQ(status_of(get(url)), 404);
  EXPECT_EQ(text_of(get("/simple/", json_type)).find("\"demo\""), std::string::npos);
  EXPECT_EQ(text_of(get("/simple/")).find("demo"), std::string::npos);
  EXPECT_EQ(text_of(get("/api/v1/search", "", "q=demo")), R"({"projects":[]})");
  EXPECT_NE(text_of(get("/api/v1/projects/demo")).find("\"version\":\"1.0\""), std::string::npos);
  EXPECT_EQ(status_of(get("/api/v1/projects/absent")), 404);
  EXPECT_EQ(upload(upload_parts(wheel_, wheel_content_, "demo", "1.0"), uploader_).status, 400) << "retired";
  const auto next = wheel_filename("demo", "2.0");
  EXPECT_EQ(upload(upload_parts(next, wheel_bytes("demo", "2.0"), "demo", "2.0"), uploader_).status, 200);
  EXPECT_NE(text_of(get("/simple/demo/", json_type)).find(next), std::string::npos);
}

TEST_F(ReleaseStateRoutesTest, a_project_and_a_release_are_deleted_once_a_preview_was_asked_for) {
  const auto erase = [&](const std::string& path, std::string body, const Secret& token) {
    return send(request(Method::del, path, token), std::move(body));
  };
  const std::string whole = "/api/v1/projects/demo";
  const std::string one = whole + "/releases/1.0";
  ASSERT_EQ(status_of(get("/simple/demo/")), 200);
  const auto stranger = issue("admin", "other");
  const auto before = site_.footprint();
  EXPECT_EQ(erase(whole, R"({"reason":"old"})", yanker_).status, 403);
  EXPECT_EQ(erase(one, R"({"reason":"old"})", stranger).status, 403);
  EXPECT_EQ(erase(whole, "{}", admin_).status, 400);
  EXPECT_EQ(erase(whole + "/releases/9", R"({"reason":"old"})", admin_).status, 404);
  const auto preview = *json::parse(text_of(erase(whole, R"({"dry_run":true})", admin_)));
  EXPECT_EQ(preview.at("deleted"), json::Value(false));
  EXPECT_EQ(preview.at("files"), json::Value(2));
  EXPECT_EQ(site_.footprint(), before);
  const auto gone = erase(one, R"({"reason":"old"})", admin_);
  ASSERT_EQ(gone.status, 200) << text_of(gone);
  EXPECT_EQ(json::parse(text_of(gone))->at("deleted"), json::Value(true));
  EXPECT_EQ(status_of(get("/simple/demo/")), 404);
  EXPECT_EQ(erase(whole, R"({"reason":"old"})", admin_).status, 404);
}

TEST_F(ReleaseStateRoutesTest, connections_share_the_document_of_a_project_until_it_changes) {
  const auto first = get("/api/v1/projects/demo");
  ASSERT_NE(prepared(first), nullptr);
  EXPECT_EQ(prepared(get("/api/v1/projects/demo")), prepared(first));
  changed("yank", R"({"reason":"broken"})");
  EXPECT_NE(text_of(get("/api/v1/projects/demo")).find("broken"), std::string::npos);
}

TEST_F(ReleaseStateRoutesTest, a_copied_release_shows_at_once_also_in_cached_pages) {
  const Actor actor{.kind = "console", .id = "test", .address = {}};
  ASSERT_TRUE(
      site_.store->catalog()
          .ensure_index(
              "dev", {.actor = actor, .action = "index.create", .subject = "dev", .reason = {}, .detail = {}},
              site_.clock.now())
          .ok());
  auto dev = site_.context(site_.listener);
  dev.index = "dev";
  const auto name = wheel_filename("demo", "2.0");
  const auto bytes = wheel_bytes("demo", "2.0");
  auto writer = site_.blobs->begin({.blake2b_256 = true});
  ASSERT_TRUE((*writer)->write(bytes).ok());
  ASSERT_TRUE(
      index::Ingest{dev}.accept(name, TestIndex::form_for(name, bytes), std::move(*writer), actor).ok());
  EXPECT_EQ(page().at("files").as_array().size(), 2U);

  const std::string path = "/api/v1/projects/demo/releases/2.0/copy";
  const std::string body = R"({"from":"dev","reason":"tested"})";
  const auto before = site_.footprint();
  const auto refused = send(request(Method::post, path, admin_), body);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.reason, "the index main takes no release from \"dev\"");
  EXPECT_EQ(site_.footprint(), before);

  context_.rules.copy_from = {"dev"};
  const auto blind =
      tokens_
          .create(
              *index::TokenRequest::parse({.label = "test", .permissions = "read,publish", .index = "main"}),
              actor)
          ->secret;
  EXPECT_EQ(send(request(Method::post, path, blind), body).status, 404)
      << "a caller who may not read the source learns nothing of it";
  EXPECT_EQ(site_.footprint().ledger_entries, before.ledger_entries + 1) << "the token's own";
  const auto done = send(request(Method::post, path, admin_), body);
  ASSERT_EQ(done.status, 200) << text_of(done);
  const auto answer = *json::parse(text_of(done));
  EXPECT_EQ(answer.at("subject"), json::Value("main/demo/2.0"));
  EXPECT_EQ(answer.at("added"), json::Value(1));
  EXPECT_EQ(page().at("files").as_array().size(), 3U);
}

TEST_F(ReleaseStateRoutesTest, refusals_are_problems_and_change_nothing) {
  struct Case {
    Method method;
    std::string path;
    std::string body;
    int status;
    std::string detail;
  };
  const std::string yank = std::string(release) + "yank";
  const std::string status = "/api/v1/projects/demo/status";
  const std::string bad_reason = "reason: expected 1 to 1000 bytes of text in one line, found \"\"";
  const std::vector<Case> cases{
      {Method::post, yank, "", 400, bad_reason},
      {Method::post, yank, "{}", 400, bad_reason},
      {Method::post, yank, R"({"reason":"x","why":"y"})", 400, "unknown key \"why\""},
      {Method::post, yank, "[]", 400, "expected a JSON object as the body"},
      {Method::post, yank, R"({"reason":"x","file":"nope.whl"})", 404,
       "there is no file \"nope.whl\" in release 1.0 of demo"},
      {Method::post, "/api/v1/projects/demo/releases/9/yank", R"({"reason":"x"})", 404,
       "there is no release \"9\" of demo"},
      {Method::post, "/api/v1/projects/nope/releases/1.0/block", R"({"reason":"x"})", 404,
       "there is no project \"nope\""},
      {Method::post, std::string(release) + "block", fmt::format(R"({{"reason":"x","file":"{}"}})", wheel_),
       400, "only a whole release can be blocked"},
      {Method::put, status, R"({"status":"asleep","reason":"x"})", 400,
       "expected one of active, archived, quarantined and deprecated, found \"asleep\""},
      {Method::put, status, R"({"status":"archived"})", 400, bad_reason},
      {Method::get, "/api/v1/projects/nope", "", 404, "there is no project \"nope\""}};
  const auto before = site_.footprint();
  for (const auto& one : cases) {
    const auto response = send(request(one.method, one.path, admin_), one.body);
    EXPECT_EQ(response.status, one.status) << one.path << one.body;
    EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
    EXPECT_EQ(json::parse(text_of(response))->at("detail"), json::Value(one.detail)) << one.path << one.body;
    EXPECT_EQ(site_.footprint(), before) << one.path << one.body;
  }
}

}  // namespace
}  // namespace packhouse::api
