#include "api/testing/session_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

using SessionRoutesTest = SessionFixture;

TEST_F(SessionRoutesTest, a_session_is_opened_with_all_that_the_pep_names) {
  const auto response = post("/upload/", {{"name", "Fresh"}, {"version", "1.0"}}, stager_);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.headers.get("Content-Type"), upload_content_type);
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
  const auto body = body_of(response);
  EXPECT_EQ(response.headers.get("Location"), std::string_view(body.at("links").at("session").as_string()));
  EXPECT_EQ(body.at("meta").at("api-version"), "2.0");
  EXPECT_EQ(body.at("name"), "fresh");
  EXPECT_EQ(body.at("status"), "open");
  EXPECT_EQ(body.at("mechanisms"), json::Array{"http-post-bytes"});
  EXPECT_EQ(body.at("expires-at"), "2026-11-29T10:00:00Z");
  EXPECT_EQ(body.at("files"), json::Object{});
  const std::string token{body.at("session-token").as_string()};
  EXPECT_EQ(link(body, "session"), "/upload/" + token);
  EXPECT_EQ(link(body, "upload"), "/upload/" + token + "/files");
  EXPECT_EQ(link(body, "publish"), "/upload/" + token + "/publish");
  EXPECT_EQ(link(body, "extend"), "/upload/" + token + "/extend");
  EXPECT_EQ(link(body, "stage"), "/stage/" + token + "/simple/");
  EXPECT_EQ(body_of(ask(Method::get, link(body, "session"), smoker_)), body);
}

TEST_F(SessionRoutesTest, a_second_one_for_the_same_version_is_sent_to_the_first) {
  const auto first = open("fresh", "1.0");
  http::Response second;
  EXPECT_EQ(refusal([&] {
              return second = post("/upload/", {{"name", "fresh"}, {"version", "1.0"}}, other_stager_);
            }),
            "409 there is an open session for fresh 1.0 already");
  const auto there = path_of(json::Value(second.headers.get("Location").value_or("")));
  EXPECT_NE(there, link(first, "session")) << "of the first token only the hash is kept";
  EXPECT_EQ(body_of(ask(Method::get, there, other_stager_)).at("expires-at"), first.at("expires-at"));
  EXPECT_EQ(ask(Method::del, there, other_stager_).status, 204);
  EXPECT_EQ(body_of(ask(Method::get, link(first, "session"), stager_)).at("status"), "canceled");
}

TEST_F(SessionRoutesTest, a_second_one_for_an_equal_version_is_sent_to_the_first) {
  const auto first = open("fresh", "1.0");
  http::Response second;
  EXPECT_EQ(
      refusal([&] { return second = post("/upload/", {{"name", "fresh"}, {"version", "1.0.0"}}, stager_); }),
      "409 there is an open session for fresh 1.0 already");
  const auto there = path_of(json::Value(second.headers.get("Location").value_or("")));
  EXPECT_EQ(body_of(ask(Method::get, there, stager_)).at("version"), first.at("version"));
}

TEST_F(SessionRoutesTest, a_new_name_is_reserved_for_the_actor_of_its_first_session) {
  open("fresh", "1.0");
  const auto message =
      refusal([&] { return post("/upload/", {{"name", "fresh"}, {"version", "2.0"}}, other_stager_); });
  EXPECT_TRUE(message.starts_with("409 the project name \"fresh\" is reserved until ")) << message;
  const auto parts = upload_parts(fresh_, fresh_bytes_, "fresh", "1.0");
  const auto legacy = upload(parts, uploader_);
  EXPECT_TRUE(legacy.reason.starts_with("the project name \"fresh\" is reserved until ")) << legacy.reason;
  EXPECT_EQ(legacy.status, 400);
  EXPECT_EQ(site_.store->files().find("main", fresh_).error().code, Errc::not_found);
}

TEST_F(SessionRoutesTest, a_caller_without_permission_learns_nothing_of_a_session) {
  const auto session = open("fresh", "1.0");
  const auto other = issue("stage,smoke,publish", "other");
  EXPECT_EQ(refusal([&] { return post("/upload/", {{"name", "fresh"}, {"version", "1.0"}}, other); }),
            "403 this credential may not stage \"fresh\"");
  EXPECT_EQ(refusal([&] { return ask(Method::get, link(session, "session"), other); }),
            "403 this credential may not smoke \"fresh\"");
  EXPECT_EQ(refusal([&] { return post(link(session, "publish"), {}, other); }),
            "403 this credential may not publish \"fresh\"");
  EXPECT_EQ(refusal([&] { return post(link(session, "publish"), {}, stager_); }),
            "403 this token may not publish here");
  EXPECT_EQ(refusal([&] { return post("/upload/", {{"name", "fresh"}, {"version", "1.0"}}, publisher_); }),
            "403 this token may not stage here");
  EXPECT_EQ(refusal([&] { return ask(Method::get, "/upload/phs_none", smoker_); }),
            "404 there is no such session");
  const auto anonymous = ask(Method::get, link(session, "session"), Secret{});
  EXPECT_EQ(anonymous.status, 401);
  EXPECT_TRUE(anonymous.headers.get("WWW-Authenticate").has_value());
}

TEST_F(SessionRoutesTest, names_the_fault_of_a_request) {
  const json::Object good{{"name", "fresh"}, {"version", "1.0"}};
  EXPECT_EQ(refusal([&] { return post("/upload/", good, stager_, "application/json"); }),
            "415 Content-Type: expected application/vnd.pypi.upload.v2+json, found \"application/json\"");
  auto other = good;
  other["meta"] = json::Object{{"api-version", "2.1"}};
  EXPECT_EQ(refusal([&] { return post("/upload/", other, stager_); }),
            "400 meta.api-version: expected \"2.0\", found \"2.1\"");
  EXPECT_EQ(refusal([&] { return post("/upload/", {{"name", "fresh"}}, stager_); }),
            "400 expected a string at version, found nothing");
  auto made = request(Method::get, "/upload/phs_none", smoker_);
  made.headers.add("Accept", "text/html");
  EXPECT_EQ(refusal([&] { return send(made); }), "406 none of the types that were asked for is offered here");
  EXPECT_TRUE(refusal([&] {
                return ask(Method::get, "/upload/", stager_);
              }).starts_with("405 GET is not possible here, only POST"));
}

TEST_F(SessionRoutesTest, an_announced_file_becomes_visible_once_published) {
  const auto session = open("fresh", "1.0");
  const auto file = announce(session, fresh_, fresh_bytes_);
  EXPECT_EQ(file.at("status"), "pending");
  EXPECT_EQ(file.at("mechanism").at("identifier"), "http-post-bytes");
  const auto done = stage(session, fresh_, fresh_bytes_);
  EXPECT_EQ(done.status, 201) << text_of(done);
  EXPECT_EQ(body_of(done).at("status"), "completed");
  EXPECT_EQ(status_of(get("/simple/fresh/")), 404);

  const auto listed = body_of(ask(Method::get, link(session, "session"), stager_)).at("files").at(fresh_);
  EXPECT_EQ(listed.at("status"), "completed");
  EXPECT_EQ(path_of(listed.at("link")), link(file, "file-upload-session"));

  const auto published = post(link(session, "publish"), {}, publisher_);
  EXPECT_EQ(published.status, 201) << text_of(published);
  EXPECT_EQ(body_of(published).at("status"), "published");
  EXPECT_EQ(status_of(get("/simple/fresh/")), 200);
  EXPECT_EQ(refusal([&] { return post(link(session, "publish"), {}, publisher_); }),
            "409 the session was published");
  EXPECT_EQ(body_of(ask(Method::get, link(session, "session"), stager_)).at("status"), "published");
}

TEST_F(SessionRoutesTest, a_session_that_is_refused_blocks_its_version) {
  const auto session = open("fresh", "1.0");
  EXPECT_EQ(stage(session, fresh_, fresh_bytes_).status, 201);
  const json::Object verdict{{"_reason", "its smoke check failed: smoke.import"}};
  EXPECT_EQ(refusal([&] { return post(link(session, "_refuse"), verdict, publisher_); }),
            "403 this token may not stage here");
  EXPECT_EQ(refusal([&] { return post(link(session, "_refuse"), {}, stager_); }),
            "400 expected a string at _reason, found nothing");
  EXPECT_EQ(refusal([&] { return post(link(session, "_refuse"), {{"_reason", " "}}, stager_); }).substr(0, 3),
            "400");
  EXPECT_EQ(post(link(session, "_refuse"), verdict, stager_).status, 204);
  EXPECT_EQ(body_of(ask(Method::get, link(session, "session"), stager_)).at("status"), "canceled");
  http::Response again;
  for (const std::string version : {"1.0", "1.0.0"}) {
    EXPECT_EQ(refusal([&] {
                return again = post("/upload/", {{"name", "fresh"}, {"version", version}}, other_stager_);
              }),
              "409 release 1.0 of fresh is blocked: its smoke check failed: smoke.import");
    EXPECT_FALSE(again.headers.get("Location").has_value());
  }
}

TEST_F(SessionRoutesTest, an_announcement_is_answered_with_retry_after) {
  const auto session = open("fresh", "1.0");
  const auto response = post(link(session, "upload"), announcement(fresh_, fresh_bytes_), stager_);
  EXPECT_EQ(response.headers.get("Retry-After"), "1");
  const auto again = post(link(session, "upload"), announcement(fresh_, fresh_bytes_), stager_);
  EXPECT_EQ(text_of(again), text_of(response)) << "a client that did not hear the answer may ask again";
}

TEST_F(SessionRoutesTest, an_unknown_mechanism_is_422) {
  const auto session = open("fresh", "1.0");
  auto wanted = announcement(fresh_, fresh_bytes_);
  wanted["mechanism"] = "vnd-acmecorp-postal";
  EXPECT_EQ(refusal([&] { return post(link(session, "upload"), wanted, stager_); }),
            "422 mechanism: expected \"http-post-bytes\", found \"vnd-acmecorp-postal\"");
}

TEST_F(SessionRoutesTest, a_published_name_is_a_conflict) {
  const auto session = open("demo", "1.0");
  EXPECT_TRUE(refusal([&] {
                return post(link(session, "upload"), announcement(wheel_, "other"), stager_);
              }).starts_with("409 File already exists: "));
}

TEST_F(SessionRoutesTest, unannounced_bytes_leave_nothing) {
  const auto session = open("fresh", "1.0");
  const auto url = path_of(announce(session, fresh_, fresh_bytes_).at("mechanism").at("file_url"));
  EXPECT_EQ(refusal([&] { return post_bytes(url, fresh_bytes_ + "x", stager_); }),
            fmt::format("400 expected the {} bytes that were announced for \"{}\", found more",
                        fresh_bytes_.size(), fresh_));
  auto other = fresh_bytes_;
  other.back() = 'x';
  EXPECT_TRUE(refusal([&] {
                return post_bytes(url, other, stager_);
              }).starts_with("400 The digest supplied does not match the file: sha256 "));
  EXPECT_TRUE(refusal([&] { return post_bytes(url, "x", stager_); }).starts_with("400 expected the "));
  auto made = request(Method::post, url, stager_);
  made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
  EXPECT_TRUE(
      refusal([&] { return send(made, "x"); }).starts_with("415 Content-Type: expected application/"));
  auto untyped = request(Method::post, url, stager_);
  EXPECT_EQ(refusal([&] { return gate_.plan_body(untyped).refusal.value(); }),
            "415 Content-Type: expected application/octet-stream, found \"\"");
  EXPECT_EQ(post_bytes(url, fresh_bytes_, stager_).status, 204);
}

TEST_F(SessionRoutesTest, a_body_that_ends_in_the_middle_leaves_nothing) {
  const auto session = open("fresh", "1.0");
  const auto url = path_of(announce(session, fresh_, fresh_bytes_).at("mechanism").at("file_url"));
  const auto files = site_.files_on_disk();
  auto made = request(Method::post, url, stager_);
  made.headers.add("Content-Type", "application/octet-stream");
  {
    auto plan = gate_.plan_body(made);
    ASSERT_NE(plan.sink, nullptr);
    EXPECT_EQ(plan.sink->write(std::string_view(fresh_bytes_).substr(0, 100)), std::nullopt);
    EXPECT_GT(site_.files_on_disk(), files);
  }
  EXPECT_EQ(site_.files_on_disk(), files);
}

TEST_F(SessionRoutesTest, too_many_uploads_at_once_get_503_with_retry_after) {
  const auto session = open("fresh", "1.0");
  const auto url = path_of(announce(session, fresh_, fresh_bytes_).at("mechanism").at("file_url"));
  std::vector<http::BodyPlan> busy;
  for (int i = 0; i < 2; ++i) {
    auto made = request(Method::post, url, stager_);
    made.headers.add("Content-Type", "application/octet-stream");
    busy.push_back(gate_.plan_body(made));
    EXPECT_FALSE(busy.back().refusal);
  }
  const auto third = post_bytes(url, fresh_bytes_, stager_);
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.headers.get("Retry-After"), "5");
  busy.clear();
  EXPECT_EQ(post_bytes(url, fresh_bytes_, stager_).status, 204);
}

TEST_F(SessionRoutesTest, a_token_revoked_while_the_request_arrives_publishes_nothing) {
  const auto session = open("fresh", "1.0");
  ASSERT_EQ(stage(session, fresh_, fresh_bytes_).status, 201);
  auto made = request(Method::post, link(session, "publish"), publisher_);
  made.headers.add("Content-Type", std::string(upload_content_type));
  ASSERT_FALSE(gate_.plan_body(made).refusal);
  revoke(publisher_);
  made.body = R"({"meta":{"api-version":"2.0"}})";
  EXPECT_EQ(gate_.handle(made).status, 401);
  EXPECT_EQ(body_of(ask(Method::get, link(session, "session"), stager_)).at("status"), "open");
  EXPECT_EQ(status_of(get("/simple/fresh/")), 404);
}

TEST_F(SessionRoutesTest, a_token_revoked_while_bytes_arrive_stages_nothing) {
  const auto session = open("fresh", "1.0");
  const auto file = announce(session, fresh_, fresh_bytes_);
  const auto files = site_.files_on_disk();
  auto made = request(Method::post, path_of(file.at("mechanism").at("file_url")), stager_);
  made.headers.add("Content-Type", "application/octet-stream");
  const auto plan = gate_.plan_body(made);
  ASSERT_FALSE(plan.refusal);
  ASSERT_EQ(plan.sink->write(fresh_bytes_), std::nullopt);
  revoke(stager_);
  EXPECT_EQ(plan.sink->finish().status, 401);
  EXPECT_EQ(site_.files_on_disk(), files);
}

TEST_F(SessionRoutesTest, every_check_that_refuses_a_file_is_named) {
  const auto session = open("fresh", "1.0");
  const auto wrong = wheel_bytes("fresh", "2.0");
  const auto done = stage(session, fresh_, wrong);
  EXPECT_EQ(done.status, 400);
  const auto body = body_of(done);
  EXPECT_EQ(body.at("meta").at("api-version"), "2.0");
  std::vector<std::string> sources;
  for (const auto& error : body.at("errors").as_array())
    sources.emplace_back(error.at("source").as_string());
  EXPECT_TRUE(std::ranges::find(sources, "form.version") != sources.end()) << text_of(done);
  const auto listed = body_of(ask(Method::get, link(session, "session"), stager_)).at("files").at(fresh_);
  EXPECT_EQ(listed.at("status"), "error");
  EXPECT_FALSE(listed.at("notices").as_array().empty());
  EXPECT_TRUE(refusal([&] {
                return post(link(session, "publish"), {}, publisher_);
              }).starts_with("409 expected every file to be completed, found: "));
  const auto gone = ask(Method::del, path_of(listed.at("link")), stager_);
  EXPECT_EQ(gone.status, 204);
  EXPECT_EQ(body_of(ask(Method::get, path_of(listed.at("link")), stager_)).at("status"), "canceled");
  EXPECT_EQ(stage(session, fresh_, fresh_bytes_).status, 201) << "a deleted file may be announced again";
}

TEST_F(SessionRoutesTest, a_session_is_extended_and_canceled) {
  const auto session = open("fresh", "1.0");
  const auto longer = post(link(session, "extend"), {{"extend-for", 3600}}, stager_);
  EXPECT_EQ(longer.status, 200);
  EXPECT_EQ(body_of(longer).at("expires-at"), "2026-11-29T11:00:00Z");
  const auto refused = post(link(session, "extend"), {{"extend-for", 1'000'000'000'000'000'000}}, stager_);
  EXPECT_EQ(refused.status, 200);
  EXPECT_EQ(body_of(refused).at("expires-at"), "2026-12-22T10:00:00Z");
  EXPECT_EQ(ask(Method::del, link(session, "session"), stager_).status, 204);
  EXPECT_EQ(body_of(ask(Method::get, link(session, "session"), stager_)).at("status"), "canceled");
  EXPECT_EQ(refusal([&] { return ask(Method::del, link(session, "session"), stager_); }),
            "409 the session was canceled");
}

TEST_F(SessionRoutesTest, no_log_line_has_a_session_token) {
  const auto session = open("fresh", "1.0");
  EXPECT_EQ(stage(session, fresh_, fresh_bytes_).status, 201);
  EXPECT_EQ(post(link(session, "publish"), {}, publisher_).status, 201);
  const std::string token{session.at("session-token").as_string()};
  EXPECT_NE(logged_.str().find("published (1 files new, 0 there before)"), std::string::npos)
      << logged_.str();
  EXPECT_EQ(logged_.str().find(token), std::string::npos);
  for (const auto& entry : *site_.store->ledger().entries(0, 1000))
    EXPECT_EQ(json::dump(to_json(entry)).find(token), std::string::npos);
}

// ----- labels

/// A release that was published from a session with the label.
class LabelTest : public SessionFixture {
 protected:
  LabelTest() {
    const auto opened = post("/upload/", labelled("no-ci-provenance"), stager_);
    EXPECT_EQ(opened.status, 201) << text_of(opened);
    session_ = body_of(opened);
    EXPECT_EQ(stage(session_, fresh_, fresh_bytes_).status, 201);
  }

  static json::Object labelled(std::string_view label) {
    return {{"name", "fresh"}, {"version", "1.0"}, {"_label", label}};
  }

  void publish() {
    const auto published = post(link(session_, "publish"), {}, publisher_);
    ASSERT_EQ(published.status, 201) << text_of(published);
  }

  std::string page(std::string_view accept) {
    auto made = request(Method::get, "/simple/fresh/", reader_);
    made.headers.add("Accept", std::string(accept));
    return text_of(send(std::move(made)));
  }

  std::optional<ReleaseLabel> label() {
    const auto project = site_.store->catalog().project("main", "fresh");
    EXPECT_TRUE(project.ok());
    EXPECT_EQ(project->files.front().label, project->releases.front().label);
    return project->releases.front().label;
  }

  http::Response change(Method method, const std::string& path, const json::Object& body) {
    auto made = request(method, path, admin_);
    made.headers.add("Content-Type", "application/json");
    return send(std::move(made), json::dump(body));
  }

  json::Object session_;
  const Secret admin_ = issue("admin,yank,read,stage,publish,upload");
};

TEST_F(LabelTest, travels_from_the_session_to_every_page) {
  EXPECT_EQ(session_.at("_label"), "no-ci-provenance");
  EXPECT_EQ(body_of(ask(Method::get, link(session_, "session"), smoker_)).at("_label"), "no-ci-provenance");
  const auto stage_page = text_of(ask(Method::get, link(session_, "stage") + "fresh/", smoker_));
  EXPECT_NE(stage_page.find(" data-packhouse-label=\"no-ci-provenance\""), std::string::npos) << stage_page;
  publish();
  EXPECT_EQ(label(), ReleaseLabel::no_ci_provenance);
  EXPECT_NE(page("text/html").find(" data-packhouse-label=\"no-ci-provenance\""), std::string::npos);
  EXPECT_NE(page("application/vnd.pypi.simple.v1+json").find(R"("_label":"no-ci-provenance")"),
            std::string::npos);
  const auto shaped = body_of(ask(Method::get, "/pypi/fresh/1.0/json", reader_));
  EXPECT_EQ(shaped.at("info").at("_label"), "no-ci-provenance");
  EXPECT_EQ(shaped.at("urls").as_array().front().at("_label"), "no-ci-provenance");
  const auto known = body_of(ask(Method::get, "/api/v1/projects/fresh", reader_));
  EXPECT_EQ(known.at("releases").as_array().front().at("label"), "no-ci-provenance");
  const auto entry = site_.store->ledger().entries(0, 1000)->back();
  EXPECT_EQ(entry.note.action, "session.publish");
  EXPECT_EQ(entry.note.detail.at("label"), "no-ci-provenance");
}

TEST_F(LabelTest, no_request_removes_it) {
  publish();
  const std::string release = "/api/v1/projects/fresh/releases/1.0/";
  const json::Object reason{{"reason", "to be rid of it"}};
  for (const std::string verb : {"yank", "unyank", "block", "unblock"})
    EXPECT_EQ(change(Method::post, release + verb, reason).status, 200) << verb;
  for (const Method method : {Method::post, Method::put, Method::patch, Method::del})
    EXPECT_GE(change(method, release + "label", {{"label", nullptr}}).status, 400);
  for (const json::Object& body : {json::Object{{"reason", "x"}, {"label", nullptr}}, {{"_label", nullptr}}})
    EXPECT_EQ(change(Method::post, release + "unyank", body).status, 400);
  // Another session of that version without it.
  const auto again = post("/upload/", {{"name", "fresh"}, {"version", "1.0.0"}}, stager_);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(body_of(again).at("detail"), "release 1.0 of fresh is closed: it takes no further file");
  EXPECT_EQ(label(), ReleaseLabel::no_ci_provenance);
  // Every file of it gone.
  const LedgerNote note{.actor = {.kind = "token", .id = "1", .address = {}},
                        .action = "file.delete",
                        .subject = "x",
                        .reason = "x",
                        .detail = {}};
  EXPECT_TRUE(site_.store->files().remove("main", fresh_, note, site_.clock.now()).ok());
  EXPECT_EQ(site_.store->catalog().project("main", "fresh")->releases.front().label,
            ReleaseLabel::no_ci_provenance);
}

TEST_F(LabelTest, is_added_to_a_release_without_one_also_with_the_same_bytes) {
  const Secret both = issue("upload,stage");
  auto wanted = labelled("no-ci-provenance");
  wanted["name"] = "other";
  const auto session = body_of(post("/upload/", wanted, both));
  const auto name = wheel_filename("other", "1.0");
  const auto bytes = wheel_bytes("other", "1.0");
  EXPECT_EQ(stage(session, name, bytes).status, 201);
  EXPECT_EQ(upload(upload_parts(name, bytes, "other", "1.0"), both).status, 200);
  EXPECT_EQ(site_.store->files().find("main", name)->label, std::nullopt);
  EXPECT_EQ(post(link(session, "publish"), {}, publisher_).status, 201);
  EXPECT_EQ(site_.store->files().find("main", name)->label, ReleaseLabel::no_ci_provenance);
}

TEST_F(LabelTest, other_words_are_refused) {
  auto body = labelled("no-ci-provenance");
  body["version"] = "2.0";
  body["_label"] = "trusted";
  EXPECT_EQ(refusal([&] { return post("/upload/", body, stager_); }),
            "400 _label: expected the label \"no-ci-provenance\", found \"trusted\"");
  body["_label"] = nullptr;
  EXPECT_EQ(refusal([&] { return post("/upload/", body, stager_); }).substr(0, 11), "400 expecte");
}

}  // namespace
}  // namespace packhouse::api
