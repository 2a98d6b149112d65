#include "client/simple_page.hpp"

#include <gmock/gmock.h>

namespace packhouse::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view json_type = "application/vnd.pypi.simple.v1+json";

std::vector<PageFile> html(std::string_view body) {
  return parse_simple_page("text/html; charset=utf-8", body).value().files;
}

TEST(SimplePage, reads_the_files_of_a_json_page) {
  const auto page = parse_simple_page(json_type, R"({"meta":{"api-version":"1.4"},"name":"demo","files":[
    {"filename":"demo-1.0.tar.gz","url":"../../files/demo-1.0.tar.gz#x","hashes":{"sha256":"ab"}},
    {"filename":"demo-1.0-py3-none-any.whl","url":"https://h/w.whl","hashes":{},"yanked":"broken"},
    {"filename":"demo-0.9.tar.gz","url":"d","hashes":{"md5":"x"},"yanked":false}]})");
  EXPECT_THAT(page.value().files,
              ElementsAre(PageFile{"demo-1.0.tar.gz", "../../files/demo-1.0.tar.gz", "ab", false},
                          PageFile{.filename = "demo-1.0-py3-none-any.whl",
                                   .url = "https://h/w.whl",
                                   .sha256 = std::nullopt,
                                   .yanked = true,
                                   .yanked_reason = "broken"},
                          PageFile{"demo-0.9.tar.gz", "d", std::nullopt, false}));
}

TEST(SimplePage, refuses_json_that_is_no_page_of_version_1) {
  for (const std::string_view body : {"[]", "{}", R"({"meta":{"api-version":"2.0"},"files":[]})",
                                      R"({"meta":{"api-version":"1.0"},"files":{}})",
                                      R"({"meta":{"api-version":"1.0"},"files":[{"url":"x"}]})",
                                      R"({"meta":{"api-version":"1.0"},"files":[1]})"})
    EXPECT_FALSE(parse_simple_page(json_type, body).ok()) << body;
}

TEST(SimplePage, knows_a_page_that_says_what_it_is) {
  const auto stated = [](std::string_view type, std::string_view body) {
    return parse_simple_page(type, body).value().stated;
  };
  EXPECT_TRUE(stated(json_type, R"({"meta":{"api-version":"1.0"},"files":[]})"));
  EXPECT_TRUE(stated("application/vnd.pypi.simple.v1+html", "<html></html>"));
  EXPECT_TRUE(stated("text/html", R"(<meta name="pypi:repository-version" content="1.1">)"));
  EXPECT_FALSE(stated("text/html", R"(<div id="app"></div><script src="/app.js"></script>)"));
  EXPECT_FALSE(stated("text/plain", "hello"));
}

TEST(ProjectList, is_told_from_every_other_page_of_a_web_server) {
  const auto root = http::Url::parse("https://index.example/team/simple/").value();
  const std::vector<std::pair<std::string_view, std::string_view>> lists{
      {json_type, R"({"meta":{"api-version":"1.0"},"projects":[]})"},
      {"text/html", R"(<a href="demo/">demo</a><a href="/team/simple/other/">other</a>)"},
      {"text/html", R"(<a href="../">../</a><a href="?C=N;O=D">Name</a><a href="demo/">demo/</a>)"},
      {"text/html; charset=utf-8", R"(<meta name="pypi:repository-version" content="1.0">)"},
      {"text/html", "<html><head><title>Simple Index</title></head></html>"},
      {"application/vnd.pypi.simple.v1+html", ""}};
  for (const auto& [type, body] : lists)
    EXPECT_TRUE(is_project_list(root, type, body)) << body;
  const std::vector<std::pair<std::string_view, std::string_view>> others{
      {json_type, R"({"meta":{"api-version":"1.0"},"files":[]})"},
      {"application/json", "{}"},
      {"text/plain", "hello"},
      {"text/html", R"(<div id="app"></div><script src="/app.js"></script>)"},
      {"text/html", R"(<a href="project/demo/">demo</a>)"},
      {"text/html", R"(<a href="demo/">demo</a><a href="https://other.example/">about us</a>)"},
      {"text/html", R"(<a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a>)"},
      {"text/html", ""}};
  for (const auto& [type, body] : others)
    EXPECT_FALSE(is_project_list(root, type, body)) << body;
}

TEST(SimplePage, reads_the_links_of_an_html_page) {
  EXPECT_THAT(
      html(R"(<!DOCTYPE html><html><body><h1>Links</h1>
      <a href="/files/demo-1.0.tar.gz#sha256=ab" data-requires-python="&gt;=3.9">demo-1.0.tar.gz</a><br/>
      <A data-yanked HREF='../x/demo%2D1.0-py3-none-any.whl#sha256=cd&amp;x=y'>w</A>
      <a href=demo-0.9.zip>plain</a></body>)"),
      ElementsAre(PageFile{.filename = "demo-1.0.tar.gz",
                           .url = "/files/demo-1.0.tar.gz",
                           .sha256 = "ab",
                           .requires_python = ">=3.9"},
                  PageFile{"demo-1.0-py3-none-any.whl", "../x/demo%2D1.0-py3-none-any.whl", "cd", true},
                  PageFile{"demo-0.9.zip", "demo-0.9.zip", std::nullopt, false}));
}

TEST(SimplePage, decodes_what_html_escapes_in_an_address) {
  EXPECT_THAT(html(R"(<a href="f?a=1&amp;b=2&#38;c=3&#x26;d=4&unknown;">x</a>)").front().url,
              "f?a=1&b=2&c=3&d=4&unknown;");
}

TEST(SimplePage, passes_over_comments_scripts_and_anchors_without_address) {
  EXPECT_THAT(
      html(R"(<!-- <a href="a.whl">a</a> --><script>"<a href='b.whl'>"</script><style><a href=c.whl></style>
      <a name="d">d</a><a href="folder/">up</a><abbr href="e.whl">e</abbr><a href="f.whl">f</a>)"),
      ElementsAre(PageFile{"f.whl", "f.whl", std::nullopt, false}));
}

TEST(SimplePage, knows_the_base_of_a_page) {
  const auto page =
      parse_simple_page("text/html", R"(<base href="https://files.example/"><a href="x.whl">x</a>)");
  EXPECT_EQ(page.value().base, "https://files.example/");
}

TEST(SimplePage, ends_on_every_broken_page) {
  for (const std::string_view body :
       {"<", "<a", "<a ", "<a =", "<a ==", "<a href", "<a href=", "<a href=\"", "<a /", "<!--", "<script>",
        "<a href='x", "</", "<a href=x.whl/", "< a href=x>"})
    EXPECT_TRUE(parse_simple_page("text/html", body).ok()) << body;
  EXPECT_THAT(html(""), IsEmpty());
}

TEST(SimplePage, bounds_the_number_of_links) {
  std::string body;
  for (std::size_t i = 0; i <= max_page_files; ++i)
    body += "<a href=x>";
  EXPECT_THAT(parse_simple_page("text/html", body).error().message, HasSubstr("at most 200000 files"));
}

}  // namespace
}  // namespace packhouse::client
