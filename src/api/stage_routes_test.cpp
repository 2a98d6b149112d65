#include "api/testing/session_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

class StageRoutesTest : public SessionFixture {
 protected:
  /// A session for demo 2.0 with one wheel, on an index that has demo 1.0 and another project.
  StageRoutesTest() {
    EXPECT_TRUE(site_.add(wheel_filename("other", "1.0"), wheel_bytes("other", "1.0")).ok());
    session_ = open("demo", "2.0");
    EXPECT_EQ(stage(session_, staged_, staged_bytes_).status, 201);
    root_ = link(session_, "stage");
  }

  http::Response see(const std::string& path, const Secret& token = {}, std::string_view accept = json_type) {
    auto made = request(Method::get, path, token);
    made.headers.add("Accept", std::string(accept));
    return send(std::move(made));
  }

  static std::vector<std::string> filenames(const http::Response& response) {
    std::vector<std::string> names;
    for (const auto& file : body_of(response).at("files").as_array())
      names.emplace_back(file.at("filename").as_string());
    std::ranges::sort(names);
    return names;
  }

  std::string file_path_of(std::string_view filename) {
    for (const auto& file : body_of(see(root_ + "demo/", reader_)).at("files").as_array()) {
      if (file.at("filename").as_string() != filename) continue;
      const std::string url{file.at("url").as_string()};
      EXPECT_TRUE(url.starts_with("../../files/")) << url;
      return root_.substr(0, root_.size() - std::string_view("simple/").size()) + url.substr(6);
    }
    ADD_FAILURE() << "not on the page";
    return {};
  }

  json::Object session_;
  std::string root_;
  const std::string staged_ = wheel_filename("demo", "2.0");
  const std::string staged_bytes_ = wheel_bytes("demo", "2.0");
};

TEST_F(StageRoutesTest, shows_a_session_for_an_equal_version_in_the_existing_release) {
  const auto session = open("demo", "1.0.0");
  const auto page = body_of(see(link(session, "stage") + "demo/", reader_));
  EXPECT_EQ(page.at("versions"), json::Array{"1.0"});
}

TEST_F(StageRoutesTest, shows_the_session_on_top_of_the_index) {
  const auto page = see(root_ + "demo/", reader_);
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(filenames(page), (std::vector<std::string>{wheel_, sdist_filename("demo", "1.0"), staged_}));
  EXPECT_EQ(body_of(page).at("versions"), (json::Array{"1.0", "2.0"}));
  EXPECT_EQ(filenames(see(root_ + "other/", reader_)),
            std::vector<std::string>{wheel_filename("other", "1.0")});
  const auto html = text_of(see(root_ + "demo/", reader_, "text/html"));
  EXPECT_NE(html.find(">" + staged_ + "</a>"), std::string::npos);
  EXPECT_NE(html.find("data-core-metadata=\"sha256="), std::string::npos);
  EXPECT_EQ(text_of(see("/simple/demo/", reader_)).find(staged_), std::string::npos)
      << "no other page shows it";
}

TEST_F(StageRoutesTest, shows_the_session_alone_without_a_credential) {
  EXPECT_EQ(filenames(see(root_ + "demo/")), std::vector<std::string>{staged_});
  EXPECT_EQ(see(root_ + "other/").status, 404);
  const auto projects = body_of(see(root_)).at("projects").as_array();
  ASSERT_EQ(projects.size(), 1U);
  EXPECT_EQ(projects[0].at("name"), "demo");
  EXPECT_EQ(body_of(see(root_, reader_)).at("projects").as_array().size(), 2U);
  EXPECT_EQ(filenames(see(root_ + "demo/", stager_)), std::vector<std::string>{staged_})
      << "a token without read counts as no credential";
  EXPECT_EQ(see(root_ + "demo/", auth::make_token()).status, 401);
}

TEST_F(StageRoutesTest, serves_the_files_and_their_metadata) {
  const auto path = file_path_of(staged_);
  EXPECT_EQ(read_file(see(path)), staged_bytes_);
  EXPECT_TRUE(read_file(see(path + ".metadata")).starts_with("Metadata-Version: "));
  const auto published = file_path_of(wheel_);
  EXPECT_EQ(see(published).status, 404) << "the index's own files need a credential";
  EXPECT_EQ(read_file(see(published, reader_)), wheel_content_);
  EXPECT_EQ(see(replace_all(path, "/files/", "/files/x")).status, 404);
}

TEST_F(StageRoutesTest, forbids_caches_and_referrers) {
  for (const auto& path : {root_, root_ + "demo/", root_ + "demo", root_ + "none/"}) {
    const auto response = see(path);
    EXPECT_EQ(response.headers.get("Cache-Control"), "private, no-store") << path;
    EXPECT_EQ(response.headers.get("Referrer-Policy"), "no-referrer") << path;
    EXPECT_EQ(response.headers.count("ETag"), 0U) << path;
  }
  const auto file = see(file_path_of(wheel_), reader_);
  EXPECT_EQ(file.headers.get("Content-Security-Policy"),
            "default-src 'none'; sandbox; frame-ancestors 'none'");
  EXPECT_EQ(file.headers.get("Cache-Control"), "private, no-store");
  read_file(file);
}

TEST_F(StageRoutesTest, redirects_to_the_normalised_name) {
  const auto response = see(root_ + "Demo/");
  EXPECT_EQ(response.status, 301);
  EXPECT_EQ(response.headers.get("Location"), "../demo/");
  EXPECT_EQ(see(root_ + "demo").headers.get("Location"), "demo/");
}

TEST_F(StageRoutesTest, ends_with_the_session) {
  const auto path = file_path_of(staged_);
  EXPECT_EQ(post(link(session_, "publish"), {}, publisher_).status, 201);
  for (const auto& gone : {root_, root_ + "demo/", path, path + ".metadata"})
    EXPECT_EQ(see(gone, reader_).status, 404) << gone;
  EXPECT_EQ(status_of(see("/simple/demo/", reader_)), 200);
}

TEST_F(StageRoutesTest, shows_completed_files_only) {
  announce(session_, sdist_filename("demo", "2.0"), "bytes");
  EXPECT_EQ(filenames(see(root_ + "demo/")), std::vector<std::string>{staged_});
}

}  // namespace
}  // namespace packhouse::api
