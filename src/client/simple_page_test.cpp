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
                          PageFile{"demo-1.0-py3-none-any.whl", "https://h/w.whl", std::nullopt, true},
                          PageFile{"demo-0.9.tar.gz", "d", std::nullopt, false}));
}

TEST(SimplePage, refuses_json_that_is_no_page_of_version_1) {
  for (const std::string_view body : {"[]", "{}", R"({"meta":{"api-version":"2.0"},"files":[]})",
                                      R"({"meta":{"api-version":"1.0"},"files":{}})",
                                      R"({"meta":{"api-version":"1.0"},"files":[{"url":"x"}]})",
                                      R"({"meta":{"api-version":"1.0"},"files":[1]})"})
    EXPECT_FALSE(parse_simple_page(json_type, body).ok()) << body;
}

TEST(SimplePage, reads_the_links_of_an_html_page) {
  EXPECT_THAT(
      html(R"(<!DOCTYPE html><html><body><h1>Links</h1>
      <a href="/files/demo-1.0.tar.gz#sha256=ab" data-requires-python="&gt;=3.9">demo-1.0.tar.gz</a><br/>
      <A data-yanked HREF='../x/demo%2D1.0-py3-none-any.whl#sha256=cd&amp;x=y'>w</A>
      <a href=demo-0.9.zip>plain</a></body>)"),
      ElementsAre(PageFile{"demo-1.0.tar.gz", "/files/demo-1.0.tar.gz", "ab", false},
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
