#include "api/testing/session_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

class SessionAdminRoutesTest : public SessionFixture {
 protected:
  json::Array listed(const std::string& path = "/api/v1/sessions") {
    const auto response = send(request(Method::get, path, admin_));
    EXPECT_EQ(response.status, 200) << text_of(response);
    return body_of(response).at("sessions").as_array();
  }

  http::Response cancel(const json::Value& number, const Secret& token, const json::Object& body = {}) {
    return send(request(Method::del, fmt::format("/api/v1/sessions/{}", number.as_int64()), token),
                json::dump(body));
  }

  const Secret admin_ = issue("admin");
};

TEST_F(SessionAdminRoutesTest, lists_what_is_open_without_its_token) {
  const auto session = open("fresh", "1.0");
  EXPECT_EQ(stage(session, fresh_, fresh_bytes_).status, 201);
  open("demo", "2.0");
  const auto all = listed();
  ASSERT_EQ(all.size(), 2U);
  const auto& first = all.at(0).as_object();
  EXPECT_EQ(first.at("project"), "fresh");
  EXPECT_EQ(first.at("version"), "1.0");
  EXPECT_EQ(first.at("owner").at("kind"), "token");
  EXPECT_EQ(first.at("files"), 1);
  EXPECT_EQ(first.at("bytes"), static_cast<std::int64_t>(fresh_bytes_.size()));
  EXPECT_EQ(first.at("expires"), "2026-11-29T10:00:00.000000Z");
  EXPECT_EQ(json::dump(all).find(session.at("session-token").as_string()), std::string::npos);
  ASSERT_EQ(listed("/api/v1/projects/demo/sessions").size(), 1U);
  EXPECT_EQ(post(link(session, "publish"), {}, publisher_).status, 201);
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(SessionAdminRoutesTest, an_administrator_ends_a_session_and_frees_its_name_and_its_bytes) {
  const auto files = site_.files_on_disk();
  const auto session = open("fresh", "1.0");
  EXPECT_EQ(stage(session, fresh_, fresh_bytes_).status, 201);
  const auto number = listed().at(0).at("id");
  EXPECT_EQ(cancel(number, admin_, {{"reason", "its job died"}}).status, 200);
  EXPECT_TRUE(listed().empty());
  EXPECT_EQ(site_.files_on_disk(), files);
  EXPECT_EQ(post("/upload/", {{"name", "fresh"}, {"version", "2.0"}}, other_stager_).status, 201);
  const auto entries = *site_.store->ledger().entries(0, 1000);
  const auto ended = std::ranges::find(entries, "session.cancel",
                                       [](const LedgerEntry& entry) { return entry.note.action; });
  ASSERT_NE(ended, entries.end());
  EXPECT_EQ(ended->note.reason, "its job died");
  EXPECT_EQ(cancel(number, admin_).status, 404);
}

TEST_F(SessionAdminRoutesTest, only_an_administrator_of_its_project_ends_a_session) {
  open("fresh", "1.0");
  const auto number = listed().at(0).at("id");
  for (const auto& token : {stager_, issue("admin", "other")})
    EXPECT_EQ(cancel(number, token).status, 403);
  EXPECT_EQ(cancel(999, issue("admin", "other")).status, 403) << "which numbers there are is not told";
  EXPECT_EQ(listed().size(), 1U);
  EXPECT_EQ(cancel(number, issue("admin", "fresh")).status, 200);
}

TEST_F(SessionAdminRoutesTest, a_revoked_token_keeps_no_name) {
  open("fresh", "1.0");
  const auto parts = upload_parts(fresh_, fresh_bytes_, "fresh", "1.0");
  EXPECT_EQ(upload(parts, uploader_).status, 400) << "the name is reserved";
  const auto owner = std::string(listed().at(0).at("owner").at("id").as_string());
  ASSERT_TRUE(tokens_.revoke(std::stoll(owner), "", {.kind = "console", .id = "test", .address = {}}).ok());
  const auto uploaded = upload(parts, uploader_);
  EXPECT_EQ(uploaded.status, 200) << text_of(uploaded);
}

}  // namespace
}  // namespace packhouse::api
