#include "web/pages.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace packhouse::web {
namespace {

ProjectDetail project() {
  const auto digest = *Sha256::parse(std::string(64, 'a'));
  File file{.id = 1,
            .release = *ReleaseName::parse("demo", "1.0"),
            .filename = "demo-1.0-py3-none-any.whl",
            .kind = FileKind::wheel,
            .sha256 = digest,
            .blake2b_256 = std::string(64, 'b'),
            .size = 1234,
            .requires_python = ">=3.9",
            .metadata_sha256 = digest,
            .uploaded = *parse_iso8601("2026-11-22T10:00:00Z"),
            .yanked = std::nullopt};
  auto newer = file;
  newer.release.version = *Version::parse("2.0");
  newer.filename = "demo-2.0-py3-none-any.whl";
  newer.uploaded += std::chrono::hours{1};
  newer.yanked = "<script>alert(1)</script>";
  return {.name = "demo",
          .serial = 2,
          .files = {file, newer},
          .releases = {{.version = file.release.version}, {.version = newer.release.version}}};
}

TEST(ProjectPage, marks_a_file_that_came_after_its_release) {
  auto made = project();
  auto later = made.files[0];
  later.filename = "demo-1.0-1-py3-none-any.whl";
  later.uploaded += std::chrono::hours{1};
  made.files.push_back(later);
  const auto marks = [&] {
    const auto html = render(ProjectPage{.project = made, .base_url = "http://x"});
    std::size_t count = 0;
    for (auto at = html.find("later than the release"); at != std::string::npos;
         at = html.find("later than the release", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(marks(), 0U);
  made.files.back().uploaded += std::chrono::microseconds{1};
  EXPECT_EQ(marks(), 1U);
}

TEST(FrontPage, shows_how_to_install_and_upload_and_links_each_project) {
  const std::vector<ProjectSummary> projects{{.name = "demo", .serial = 1}};
  const auto html = render(FrontPage{.index = "main", .base_url = "https://p.example", .projects = projects});
  EXPECT_NE(html.find("pip install --index-url https://p.example/simple/ PROJECT"), std::string::npos);
  EXPECT_NE(html.find("twine upload --repository-url https://p.example/legacy/ dist/*"), std::string::npos);
  EXPECT_NE(html.find("<a href=\"project/demo/\">demo</a>"), std::string::npos);
}

TEST(FrontPage, of_an_empty_index_says_so) {
  EXPECT_NE(render(FrontPage{.index = "main", .base_url = "http://x", .projects = {}}).find("No project yet"),
            std::string::npos);
}

TEST(FrontPage, behind_the_last_project_leads_back) {
  const auto html =
      render(FrontPage{.index = "main", .base_url = "http://x", .projects = {}, .first = false});
  EXPECT_EQ(html.find("No project yet"), std::string::npos);
  EXPECT_NE(html.find("No project comes after that. <a href=\"?\">All projects</a>"), std::string::npos);
}

TEST(FrontPage, leads_on_to_the_projects_behind_the_last) {
  const std::vector<ProjectSummary> projects{{.name = "alpha", .serial = 1}, {.name = "beta", .serial = 1}};
  FrontPage page{.index = "main", .base_url = "http://x", .projects = projects, .more = true};
  EXPECT_NE(render(page).find("<a rel=\"next\" href=\"?after=beta\">"), std::string::npos);
  page.more = false;
  EXPECT_EQ(render(page).find("?after="), std::string::npos);
}

TEST(FrontPage, escapes_what_the_client_sent_as_its_host) {
  const auto html = render(FrontPage{.index = "main", .base_url = "http://\"><script>", .projects = {}});
  EXPECT_EQ(html.find("<script>"), std::string::npos);
}

TEST(ProjectPage, shows_the_newest_first_and_escapes_what_people_wrote) {
  const auto demo = project();
  const auto html = render(ProjectPage{.project = demo, .base_url = "http://x"});
  EXPECT_LT(html.find("demo-2.0-py3-none-any.whl"), html.find("demo-1.0-py3-none-any.whl"));
  EXPECT_NE(html.find("href=\"../../files/aa/" + std::string(62, 'a') + "/demo-1.0-py3-none-any.whl\""),
            std::string::npos);
  EXPECT_EQ(html.find("no-ci-provenance"), std::string::npos);
  EXPECT_NE(html.find("yanked: &lt;script&gt;"), std::string::npos);
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_NE(html.find("1.2 kB"), std::string::npos);
}

TEST(ProjectPage, shows_the_label_of_a_release_without_ci_provenance) {
  auto demo = project();
  demo.files[0].label = ReleaseLabel::no_ci_provenance;
  const auto html = render(ProjectPage{.project = demo, .base_url = "http://x"});
  EXPECT_NE(html.find("1.0<br><strong>no-ci-provenance</strong>"), std::string::npos);
  EXPECT_EQ(html.find("2.0<br><strong>"), std::string::npos);
}

TEST(Pages, the_policy_allows_exactly_the_style_sheet_in_them) {
  const auto html = render(FrontPage{.index = "main", .base_url = "http://x", .projects = {}});
  const auto begin = html.find("<style>") + 7;
  const auto digest = Sha256::of(html.substr(begin, html.find("</style>") - begin));
  const std::string bytes(digest.bytes().begin(), digest.bytes().end());
  EXPECT_NE(content_security_policy().find("style-src 'sha256-" + to_base64(bytes) + "'"), std::string::npos);
  EXPECT_TRUE(content_security_policy().starts_with("default-src 'none';"));
}

TEST(Pages, name_withheld_files_with_the_reason_and_without_a_link) {
  auto detail = project();
  detail.files[0].withheld = "release 1.0 of demo is blocked: <secret>";
  const auto html = render(ProjectPage{.project = detail, .base_url = "http://x"});
  EXPECT_NE(html.find("is blocked: &lt;secret&gt;"), std::string::npos);
  EXPECT_EQ(html.find("/" + detail.files[0].filename + "\">"), std::string::npos);
  EXPECT_EQ(html.find("role=\"note\""), std::string::npos);
}

TEST(Pages, show_the_status_of_the_project) {
  auto detail = project();
  detail.state = {.status = ProjectStatus::archived, .reason = "see <that>"};
  const auto html = render(ProjectPage{.project = detail, .base_url = "http://x"});
  EXPECT_NE(html.find("<p role=\"note\">project demo is archived: see &lt;that&gt;</p>"), std::string::npos);
}

}  // namespace
}  // namespace packhouse::web
