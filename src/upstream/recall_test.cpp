#include "upstream/recall.hpp"

#include <gmock/gmock.h>

#include "store/sqlite/open.hpp"
#include "store/testing/scratch_folder.hpp"

namespace packhouse::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view wheel = "demo-1.0-py3-none-any.whl";

UpstreamFile fetched(std::string_view bytes = "bytes") {
  return {.project = "demo",
          .filename = std::string(wheel),
          .sha256 = Sha256::of(bytes),
          .size = bytes.size(),
          .metadata_sha256 = {},
          .url = "https://files.example/demo.whl",
          .fetched = {}};
}

RemotePage page_with(std::optional<std::string> yanked = {}) {
  RemotePage page{.project = "demo", .state = {}, .files = {}};
  page.files.push_back({.filename = std::string(wheel),
                        .version = "1.0",
                        .sha256 = Sha256::of("bytes"),
                        .size = {},
                        .uploaded = {},
                        .requires_python = {},
                        .yanked = std::move(yanked),
                        .metadata_sha256 = {},
                        .provenance = {},
                        .url = "https://files.example/demo.whl"});
  return page;
}

TEST(RecallOf, a_file_that_is_offered_as_before_is_not_recalled) {
  const auto page = page_with();
  EXPECT_FALSE(recall_of(&page, fetched()));
}

TEST(RecallOf, a_file_that_no_page_has_was_deleted) {
  const auto page = page_with();
  EXPECT_EQ(recall_of(&page, fetched("other bytes"))->cause, RecallCause::deleted);
  EXPECT_EQ(recall_of(nullptr, fetched())->cause, RecallCause::deleted);
}

TEST(RecallOf, a_yanked_file_has_the_reason_of_the_upstream) {
  const auto page = page_with("broken");
  EXPECT_EQ(recall_of(&page, fetched())->cause, RecallCause::yanked);
  EXPECT_EQ(recall_of(&page, fetched())->reason, "broken");
}

TEST(RecallOf, a_quarantined_project_has_all_its_files_recalled) {
  RemotePage page{
      .project = "demo", .state = {.status = ProjectStatus::quarantined, .reason = "malware"}, .files = {}};
  EXPECT_EQ(recall_of(&page, fetched())->cause, RecallCause::quarantined);
  EXPECT_EQ(recall_of(&page, fetched())->reason, "malware");
}

class RecalledFilesTest : public ::testing::Test {
 protected:
  RecalledFilesTest() {
    EXPECT_TRUE(store_->catalog().ensure_index("main", note(), now_).ok());
    EXPECT_TRUE(store_->files().add("main", file(), [](const File&) { return note(); }, {}).ok());
  }

  static LedgerNote note() {
    return {.actor = {.kind = "system", .id = "test", .address = {}},
            .action = "test",
            .subject = "main",
            .reason = {},
            .detail = {}};
  }
  NewFile file() const {
    return {.file = {.id = 0,
                     .release = *ReleaseName::parse("demo", "1.0"),
                     .filename = std::string(wheel),
                     .kind = FileKind::wheel,
                     .sha256 = Sha256::of("bytes"),
                     .blake2b_256 = std::string(64, 'b'),
                     .size = 5,
                     .requires_python = {},
                     .metadata_sha256 = Sha256::of("metadata"),
                     .uploaded = now_,
                     .yanked = {}}};
  }
  void download(std::string_view filename = wheel) {
    const DownloadTally tally{.index = "main",
                              .project = "demo",
                              .version = "1.0",
                              .filename = std::string(filename),
                              .sha256 = Sha256::of("bytes"),
                              .actor = {.kind = "token", .id = "7", .address = "192.0.2.1"},
                              .first = now_,
                              .last = now_};
    ASSERT_TRUE(store_->downloads().add(std::vector{tally}).ok());
  }
  /// "REASON by CALLERS" of each.
  std::vector<std::string> recalled(const std::optional<Version>& version = {}) {
    std::vector<std::string> all;
    for (const auto& file : *recalled_files(*store_, "main", *ProjectName::parse("demo"), version)) {
      all.push_back(file.reason + " by " + std::to_string(file.downloads.size()));
    }
    return all;
  }

  const Timestamp now_{std::chrono::seconds{1'800'000'000}};
  packhouse::testing::ScratchFolder folder_;
  std::unique_ptr<MetadataStore> store_ = *open_sqlite_store((folder_.path() / "packhouse.db").native());
};

TEST_F(RecalledFilesTest, a_file_that_is_offered_is_not_among_them) {
  download();
  EXPECT_THAT(recalled(), IsEmpty());
  EXPECT_THAT(*recallable_projects(*store_, "main"), ElementsAre("demo"));
}

TEST_F(RecalledFilesTest, a_yanked_file_is_among_them_with_who_fetched_it) {
  download();
  const auto release = *ReleaseName::parse("demo", "1.0");
  ASSERT_TRUE(store_->release_states().yank_release("main", release, "it loses data", note(), now_).ok());
  EXPECT_THAT(recalled(), ElementsAre("yanked: it loses data by 1"));
  EXPECT_THAT(recalled(*Version::parse("1.0.0")), ElementsAre("yanked: it loses data by 1"));
  EXPECT_THAT(recalled(*Version::parse("2.0")), IsEmpty());
}

TEST_F(RecalledFilesTest, a_deleted_file_is_among_them_when_it_was_fetched) {
  download();
  ASSERT_TRUE(store_->files().remove("main", wheel, note(), now_).ok());
  EXPECT_THAT(recalled(), ElementsAre("deleted here by 1"));
  EXPECT_THAT(*recallable_projects(*store_, "main"), ElementsAre("demo"));
}

}  // namespace
}  // namespace packhouse::upstream
