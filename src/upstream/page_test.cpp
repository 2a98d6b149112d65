#include "upstream/page.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace packhouse::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view json_type = "application/vnd.pypi.simple.v1+json";
const std::string digest(64, 'a');
const std::string other_digest(64, 'b');

Result<RemotePage> read(std::string_view type, std::string_view body) {
  return read_page(*ProjectName::parse("demo"), *http::Url::parse("https://up.example/simple/demo/"), type,
                   body);
}

RemotePage json_page(std::string_view files, std::string_view more = "") {
  auto page =
      read(json_type,
           fmt::format(R"({{"meta":{{"api-version":"1.4"}},"name":"demo"{},"files":[{}]}})", more, files));
  EXPECT_TRUE(page.ok()) << page.error().message;
  return page.ok() ? *page : RemotePage{};
}

std::string file(std::string_view filename, std::string_view more = "") {
  return fmt::format(R"({{"filename":"{0}","url":"../../files/{0}","hashes":{{"sha256":"{1}"}}{2}}})",
                     filename, digest, more);
}

std::vector<std::string> names(const RemotePage& page) {
  std::vector<std::string> all;
  for (const auto& each : page.files)
    all.push_back(each.filename);
  return all;
}

/// Why the one file of the page is left out.
std::string reason(std::string_view files) {
  const auto page = json_page(files);
  EXPECT_THAT(page.files, IsEmpty());
  if (page.left_out.empty()) return "kept";
  return page.left_out.front().filename + ": " + page.left_out.front().reason;
}

TEST(RemotePage, keeps_what_a_json_page_says_of_a_file) {
  const auto page = json_page(
      fmt::format(
          R"({{"filename":"demo-1.0-py3-none-any.whl","url":"https://files.example/a/demo-1.0-py3-none-any.whl",
        "hashes":{{"sha256":"{0}"}},"size":17,"upload-time":"2026-01-02T03:04:05.678901Z","yanked":"broken",
        "requires-python":">=3.9","core-metadata":{{"sha256":"{1}"}},"provenance":"https://up.example/p/1"}})",
          digest, other_digest),
      R"(,"project-status":{"status":"deprecated","reason":"use another"})");
  ASSERT_EQ(page.files.size(), 1U);
  const RemoteFile& found = page.files.front();
  EXPECT_EQ(found.filename, "demo-1.0-py3-none-any.whl");
  EXPECT_EQ(found.version, "1.0");
  EXPECT_EQ(found.kind, FileKind::wheel);
  EXPECT_EQ(found.sha256.hex(), digest);
  EXPECT_EQ(found.size, 17U);
  EXPECT_EQ(to_iso8601(found.uploaded.value()), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(found.requires_python, ">=3.9");
  EXPECT_EQ(found.yanked, "broken");
  EXPECT_EQ(found.metadata_sha256.value().hex(), other_digest);
  EXPECT_EQ(found.provenance, "https://up.example/p/1");
  EXPECT_EQ(found.url, "https://files.example/a/demo-1.0-py3-none-any.whl");
  EXPECT_EQ(page.state, (ProjectState{.status = ProjectStatus::deprecated, .reason = "use another"}));
  EXPECT_EQ(RemotePage::parse(page.to_json()).value(), page) << "nothing is lost in the store";
}

TEST(RemotePage, keeps_what_an_html_page_says_of_a_file) {
  const auto page =
      read("text/html", fmt::format(R"(<html><head><meta name="pypi:repository-version" content="1.4">
    <meta name="pypi:project-status" content="archived"></head>
    <a href="../../f/demo-1.0-py3-none-any.whl?x=1#sha256={0}" data-requires-python="&gt;=3.9"
       data-core-metadata="sha256={1}" data-yanked="" data-provenance="https://up.example/p">demo</a>)",
                                    digest, other_digest));
  ASSERT_TRUE(page.ok()) << page.error().message;
  ASSERT_EQ(page->files.size(), 1U);
  const RemoteFile& found = page->files.front();
  EXPECT_EQ(found.url, "https://up.example/f/demo-1.0-py3-none-any.whl?x=1");
  EXPECT_EQ(found.requires_python, ">=3.9");
  EXPECT_EQ(found.yanked, "");
  EXPECT_EQ(found.metadata_sha256.value().hex(), other_digest);
  EXPECT_FALSE(found.size);
  EXPECT_FALSE(found.uploaded);
  EXPECT_EQ(page->state.status, ProjectStatus::archived);
}

TEST(RemotePage, a_base_of_an_html_page_moves_its_links) {
  const auto page = read("text/html", fmt::format(R"(<base href="https://cdn.example/x/"><a
    href="demo-1.0.tar.gz#sha256={}">demo</a>)",
                                                  digest));
  EXPECT_EQ(page.value().files.front().url, "https://cdn.example/x/demo-1.0.tar.gz");
}

TEST(RemotePage, a_file_of_another_project_is_left_out) {
  EXPECT_THAT(reason(file("evil-1.0-py3-none-any.whl")),
              HasSubstr("expected a file of demo, found one of evil"));
  EXPECT_THAT(reason(file("demo_extra-1.0-py3-none-any.whl")), HasSubstr("found one of demo-extra"));
  EXPECT_THAT(reason(file("demo-extra-1.0.tar.gz")), HasSubstr("found one of demo-extra"));
}

TEST(RemotePage, another_spelling_of_the_project_is_its_own) {
  EXPECT_THAT(names(json_page(file("DeMo-1.0-py3-none-any.whl") + "," + file("DEMO-1.0.tar.gz"))),
              ElementsAre("DeMo-1.0-py3-none-any.whl", "DEMO-1.0.tar.gz"));
}

TEST(RemotePage, a_name_with_a_path_is_left_out) {
  for (const std::string_view name :
       {"../demo-1.0.tar.gz", "a/demo-1.0.tar.gz", "..", "demo-1.0.tar.gz/..", R"(a\\demo-1.0.tar.gz)",
        "demo-1.0.tar.gz\\u0000", "demo-1.0\\n.tar.gz"})
    EXPECT_THAT(reason(file(name)), HasSubstr("expected the name of a wheel or sdist")) << name;
}

TEST(RemotePage, an_html_address_hides_no_path_in_its_name) {
  for (const std::string_view href :
       {"demo-1.0%2F..%2Fevil-1.0.tar.gz", "..%2Fdemo-1.0.tar.gz", "%2e%2e%2fx.tar.gz"}) {
    const auto page = read("text/html", fmt::format(R"(<meta name="pypi:repository-version" content="1.0">
      <a href="{}#sha256={}">x</a>)",
                                                    href, digest));
    EXPECT_THAT(page.value().files, IsEmpty()) << href;
    EXPECT_EQ(page.value().left_out_count, 1U) << href;
  }
}

TEST(RemotePage, a_file_without_a_sound_digest_is_left_out) {
  EXPECT_THAT(reason(R"({"filename":"demo-1.0.tar.gz","url":"x","hashes":{"md5":"00"}})"),
              HasSubstr("expected a SHA-256, found none"));
  EXPECT_THAT(reason(R"({"filename":"demo-1.0.tar.gz","url":"x","hashes":{"sha256":"zz"}})"),
              HasSubstr("demo-1.0"));
}

TEST(RemotePage, a_name_with_two_digests_is_left_out) {
  const auto twice =
      file("demo-1.0.tar.gz") + "," +
      fmt::format(R"({{"filename":"demo-1.0.tar.gz","url":"x","hashes":{{"sha256":"{}"}}}})", other_digest);
  EXPECT_THAT(reason(twice), HasSubstr("expected one digest, found two"));
  EXPECT_EQ(json_page(file("demo-1.0.tar.gz") + "," + file("demo-1.0.tar.gz")).files.size(), 1U)
      << "twice the same is once";
}

TEST(RemotePage, an_address_that_no_client_may_follow_is_left_out) {
  for (const std::string_view url : {"file:///etc/passwd", "ftp://h/demo-1.0.tar.gz", "javascript:alert(1)",
                                     "https://user:secret@h/demo-1.0.tar.gz", "//user@h/x"}) {
    const auto page = json_page(fmt::format(
        R"({{"filename":"demo-1.0.tar.gz","url":"{}","hashes":{{"sha256":"{}"}}}})", url, digest));
    EXPECT_THAT(page.files, IsEmpty()) << url;
    EXPECT_EQ(page.left_out_count, 1U) << url;
    EXPECT_THAT(page.left_out.front().reason, ::testing::Not(HasSubstr("secret")));
  }
}

TEST(RemotePage, a_quarantined_project_offers_nothing) {
  const auto page = json_page(file("demo-1.0.tar.gz"), R"(,"project-status":{"status":"quarantined"})");
  EXPECT_THAT(page.files, IsEmpty());
  EXPECT_EQ(page.state.status, ProjectStatus::quarantined);
}

TEST(RemotePage, texts_that_cannot_be_shown_are_dropped) {
  const auto page =
      json_page(file("demo-1.0.tar.gz", R"(,"yanked":"a\u0000b","requires-python":"<script>")"));
  EXPECT_EQ(page.files.front().yanked, "");
  EXPECT_FALSE(page.files.front().requires_python);
}

TEST(RemotePage, a_page_of_another_kind_is_refused) {
  EXPECT_FALSE(read("text/html", "<html><body>please log in</body></html>").ok());
  EXPECT_FALSE(read(json_type, R"({"meta":{"api-version":"2.0"},"files":[]})").ok());
  EXPECT_FALSE(read("text/plain", "hello").ok());
  EXPECT_TRUE(read("text/html", R"(<meta name="pypi:repository-version" content="1.0">)").ok())
      << "an empty project that says so";
}

TEST(RemotePage, only_the_first_reasons_are_kept) {
  std::string files;
  for (int i = 0; i < 50; ++i)
    files += (i == 0 ? "" : ",") + file(fmt::format("evil-{}.tar.gz", i));
  const auto page = json_page(files);
  EXPECT_EQ(page.left_out_count, 50U);
  EXPECT_EQ(page.left_out.size(), 20U);
}

}  // namespace
}  // namespace packhouse::upstream
