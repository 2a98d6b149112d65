#include "upstream/explain.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/sqlite/open.hpp"
#include "sys/temporary_folder.hpp"
#include "upstream/page.hpp"

namespace packhouse::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ExplainTest : public ::testing::Test {
 protected:
  ExplainTest() { EXPECT_TRUE(store_->catalog().ensure_index("main", note(), now_).ok()); }

  static LedgerNote note() {
    return {.actor = {.kind = "system", .id = "test", .address = {}},
            .action = "test",
            .subject = "main",
            .reason = {},
            .detail = {}};
  }

  Explanation explained(std::string_view name, std::optional<Version> version = {}) {
    const auto reserved = *NameSet::parse({}, {"acme"});
    auto result =
        explain(*store_, reserved,
                {.index = "main", .name = *ProjectName::parse(name), .version = std::move(version)}, now_);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.ok() ? *result : Explanation{};
  }

  std::vector<std::string> lines(std::string_view name, std::optional<Version> version = {}) {
    std::vector<std::string> all;
    for (const auto& file : explained(name, std::move(version)).files)
      all.push_back(fmt::format("{} {}: {}", file.offered ? "+" : "-", file.filename, file.reason));
    return all;
  }

  void upload(std::string_view version) {
    const NewFile file{.file = {.id = 0,
                                .release = *ReleaseName::parse("demo", version),
                                .filename = fmt::format("demo-{}.tar.gz", version),
                                .kind = FileKind::sdist,
                                .sha256 = Sha256::of(version),
                                .blake2b_256 = std::string(64, 'b'),
                                .size = 4,
                                .requires_python = {},
                                .metadata_sha256 = {},
                                .uploaded = now_,
                                .yanked = {}}};
    ASSERT_TRUE(store_->files().add("main", file, [](const File&) { return note(); }, {}).ok());
  }

  void know_flask() {
    RemotePage page{.project = "flask", .files = {}};
    for (const char* version : {"3.0", "3.1"}) {
      RemoteFile file;
      file.filename = fmt::format("flask-{}.tar.gz", version);
      file.version = version;
      file.kind = FileKind::sdist;
      file.sha256 = Sha256::of(version);
      file.url = "https://files.example/" + file.filename;
      page.files.push_back(std::move(file));
    }
    page.files.back().yanked = "broken";
    page.leave_out("evil-1.0.tar.gz", "expected a file of flask, found one of evil");
    ASSERT_TRUE(store_->upstreams()
                    .put_page("main", "flask",
                              {.upstream = "https://up.example/simple/",
                               .document = json::dump(page.to_json()),
                               .etag = {},
                               .last_modified = {},
                               .read = now_})
                    .ok());
    ASSERT_TRUE(store_->upstreams()
                    .put_file("main", {.project = "flask",
                                       .filename = "flask-3.0.tar.gz",
                                       .sha256 = Sha256::of("3.0"),
                                       .size = 3,
                                       .metadata_sha256 = {},
                                       .url = "https://files.example/flask-3.0.tar.gz",
                                       .fetched = now_})
                    .ok());
  }

  TemporaryFolder folder_ = *TemporaryFolder::make();
  std::unique_ptr<MetadataStore> store_ = *open_sqlite_store((folder_.path() / "packhouse.db").string());
  Timestamp now_ = *parse_iso8601("2026-11-22T10:00:00Z");
};

TEST_F(ExplainTest, names_the_rule_that_keeps_a_name_here) {
  upload("1.0");
  EXPECT_FALSE(explained("demo").upstream);
  EXPECT_EQ(explained("demo").origin, "a project of this server has the name");
  EXPECT_EQ(explained("acme-core").origin, "the configuration reserves the prefix acme");
  EXPECT_EQ(explained("acme-core").page, "");
  EXPECT_TRUE(explained("flask").upstream);
}

TEST_F(ExplainTest, says_of_each_file_of_ours_why_it_is_offered_or_not) {
  upload("1.0");
  upload("2.0");
  const auto blocked = store_->release_states().block_release("main", *ReleaseName::parse("demo", "1.0"),
                                                              "leak", note(), now_);
  ASSERT_TRUE(blocked.ok());
  EXPECT_THAT(lines("demo"), ElementsAre("- demo-1.0.tar.gz: release 1.0 of demo is blocked: leak",
                                         "+ demo-2.0.tar.gz: offered"));
  EXPECT_THAT(lines("demo", *Version::parse("2.0.0")), ElementsAre("+ demo-2.0.tar.gz: offered"));
}

TEST_F(ExplainTest, says_of_each_file_of_an_upstream_why_it_is_offered_or_not) {
  know_flask();
  EXPECT_EQ(explained("flask").page,
            "the page of https://up.example/simple/, read 2026-11-22T10:00:00.000000Z");
  EXPECT_THAT(lines("flask"),
              ElementsAre("+ flask-3.0.tar.gz: offered; fetched 2026-11-22T10:00:00.000000Z from "
                          "https://files.example/flask-3.0.tar.gz",
                          "+ flask-3.1.tar.gz: offered, but yanked: broken; not fetched yet",
                          "- \"evil-1.0.tar.gz\": expected a file of flask, found one of evil"));
}

TEST_F(ExplainTest, a_private_name_hides_what_an_upstream_has_of_it) {
  know_flask();
  const NewFile file{.file = {.id = 0,
                              .release = *ReleaseName::parse("flask", "0.1"),
                              .filename = "flask-0.1.tar.gz",
                              .kind = FileKind::sdist,
                              .sha256 = Sha256::of("mine"),
                              .blake2b_256 = std::string(64, 'b'),
                              .size = 4,
                              .requires_python = {},
                              .metadata_sha256 = {},
                              .uploaded = now_,
                              .yanked = {}}};
  ASSERT_TRUE(store_->files().add("main", file, [](const File&) { return note(); }, {}).ok());
  EXPECT_THAT(lines("flask"), ElementsAre("+ flask-0.1.tar.gz: offered"));
}

TEST_F(ExplainTest, an_index_that_does_not_exist_is_an_error) {
  EXPECT_FALSE(
      explain(*store_, {}, {.index = "absent", .name = *ProjectName::parse("demo"), .version = {}}, now_)
          .ok());
  EXPECT_THAT(lines("absent"), IsEmpty());
}

}  // namespace
}  // namespace packhouse::upstream
