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
    auto result = explain(*store_, reserved,
                          {.index = "main",
                           .name = *ProjectName::parse(name),
                           .version = std::move(version),
                           .policies = policies_},
                          now_);
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
  std::optional<std::vector<NamedPolicy>> policies_ = {};
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

TEST_F(ExplainTest, says_which_upstream_is_asked_and_which_is_not) {
  policies_ = {{.upstream = "https://one.example/simple/", .policy = {.deny = *NameSet::parse({"flask"})}},
               {.upstream = "https://up.example/simple/", .policy = {}}};
  const auto explanation = explained("flask");
  ASSERT_EQ(explanation.upstreams.size(), 2U);
  EXPECT_EQ(explanation.upstreams.front().refusal, "its setting deny has the name");
  EXPECT_EQ(explanation.upstreams.back().refusal, "");
  EXPECT_THAT(explained("acme-core").upstreams, IsEmpty()) << "none of them is asked";
}

TEST_F(ExplainTest, a_page_of_an_upstream_that_may_not_give_it_offers_nothing) {
  know_flask();
  policies_ = {{.upstream = "https://up.example/simple/", .policy = {.deny = *NameSet::parse({"flask"})}}};
  EXPECT_EQ(
      lines("flask").front(),
      "- flask-3.0.tar.gz: not offered: the upstream is not asked, since its setting deny has the name");
  policies_->clear();
  EXPECT_EQ(lines("flask").front(),
            "- flask-3.0.tar.gz: not offered: the configuration of the index does not have its upstream");
}

TEST_F(ExplainTest, says_when_a_held_file_opens_and_by_which_exception_one_is_open) {
  know_flask();
  policies_ = {
      {.upstream = "https://up.example/simple/", .policy = {.minimum_age = std::chrono::seconds{60}}}};
  EXPECT_EQ(lines("flask").front(),
            "- flask-3.0.tar.gz: held: files must be 60 s old, and its upstream does not say when it was "
            "uploaded");
  ASSERT_TRUE(store_->upstreams()
                  .allow("main",
                         {.project = "flask",
                          .version = "3.1",
                          .until = *parse_iso8601("2026-12-01T00:00:00Z"),
                          .reason = "the fix",
                          .made = now_},
                         note())
                  .ok());
  EXPECT_EQ(lines("flask").front().front(), '-') << "the exception is for another version";
  EXPECT_EQ(
      lines("flask").at(1),
      "+ flask-3.1.tar.gz: offered, but yanked: broken; not fetched yet; by an exception from minimum-age "
      "until 2026-12-01T00:00:00.000000Z: the fix");
}

TEST_F(ExplainTest, a_private_name_hides_what_an_upstream_has_of_it) {
  know_flask();
  const ReservedName reserved{.name = "flask", .prefix = false, .reason = "ours", .made = now_};
  ASSERT_TRUE(store_->upstreams().reserve(reserved, note()).ok());
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
      explain(*store_, {},
              {.index = "absent", .name = *ProjectName::parse("demo"), .version = {}, .policies = {}}, now_)
          .ok());
  EXPECT_THAT(lines("absent"), IsEmpty());
}

}  // namespace
}  // namespace packhouse::upstream
