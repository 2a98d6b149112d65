#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

class UploadRoutesTest : public RoutesTest {
 protected:
  /// "400 reason" of an upload that must leave nothing behind.
  std::string refusal(const std::vector<Part>& parts, std::string_view accept = "*/*") {
    const auto files = site_.files_on_disk();
    const auto ledger = site_.ledger_length();
    const auto response = upload(parts, uploader_, accept);
    EXPECT_EQ(site_.files_on_disk(), files) << "bytes were left behind";
    EXPECT_EQ(site_.ledger_length(), ledger);
    last_body_ = text_of(response);
    return fmt::format("{} {}", response.status, response.reason);
  }

  std::vector<Part> with(std::string_view name, std::optional<std::string> value) const {
    auto parts = parts_;
    std::erase_if(parts, [&](const Part& part) { return part.name == name; });
    if (value) parts.insert(parts.begin(), {std::string(name), *value});
    return parts;
  }

  const std::string name_ = wheel_filename("fresh", "1.0");
  const std::string bytes_ = wheel_bytes("fresh", "1.0");
  const std::vector<Part> parts_ = upload_parts(name_, bytes_, "fresh", "1.0");
  std::string last_body_;
};

TEST_F(UploadRoutesTest, is_stored_once_however_often_it_is_sent) {
  const auto first = upload(parts_, uploader_);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(text_of(first), fmt::format("stored: {} sha256={}\n", name_, Sha256::of(bytes_).hex()));
  const auto files = site_.files_on_disk();
  const auto again = upload(parts_, uploader_);
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(text_of(again).starts_with("already there, unchanged: "));
  EXPECT_EQ(site_.files_on_disk(), files);
}

TEST_F(UploadRoutesTest, a_token_revoked_while_the_body_arrives_stores_nothing) {
  const auto files = site_.files_on_disk();
  auto made = request(Method::post, "/legacy/", uploader_);
  made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
  const auto plan = gate_.plan_body(made);
  ASSERT_FALSE(plan.refusal);
  ASSERT_EQ(plan.sink->write(multipart(parts_)), std::nullopt);
  revoke(uploader_);
  const auto answer = plan.sink->finish();
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.reason.find(" was revoked"), std::string::npos) << answer.reason;
  EXPECT_EQ(site_.store->files().find("main", name_).error().code, Errc::not_found);
  EXPECT_EQ(site_.files_on_disk(), files);
}

TEST_F(UploadRoutesTest, a_server_without_descriptors_answers_503_and_does_not_say_where_its_files_are) {
  http::Response response;
  {
    const NoDescriptors none;
    response = upload(parts_, uploader_);
  }
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(text_of(response).find("Too many open files"), std::string::npos) << text_of(response);
  EXPECT_EQ((text_of(response) + response.reason).find(site_.folder.path().native()), std::string::npos);
  EXPECT_EQ(upload(parts_, uploader_).status, 200);
}

TEST_F(UploadRoutesTest, takes_the_parts_in_any_order) {
  auto parts = parts_;
  std::ranges::reverse(parts);
  EXPECT_EQ(upload(parts, uploader_).status, 200);
}

TEST_F(UploadRoutesTest, a_conflict_is_on_the_status_line_and_in_the_code_for_uv) {
  ASSERT_EQ(upload(parts_, uploader_).status, 200);
  const auto other = wheel_bytes("fresh", "1.0", "x = 2\n");
  const auto parts = upload_parts(name_, other, "fresh", "1.0");
  EXPECT_TRUE(refusal(parts).starts_with("400 File already exists: "));
  EXPECT_TRUE(refusal(parts, "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7")
                  .starts_with("400 File already exists: "));
  const auto body = json::parse(last_body_);
  ASSERT_TRUE(body.ok()) << last_body_;
  EXPECT_TRUE(body->at("code").as_string().starts_with("File already exists"));
}

TEST_F(UploadRoutesTest, each_fault_of_the_form_has_its_message) {
  EXPECT_EQ(refusal(with("name", std::nullopt)), "400 name: This field is required.");
  EXPECT_EQ(refusal(with("filetype", "egg")), "400 filetype: Use a known file type, found \"egg\".");
  EXPECT_EQ(refusal(with(":action", "submit")), "410 The action submit is no longer supported.");
  EXPECT_EQ(refusal(with("content", std::nullopt)), "400 Upload payload does not have a file.");
  EXPECT_EQ(refusal(with("content", "text")), "400 content: expected a file, found a text field");
  auto two = parts_;
  two.push_back({"content", "x", "y.whl"});
  EXPECT_EQ(refusal(two), "400 content: expected one file, found two");
  auto filed = parts_;
  filed.push_back({"summary", "x", "summary.txt"});
  EXPECT_EQ(refusal(filed), "400 \"summary\": expected a text field, found a file");
}

TEST_F(UploadRoutesTest, filenames_with_a_path_are_refused) {
  for (const auto* name : {"../x.whl", "a/b.whl", "..\\\\x.whl", ".."}) {
    auto parts = with("content", std::nullopt);
    parts.push_back({"content", bytes_, name});
    EXPECT_TRUE(refusal(parts).starts_with("400 ")) << name;
  }
}

TEST_F(UploadRoutesTest, the_form_must_agree_with_the_file) {
  EXPECT_TRUE(refusal(with("version", "2.0")).starts_with("400 "));
  EXPECT_TRUE(refusal(with("name", "other")).starts_with("400 "));
  EXPECT_TRUE(refusal(with("sha256_digest", std::string(64, '0')))
                  .starts_with("400 The digest supplied does not match the file"));
}

TEST_F(UploadRoutesTest, a_file_over_the_limit_is_413) {
  const auto big = wheel_bytes("fresh", "1.0", std::string(100'000, 'x') + random_bytes(30'000));
  EXPECT_EQ(refusal(upload_parts(name_, big, "fresh", "1.0")),
            "413 File too large. The limit of this index is 20000 bytes.");
}

TEST_F(UploadRoutesTest, a_length_over_the_limit_is_refused_before_the_body) {
  auto made = request(Method::post, "/legacy/", uploader_);
  made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
  made.headers.add("Content-Length", "99999999999");
  const auto plan = gate_.plan_body(made);
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->status, 413);
}

TEST_F(UploadRoutesTest, a_body_that_ends_in_the_middle_leaves_nothing) {
  const auto files = site_.files_on_disk();
  auto made = request(Method::post, "/legacy/", uploader_);
  made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
  {
    auto plan = gate_.plan_body(made);
    ASSERT_NE(plan.sink, nullptr);
    const auto body = multipart(parts_);
    EXPECT_EQ(plan.sink->write(std::string_view(body).substr(0, body.size() - 300)), std::nullopt);
    EXPECT_GT(site_.files_on_disk(), files);
  }
  EXPECT_EQ(site_.files_on_disk(), files);
}

TEST_F(UploadRoutesTest, a_malformed_form_is_refused_before_the_body) {
  auto made = request(Method::post, "/legacy/", uploader_);
  made.headers.add("Content-Type", "application/json");
  const auto plan = gate_.plan_body(made);
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->status, 400);
}

TEST_F(UploadRoutesTest, too_many_uploads_at_once_get_503_with_retry_after) {
  const auto begin = [&](const std::string& body) {
    auto made = request(Method::post, "/legacy/", uploader_);
    made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
    auto plan = gate_.plan_body(made);
    EXPECT_FALSE(plan.refusal);
    EXPECT_FALSE(plan.sink->write(body));
    return plan;
  };
  const auto whole = multipart(parts_);
  const auto of_fields = whole.substr(0, whole.find("name=\"content\""));
  const auto with_file = whole.substr(0, whole.find("PK"));
  std::vector<http::BodyPlan> open;
  for (int i = 0; i < 3; ++i)
    open.push_back(begin(of_fields));  // takes no slot
  for (int i = 0; i < 2; ++i)
    open.push_back(begin(with_file));
  const auto third = upload(parts_, uploader_);
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.headers.get("Retry-After"), "5");
  EXPECT_TRUE(site_.store->files().find("main", name_).error().code == Errc::not_found);
  open.clear();
  EXPECT_EQ(upload(parts_, uploader_).status, 200);
}

TEST_F(UploadRoutesTest, the_root_takes_uploads_as_that_of_pypiserver_does) {
  const auto name = wheel_filename("fresh", "1.0");
  const auto body = multipart(upload_parts(name, wheel_bytes("fresh", "1.0"), "fresh", "1.0"));
  const auto post = [&](const Secret& token) {
    auto made = request(Method::post, "/", token);
    made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
    return send(std::move(made), body).status;
  };
  EXPECT_EQ(post(reader_), 403);
  EXPECT_EQ(post({}), 403);
  EXPECT_FALSE(site_.store->files().find("main", name).ok());
  EXPECT_EQ(post(uploader_), 200);
  EXPECT_TRUE(site_.store->files().find("main", name).ok());
}

TEST_F(UploadRoutesTest, a_token_of_another_project_learns_nothing_of_what_is_there) {
  ASSERT_EQ(upload(parts_, uploader_).status, 200);
  auto parts = upload_parts(name_, wheel_bytes("fresh", "1.0", "x = 2\n"), "fresh", "1.0");
  // The digest first, the name last.
  std::ranges::sort(parts, {}, [](const Part& part) {
    return part.name == "name" ? 2 : part.name == "content" ? 1 : 0;
  });
  const auto response = upload(parts, issue("upload", "other"));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.reason, "this token isn't allowed to upload to project \"fresh\"");
}

TEST_F(UploadRoutesTest, a_token_of_another_project_is_refused) {
  const auto files = site_.files_on_disk();
  const auto bound = issue("upload", "other");
  const auto response = upload(parts_, bound);
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.reason, "this token isn't allowed to upload to project \"fresh\"");
  auto late = parts_;
  std::ranges::reverse(late);  // the name comes after the file
  EXPECT_EQ(upload(late, bound).status, 403);
  EXPECT_EQ(site_.files_on_disk(), files);
  EXPECT_EQ(upload(parts_, issue("upload", "fresh")).status, 200);
}

TEST_F(UploadRoutesTest, wrong_url_gets_a_hint) {
  const auto reading = get("/legacy/");
  EXPECT_EQ(reading.status, 405);
  EXPECT_NE(reading.reason.find("this is the upload URL"), std::string::npos) << reading.reason;
  const auto writing = send(request(Method::post, "/simple/", uploader_), "x");
  EXPECT_EQ(writing.status, 405);
  EXPECT_NE(writing.reason.find("uploads go to /legacy/"), std::string::npos) << writing.reason;
  for (const auto* body : {"", "x"}) {
    const auto slash = send(request(Method::post, "/legacy"), body);
    EXPECT_EQ(slash.status, 308);
    EXPECT_EQ(slash.headers.get("Location"), "http://localhost/legacy/");
  }
}

TEST_F(UploadRoutesTest, redirects_to_the_slash_below_the_external_url) {
  const auto location = [](const UploadRoutes& routes, http::Request& asked) {
    routing::Route route;
    route.prefix = "/prod";
    routing::RequestContext call{.request = asked, .route = route};
    return std::string(routes.add_slash(call).headers.get("Location").value_or(""));
  };
  UploadSlots slots{1};
  auto asked = request(Method::post, "/prod/legacy");
  asked.forwarded_prefix = "/python";
  EXPECT_EQ(location(UploadRoutes(context_, log_, slots, 0, routing::BaseUrl{std::nullopt}), asked),
            "http://localhost/python/prod/legacy/");
  EXPECT_EQ(location(UploadRoutes(context_, log_, slots, 0,
                                  routing::BaseUrl{"https://packages.example.org/python"}),
                     asked),
            "https://packages.example.org/python/prod/legacy/");
}

TEST_F(UploadRoutesTest, a_file_that_would_take_of_the_reserve_gets_507_before_its_bytes_are_read) {
  const FreeSpace none{site_.folder.path(), 1ULL << 62U};
  http::IncidentLog incidents;
  UploadSlots slots{1, &none, &incidents};
  UploadRoutes routes{context_, log_, slots, 20'000, routing::BaseUrl{std::nullopt}};
  auto asked = request(Method::post, "/legacy/");
  routing::Route route;
  routing::RequestContext call{.request = asked, .route = route};
  const auto plan = routes.upload(call);
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->status, 507);
  EXPECT_EQ(plan.sink, nullptr);
  EXPECT_EQ(incidents.count(http::Incident::room), 1U);
}

TEST_F(UploadRoutesTest, logs_a_line_per_change_and_no_secret) {
  ASSERT_EQ(upload(parts_, uploader_).status, 200);
  EXPECT_NE(logged_.str().find("uploaded main/fresh/1.0/" + name_), std::string::npos) << logged_.str();
  EXPECT_EQ(logged_.str().find(uploader_.reveal()), std::string::npos);
}

}  // namespace
}  // namespace packhouse::api
