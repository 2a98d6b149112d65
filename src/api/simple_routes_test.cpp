#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

using SimpleRoutesTest = RoutesTest;

TEST_F(SimpleRoutesTest, a_project_page_has_the_requested_type) {
  const auto json = get("/simple/demo/", json_type);
  ASSERT_EQ(status_of(json), 200);
  EXPECT_NE(prepared(json)->head().find("Content-Type: application/vnd.pypi.simple.v1+json\r\n"),
            std::string::npos);
  const auto page = json::parse(text_of(json));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->at("name"), json::Value("demo"));
  EXPECT_EQ(page->at("files").as_array().size(), 2U);
  EXPECT_NE(text_of(get("/simple/demo/", "*/*")).find("<!DOCTYPE html>"), std::string::npos);
  EXPECT_NE(text_of(get("/simple/demo/", "text/html", "format=application/vnd.pypi.simple.v1%2Bjson"))
                .find("{\"meta\""),
            std::string::npos);
}

TEST_F(SimpleRoutesTest, a_type_that_is_not_offered_is_406) {
  const auto response = get("/simple/demo/", "application/json");
  EXPECT_EQ(response.status, 406);
  EXPECT_EQ(get("/simple/", "", "format=json").status, 406);
}

TEST_F(SimpleRoutesTest, the_second_request_is_answered_on_the_io_thread) {
  auto made = request(Method::get, "/simple/demo/", reader_);
  EXPECT_FALSE(gate_.quick(made)) << "not in memory yet";
  EXPECT_EQ(status_of(gate_.handle(made)), 200);
  const auto quick = gate_.quick(made);
  ASSERT_TRUE(quick);
  EXPECT_EQ(status_of(*quick), 200);
}

TEST_F(SimpleRoutesTest, a_known_etag_is_answered_with_304) {
  const auto first = get("/simple/demo/", json_type);
  auto made = request(Method::get, "/simple/demo/", reader_);
  made.headers.add("Accept", std::string(json_type));
  const auto head = prepared(first)->head();
  const auto begin = head.find("ETag: ") + 6;
  made.headers.add("If-None-Match", "W/\"other\", " + head.substr(begin, head.find("\r\n", begin) - begin));
  EXPECT_EQ(status_of(send(made)), 304);
  made.headers.set("If-None-Match", "\"other\"");
  EXPECT_EQ(status_of(send(made)), 200);
}

TEST_F(SimpleRoutesTest, gzip_is_sent_to_clients_that_accept_it) {
  auto made = request(Method::get, "/simple/demo/", reader_);
  made.headers.add("Accept-Encoding", "gzip, deflate");
  const auto response = send(made);
  EXPECT_NE(prepared(response)->head().find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_TRUE(text_of(response).starts_with("\x1f\x8b"));
}

TEST_F(SimpleRoutesTest, other_spellings_are_redirected_relatively) {
  const auto location = [&](std::string path, std::string_view query = "") {
    const auto response = get(std::move(path), "", query);
    return fmt::format("{} {}", response.status, response.headers.get("Location").value_or("-"));
  };
  EXPECT_EQ(location("/simple"), "301 simple/");
  EXPECT_EQ(location("/simple/demo"), "301 demo/");
  EXPECT_EQ(location("/simple/De_mo"), "301 de-mo/");
  EXPECT_EQ(location("/simple/DEMO/", "format=text/html"), "301 ../demo/?format=text/html");
  EXPECT_EQ(location("/simple/-x-/"), "404 -");
  EXPECT_EQ(location("/simple/absent/"), "404 -");
  EXPECT_EQ(location("/legacy/+simple"), "301 +simple/");
  EXPECT_EQ(location("/legacy/+simple/Demo"), "301 Demo/");
  EXPECT_EQ(location("/legacy/+simple/Demo/"), "301 ../demo/");
}

TEST_F(SimpleRoutesTest, the_addresses_of_pypiserver_are_redirected) {
  const auto location = [&](std::string path, std::string_view query = "") {
    const auto response = get(std::move(path), "", query);
    return fmt::format("{} {}", response.status, response.headers.get("Location").value_or("-"));
  };
  EXPECT_EQ(location("/De_mo/"), "301 ../simple/de-mo/");
  EXPECT_EQ(location("/demo/", "a=b"), "301 ../simple/demo/?a=b");
  EXPECT_EQ(location("/demo/json"), "301 ../pypi/demo/json");
  EXPECT_EQ(location("/-x-/"), "404 -");
  EXPECT_EQ(location("/demo"), "404 -") << "nothing that a browser asks for by itself, such as favicon.ico";
}

TEST_F(SimpleRoutesTest, a_project_page_behind_two_slashes_has_whole_links) {
  auto made = request(Method::get, "/simple/demo/", reader_);
  made.headers.add("Host", "packages.example.org");
  made.single_slashes = "../../demo/";
  made.headers.add("Accept", std::string(json_type));
  (void)get("/simple/demo/", json_type);  // the usual page is cached and must not be sent
  for (int round = 0; round < 2; ++round) {
    const auto response = send(made);
    ASSERT_EQ(status_of(response), 200);
    EXPECT_NE(text_of(response).find("\"url\":\"http://packages.example.org/files/"), std::string::npos);
    EXPECT_EQ(text_of(response).find("../"), std::string::npos);
  }
  made.path = "/simple/Demo/";
  EXPECT_EQ(send(made).headers.get("Location"), "../../demo/");
}

TEST_F(SimpleRoutesTest, a_page_in_html_runs_and_loads_nothing) {
  for (const auto* path : {"/simple/", "/simple/demo/", "/legacy/+simple/demo/"}) {
    const auto response = get(path);
    EXPECT_NE(prepared(response)->head().find(
                  "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
                  "frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n"),
              std::string::npos)
        << path;
  }
}

TEST_F(SimpleRoutesTest, the_alias_below_the_upload_url_links_to_the_same_files) {
  const auto response = get("/legacy/+simple/demo/");
  ASSERT_EQ(status_of(response), 200);
  EXPECT_NE(text_of(response).find("href=\"../../../files/"), std::string::npos);
  EXPECT_EQ(prepared(get("/legacy/+simple/demo/")), prepared(response)) << "one page for all connections";
  EXPECT_NE(text_of(get("/legacy/+simple/")).find("<a href=\"demo/\">"), std::string::npos);
}

TEST_F(SimpleRoutesTest, the_root_lists_projects_and_follows_each_change) {
  EXPECT_NE(text_of(get("/simple/", json_type)).find("\"demo\""), std::string::npos);
  const auto name = wheel_filename("second", "1.0");
  const auto bytes = wheel_bytes("second", "1.0");
  ASSERT_EQ(upload(upload_parts(name, bytes, "second", "1.0"), uploader_).status, 200);
  EXPECT_NE(text_of(get("/simple/", json_type)).find("\"second\""), std::string::npos);
}

}  // namespace
}  // namespace packhouse::api
