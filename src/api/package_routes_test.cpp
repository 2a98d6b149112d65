#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

class PackageRoutesTest : public RoutesTest {
 protected:
  json::Value page(std::string path, std::string_view query = "") {
    const auto response = get(std::move(path), "", query);
    EXPECT_EQ(status_of(response), 200) << text_of(response);
    const auto value = json::parse(text_of(response));
    return value.ok() ? *value : json::Value{};
  }
  static std::vector<std::string> keys_of(const json::Value& value) {
    std::vector<std::string> keys;
    for (const auto& [key, unused] : value.as_object())
      keys.emplace_back(key);
    std::ranges::sort(keys);
    return keys;
  }
};

TEST_F(PackageRoutesTest, a_project_has_the_keys_that_warehouse_gives) {
  const auto project = page("/pypi/demo/json");
  EXPECT_EQ(keys_of(project),
            (std::vector<std::string>{"info", "last_serial", "releases", "urls", "vulnerabilities"}));
  EXPECT_EQ(keys_of(project.at("info")),
            (std::vector<std::string>{"author",           "author_email",
                                      "bugtrack_url",     "classifiers",
                                      "description",      "description_content_type",
                                      "docs_url",         "download_url",
                                      "downloads",        "dynamic",
                                      "home_page",        "keywords",
                                      "license",          "license_expression",
                                      "license_files",    "maintainer",
                                      "maintainer_email", "name",
                                      "package_url",      "platform",
                                      "project_url",      "project_urls",
                                      "provides_extra",   "release_url",
                                      "requires_dist",    "requires_python",
                                      "summary",          "version",
                                      "yanked",           "yanked_reason"}));
  EXPECT_EQ(
      keys_of(project.at("urls").at(0)),
      (std::vector<std::string>{"comment_text", "digests", "downloads", "filename", "has_sig", "md5_digest",
                                "packagetype", "python_version", "requires_python", "size", "upload_time",
                                "upload_time_iso_8601", "url", "yanked", "yanked_reason"}));
}

TEST_F(PackageRoutesTest, info_is_the_files_own_metadata) {
  const auto info = page("/pypi/demo/json").at("info");
  EXPECT_EQ(info.at("name"), json::Value("demo"));
  EXPECT_EQ(info.at("version"), json::Value("1.0"));
  EXPECT_EQ(info.at("summary"), json::Value("A test"));
  EXPECT_EQ(info.at("requires_python"), json::Value(">=3.9"));
  EXPECT_EQ(info.at("description"), json::Value("Text.\n"));
}

TEST_F(PackageRoutesTest, an_sdist_alone_gives_the_same_info) {
  ASSERT_TRUE(site_.add(sdist_filename("source", "2.0"), sdist_bytes("source", "2.0")).ok());
  const auto project = page("/pypi/source/json");
  EXPECT_EQ(project.at("info").at("summary"), json::Value("A test"));
  EXPECT_EQ(project.at("urls").at(0).at("packagetype"), json::Value("sdist"));
  EXPECT_EQ(project.at("urls").at(0).at("python_version"), json::Value("source"));
}

TEST_F(PackageRoutesTest, links_lead_to_the_files_of_this_server) {
  auto made = request(Method::get, "/pypi/demo/1.0/json", reader_);
  made.headers.add("Host", "packages.example.org");
  made.secure = true;
  const auto release = json::parse(text_of(send(std::move(made))));
  ASSERT_TRUE(release.ok());
  EXPECT_EQ(keys_of(*release), (std::vector<std::string>{"info", "last_serial", "urls", "vulnerabilities"}));
  const auto& wheel = release->at("urls").at(0);
  EXPECT_EQ(wheel.at("filename"), json::Value(wheel_));
  EXPECT_EQ(wheel.at("url"), json::Value("https://packages.example.org" +
                                         replace_all(file_url(wheel_), "/files/", "/packages/")))
      << "bandersnatch takes no other path";
  EXPECT_EQ(release->at("info").at("package_url"), json::Value("https://packages.example.org/project/demo/"));
  EXPECT_EQ(wheel.at("digests").at("sha256"), json::Value(Sha256::of(wheel_content_).hex()));
  EXPECT_EQ(wheel.at("packagetype"), json::Value("bdist_wheel"));
  EXPECT_EQ(wheel.at("python_version"), json::Value("py3"));
  EXPECT_EQ(wheel.at("upload_time"), json::Value("2026-11-22T10:00:00"));
}

TEST_F(PackageRoutesTest, the_latest_is_the_highest_final_version) {
  for (const auto* version : {"1.10", "1.9", "2.0rc1"}) {
    ASSERT_TRUE(site_.add(wheel_filename("demo", version), wheel_bytes("demo", version)).ok());
  }
  const auto project = page("/pypi/demo/json");
  EXPECT_EQ(project.at("info").at("version"), json::Value("1.10"));
  EXPECT_EQ(keys_of(project.at("releases")), (std::vector<std::string>{"1.0", "1.10", "1.9", "2.0rc1"}));
  EXPECT_EQ(page("/pypi/demo/2.0.0RC1/json").at("info").at("version"), json::Value("2.0rc1"));
}

TEST_F(PackageRoutesTest, other_spellings_are_redirected_and_missing_projects_are_404) {
  const auto location = [&](std::string path) {
    const auto response = get(std::move(path));
    return fmt::format("{} {}", response.status, response.headers.get("Location").value_or("-"));
  };
  EXPECT_EQ(location("/pypi/DEMO/json"), "301 ../demo/json");
  EXPECT_EQ(location("/pypi/DEMO/1.0/json"), "301 ../../demo/1.0/json");
  EXPECT_EQ(location("/pypi/demo/json/"), "301 ../json");
  EXPECT_EQ(location("/pypi/demo/1.0/json/"), "301 ../json");
  EXPECT_EQ(location("/api/v1/search/"), "301 ../search");
  EXPECT_EQ(location("/pypi/absent/json"), "404 -");
  EXPECT_EQ(location("/pypi/-x-/json"), "404 -");
  EXPECT_EQ(location("/pypi/demo/3.0/json"), "404 -");
  EXPECT_EQ(location("/pypi/demo/dog/json"), "404 -");
}

TEST_F(PackageRoutesTest, a_known_page_is_304_and_shows_its_serial) {
  const auto first = get("/pypi/demo/json");
  ASSERT_NE(prepared(first), nullptr);
  const auto& head = prepared(first)->head();
  for (const std::string_view field : {"X-PyPI-Last-Serial: 2\r\n", "Content-Type: application/json\r\n",
                                       "Cache-Control: private, max-age=0, must-revalidate\r\n"})
    EXPECT_NE(head.find(field), std::string::npos) << field << " is not in\n" << head;
  auto made = request(Method::get, "/pypi/demo/json", reader_);
  const auto etag = head.find("ETag: ") + 6;
  made.headers.add("If-None-Match", head.substr(etag, head.find('\r', etag) - etag));
  EXPECT_EQ(status_of(send(std::move(made))), 304);
}

TEST_F(PackageRoutesTest, connections_share_one_document_until_the_project_changes) {
  for (const auto* path : {"/pypi/demo/json", "/pypi/demo/1.0/json"}) {
    const auto first = get(path);
    ASSERT_NE(prepared(first), nullptr);
    EXPECT_EQ(prepared(get(path)), prepared(first));
    ASSERT_TRUE(site_.add(wheel_filename("other", "1.0"), wheel_bytes("other", "1.0")).ok());
    EXPECT_EQ(prepared(get(path)), prepared(first)) << "another project's change";
    const auto version = path == std::string_view{"/pypi/demo/json"} ? "2.0" : "3.0";
    ASSERT_TRUE(site_.add(wheel_filename("demo", version), wheel_bytes("demo", version)).ok());
    EXPECT_NE(prepared(get(path)), prepared(first));
  }
  EXPECT_EQ(prepared(get("/pypi/demo/1.0.0/json")), prepared(get("/pypi/demo/1.0/json")));
}

TEST_F(PackageRoutesTest, search_shows_the_version_of_now) {
  EXPECT_EQ(page("/api/v1/search", "q=demo").at("projects").at(0).at("version"), json::Value("1.0"));
  ASSERT_TRUE(site_.add(wheel_filename("demo", "2.0"), wheel_bytes("demo", "2.0")).ok());
  EXPECT_EQ(page("/api/v1/search", "q=demo").at("projects").at(0).at("version"), json::Value("2.0"));
}

TEST_F(PackageRoutesTest, documents_are_compressed_for_clients_that_accept_it) {
  for (int i = 0; i < 30; ++i) {
    const auto name = fmt::format("demo-{}", i);
    ASSERT_TRUE(site_.add(wheel_filename(name, "1.0"), wheel_bytes(name, "1.0")).ok());
  }
  for (const auto* path : {"/pypi/demo/json", "/pypi/demo/1.0/json", "/api/v1/search"}) {
    auto made = request(Method::get, path, reader_);
    made.headers.add("Accept-Encoding", "gzip");
    const auto response = send(std::move(made));
    ASSERT_NE(prepared(response), nullptr) << path;
    EXPECT_NE(prepared(response)->head().find("Content-Encoding: gzip\r\n"), std::string::npos) << path;
    EXPECT_TRUE(text_of(response).starts_with("\x1f\x8b")) << path;
  }
}

TEST_F(PackageRoutesTest, search_finds_by_a_part_of_the_name) {
  ASSERT_TRUE(site_.add(wheel_filename("demo-tools", "3.0"), wheel_bytes("demo-tools", "3.0")).ok());
  ASSERT_TRUE(site_.add(wheel_filename("other", "1.0"), wheel_bytes("other", "1.0")).ok());
  EXPECT_EQ(json::dump(page("/api/v1/search", "q=Demo_T")),
            R"({"projects":[{"name":"demo-tools","version":"3.0","summary":"A test"}]})");
  EXPECT_EQ(page("/api/v1/search", "q=demo").at("projects").as_array().size(), 2U);
  EXPECT_EQ(page("/api/v1/search", "q=demo&limit=1").at("projects").as_array().size(), 1U);
  EXPECT_EQ(page("/api/v1/search", "q=absent").at("projects").as_array().size(), 0U);
  EXPECT_EQ(page("/api/v1/search").at("projects").as_array().size(), 3U);
  for (const auto* query : {"limit=0", "limit=101", "limit=x", "q=%FF"})
    EXPECT_EQ(get("/api/v1/search", "", query).status, 400) << query;
}

}  // namespace
}  // namespace packhouse::api
