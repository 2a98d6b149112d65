#include "api/simple_page.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <span>

#include "base/json.hpp"

namespace packhouse::api {
namespace {

using namespace std::chrono_literals;

Sha256 digest_of(char digit) {
  return *Sha256::parse(std::string(64, digit));
}

File demo_wheel() {
  return {.id = 1,
          .release = *ReleaseName::parse("demo", "1.0+local.1"),
          .filename = "demo-1.0+local.1-py3-none-any.whl",
          .kind = FileKind::wheel,
          .sha256 = digest_of('a'),
          .blake2b_256 = std::string(64, 'b'),
          .size = 1234,
          .requires_python = ">=3.9,<4",
          .metadata_sha256 = digest_of('c'),
          .uploaded = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 10h + 123us},
          .yanked = std::nullopt};
}

ProjectDetail demo() {
  auto sdist = demo_wheel();
  sdist.release.version = *Version::parse("0.9");
  sdist.filename = "demo-0.9.tar.gz";
  sdist.kind = FileKind::sdist;
  sdist.requires_python.reset();
  sdist.metadata_sha256.reset();
  sdist.yanked = "broken <on> \"3.14\" & later";
  return {.name = "demo",
          .serial = 42,
          .files = {sdist, demo_wheel()},
          .releases = {{.version = sdist.release.version}, {.version = demo_wheel().release.version}}};
}

TEST(SimplePage, project_as_json) {
  EXPECT_EQ(json::dump_pretty(*json::parse(project_json(demo()))) + "\n", json::dump_pretty(*json::parse(R"({
        "meta": {"_last-serial": 42, "api-version": "1.4"},
        "name": "demo",
        "project-status": {"status": "active"},
        "versions": ["0.9", "1.0+local.1"],
        "files": [
          {
            "filename": "demo-0.9.tar.gz",
            "url": "../../files/aa/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/demo-0.9.tar.gz",
            "hashes": {"sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
            "size": 1234,
            "upload-time": "2026-11-22T10:00:00.000123Z",
            "yanked": "broken <on> \"3.14\" & later"
          },
          {
            "filename": "demo-1.0+local.1-py3-none-any.whl",
            "url": "../../files/aa/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/demo-1.0%2Blocal.1-py3-none-any.whl",
            "hashes": {"sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
            "size": 1234,
            "upload-time": "2026-11-22T10:00:00.000123Z",
            "yanked": false,
            "requires-python": ">=3.9,<4",
            "core-metadata": {"sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"}
          }
        ]
      })")) + "\n");
}

TEST(SimplePage, project_as_html) {
  EXPECT_EQ(project_html(demo()),
            R"(<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="pypi:repository-version" content="1.4">
    <meta name="pypi:project-status" content="active">
    <title>Links for demo</title>
  </head>
  <body>
    <h1>Links for demo</h1>
    <a href="../../files/aa/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/demo-0.9.tar.gz#sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" data-yanked="broken &lt;on&gt; &quot;3.14&quot; &amp; later">demo-0.9.tar.gz</a><br>
    <a href="../../files/aa/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/demo-1.0%2Blocal.1-py3-none-any.whl#sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" data-requires-python="&gt;=3.9,&lt;4" data-core-metadata="sha256=cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" data-dist-info-metadata="sha256=cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc">demo-1.0+local.1-py3-none-any.whl</a><br>
  </body>
</html>
<!--SERIAL 42-->
)");
}

TEST(SimplePage, yanked_without_a_reason_is_true_in_json_and_an_empty_value_in_html) {
  auto project = demo();
  project.files[0].yanked = "";
  const auto page = json::parse(project_json(project));
  EXPECT_EQ(page->at("files").at(0).at("yanked"), json::Value(true));
  EXPECT_NE(project_html(project).find(" data-yanked=\"\">"), std::string::npos);
}

TEST(SimplePage, a_withheld_file_is_not_listed_but_its_version_is) {
  auto project = demo();
  project.files[1].withheld = "release 1.0+local.1 of demo is blocked: secret";
  const auto page = json::parse(project_json(project));
  ASSERT_EQ(page->at("files").as_array().size(), 1U);
  EXPECT_EQ(page->at("files").at(0).at("filename"), json::Value("demo-0.9.tar.gz"));
  EXPECT_EQ(page->at("versions"), (json::Value{"0.9", "1.0+local.1"}));
  EXPECT_EQ(project_json(project).find("secret"), std::string::npos);
  EXPECT_EQ(project_html(project).find("local.1"), std::string::npos);
}

TEST(SimplePage, a_version_that_was_blocked_before_it_had_a_file_is_not_listed) {
  auto project = demo();
  project.releases.push_back({.version = *Version::parse("2.0"), .blocked = "its smoke check failed"});
  const auto page = json::parse(project_json(project));
  EXPECT_EQ(page->at("versions"), (json::Value{"0.9", "1.0+local.1"}));
}

TEST(SimplePage, shows_the_status_of_the_project_with_its_reason) {
  auto project = demo();
  project.state = {.status = ProjectStatus::deprecated, .reason = "use <other> & \"better\""};
  const auto page = json::parse(project_json(project));
  EXPECT_EQ(page->at("project-status"),
            (json::Value{{"status", "deprecated"}, {"reason", "use <other> & \"better\""}}));
  const auto html = project_html(project);
  EXPECT_NE(html.find("<meta name=\"pypi:project-status\" content=\"deprecated\">"), std::string::npos);
  EXPECT_NE(html.find("<meta name=\"pypi:project-status-reason\" "
                      "content=\"use &lt;other&gt; &amp; &quot;better&quot;\">"),
            std::string::npos);
}

TEST(SimplePage, a_file_with_attestations_links_to_them) {
  auto project = demo();
  project.files.at(0).provenance_sha256 = Sha256::of("provenance");
  const auto& file = project.files.at(0);
  const auto address =
      "../../integrity/demo/" + file.release.version.str() + "/" + file.filename + "/provenance";
  const auto page = json::parse(project_json(project));
  EXPECT_EQ(page->at("files").at(0).at("provenance").as_string(), address);
  EXPECT_FALSE(page->at("files").at(1).as_object().contains("provenance"));
  EXPECT_NE(project_html(project).find("data-provenance=\"" + address + "\""), std::string::npos);
}

TEST(SimplePage, attestations_have_an_absolute_url_where_the_public_url_is_configured) {
  auto project = demo();
  project.files.at(0).provenance_sha256 = Sha256::of("provenance");
  const auto& file = project.files.at(0);
  const PageLinks links{.public_url = "https://packages.example/prod"};
  const auto address = "https://packages.example/prod/integrity/demo/" + file.release.version.str() + "/" +
                       file.filename + "/provenance";
  const auto page = json::parse(project_json(project, links));
  EXPECT_EQ(page->at("files").at(0).at("provenance").as_string(), address);
  EXPECT_TRUE(page->at("files").at(0).at("url").as_string().starts_with("../../files/"));
  EXPECT_NE(project_html(project, links).find("data-provenance=\"" + address + "\""), std::string::npos);
}

TEST(SimplePage, links_begin_with_the_given_root) {
  const auto project = demo();
  EXPECT_NE(project_html(project, {.root = "../../../"}).find("href=\"../../../files/aa/"),
            std::string::npos);
  const auto page = json::parse(project_json(project, {.root = "../../../"}));
  EXPECT_TRUE(page->at("files").at(0).at("url").as_string().starts_with("../../../files/aa/"));
}

std::string root(Representation representation, std::span<const ProjectSummary> projects,
                 std::int64_t serial) {
  std::string page;
  RootList list(representation, serial, [&](std::string_view piece) {
    page += piece;
    return success();
  });
  for (const auto& project : projects)
    EXPECT_TRUE(list.add(project).ok());
  EXPECT_TRUE(list.finish().ok());
  return page;
}

TEST(SimplePage, root_in_both_representations) {
  const std::vector<ProjectSummary> projects{{.name = "demo", .serial = 3}, {.name = "nqctl", .serial = 7}};
  EXPECT_EQ(root(Representation::json, projects, 7),
            R"({"meta":{"_last-serial":7,"api-version":"1.4"},)"
            R"("projects":[{"name":"demo","_last-serial":3},{"name":"nqctl","_last-serial":7}]})");
  EXPECT_EQ(root(Representation::html, projects, 7), R"(<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="pypi:repository-version" content="1.4">
    <title>Simple index</title>
  </head>
  <body>
    <a href="demo/">demo</a><br>
    <a href="nqctl/">nqctl</a><br>
  </body>
</html>
<!--SERIAL 7-->
)");
}

TEST(RootList, holds_at_most_one_piece_and_returns_the_error_of_the_sink) {
  std::size_t longest = 0;
  bool full = false;
  RootList list(Representation::html, 1, [&](std::string_view piece) -> Status {
    longest = std::max(longest, piece.size());
    if (full) return Error{Errc::unavailable, "the disk is full", {}};
    return success();
  });
  for (int i = 0; i < 10'000; ++i)
    ASSERT_TRUE(list.add({.name = fmt::format("project-{}", i), .serial = 1}).ok());
  EXPECT_GT(longest, 0U);
  EXPECT_LE(longest, 65U << 10U);
  full = true;
  EXPECT_EQ(list.finish().error().message, "the disk is full");
}

TEST(SimplePage, an_index_without_projects_has_a_page) {
  EXPECT_EQ(root(Representation::json, {}, 0),
            R"({"meta":{"_last-serial":0,"api-version":"1.4"},"projects":[]})");
}

}  // namespace
}  // namespace packhouse::api
