#include "index/repair.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "blob/fs/fs_blob_store.hpp"
#include "index/audit.hpp"
#include "index/testing/test_index.hpp"
#include "store/ledger.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

/// A wheel in an index, and the same upload once more.
class RepairTest : public ::testing::Test {
 protected:
  RepairTest() { EXPECT_TRUE(site_.add(name_, bytes_).ok()); }

  File stored() const { return *site_.store->files().find("main", name_); }
  Path path_of(const Sha256& digest) const { return fs_blob_path(site_.folder.path(), digest); }
  void lose(const Sha256& digest) const { EXPECT_TRUE(std::filesystem::remove(path_of(digest))); }
  void flip_a_byte(const Sha256& digest) const {
    std::fstream file(path_of(digest), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(10);
    file.put('~');
  }
  /// EIO for who reads it.
  void make_unreadable(const Sha256& digest) const {
    lose(digest);
    std::filesystem::create_symlink("/proc/self/mem", path_of(digest));
  }
  void cut_short(const Sha256& digest) const { std::filesystem::resize_file(path_of(digest), 10); }

  /// What the ledger says of it.
  std::string upload_again() {
    const auto before = site_.ledger_length();
    const auto again = site_.add(name_, bytes_);
    EXPECT_TRUE(again.ok() && again->outcome == Recorded::identical && again->repaired);
    const auto entries = site_.store->ledger().entries(before, 10);
    EXPECT_EQ(entries->size(), 1U);
    const auto& note = entries->back().note;
    EXPECT_EQ(note.action, "file.repair");
    EXPECT_EQ(note.subject, "main/demo/1.0/" + name_);
    return json::canonical(note.detail.at("was"));
  }
  bool is_sound() {
    const auto report = audit(*site_.store, *site_.blobs);
    return report.ok() && report->sound();
  }

  TestIndex site_;
  const std::string name_ = wheel_filename("demo", "1.0");
  const std::string bytes_ = wheel_bytes("demo", "1.0");
};

TEST_F(RepairTest, the_same_upload_puts_back_a_file_that_is_missing) {
  lose(stored().sha256);
  ASSERT_FALSE(is_sound());
  EXPECT_EQ(upload_again(), R"({"file":"missing"})");
  EXPECT_TRUE(is_sound());
}

TEST_F(RepairTest, the_same_upload_replaces_other_bytes_of_any_length) {
  flip_a_byte(stored().sha256);
  EXPECT_EQ(upload_again(), R"({"file":"other bytes"})");
  EXPECT_TRUE(is_sound());
  cut_short(stored().sha256);
  EXPECT_EQ(upload_again(), R"({"file":"other bytes"})");
  EXPECT_TRUE(is_sound());
}

TEST_F(RepairTest, the_same_upload_replaces_what_the_disk_does_not_read) {
  make_unreadable(stored().sha256);
  const auto report = audit(*site_.store, *site_.blobs);
  ASSERT_EQ(report->findings.size(), 1U);
  EXPECT_EQ(report->findings[0].kind, "blob.unreadable");
  EXPECT_EQ(upload_again(), R"({"file":"unreadable"})");
  EXPECT_TRUE(is_sound());
}

TEST_F(RepairTest, a_sound_file_is_left_as_it_is) {
  const auto before = site_.footprint();
  const auto again = site_.add(name_, bytes_);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->repaired);
  EXPECT_EQ(site_.footprint(), before);
}

TEST_F(RepairTest, metadata_is_made_from_the_wheel_once_more) {
  lose(*stored().metadata_sha256);
  EXPECT_EQ(upload_again(), R"({"metadata":"missing"})");
  flip_a_byte(*stored().metadata_sha256);
  lose(stored().sha256);
  EXPECT_EQ(upload_again(), R"({"file":"missing","metadata":"other bytes"})");
  EXPECT_TRUE(is_sound());
}

TEST_F(RepairTest, other_bytes_under_the_filename_repair_nothing) {
  lose(stored().sha256);
  const auto other = site_.add(name_, wheel_bytes("demo", "1.0", "x = 2\n"));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, Errc::conflict);
  EXPECT_FALSE(is_sound());
}

/// The files that a team has kept, beside others.
class RepairFromFolderTest : public RepairTest {
 protected:
  RepairFromFolderTest() { keep("notes/readme.txt", "x"); }

  void keep(const Path& name, std::string_view bytes) const {
    const auto path = kept_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::vector<std::string> repair_all() {
    const auto found = audit(*site_.store, *site_.blobs);
    const auto done = repair_files(*site_.store, *site_.blobs, found->damaged,
                                   {.disk = *site_.disk, .folders = {kept_.path()}}, operator_, site_.clock);
    EXPECT_TRUE(done.ok()) << done.error().message;
    return done.ok() ? *done : std::vector<std::string>{};
  }

  const Actor operator_{.kind = "console", .id = "ada", .address = {}};
  TemporaryFolder kept_ = *TemporaryFolder::make();
  const std::string subject_ = "main/demo/1.0/" + name_;
};

TEST_F(RepairFromFolderTest, bytes_are_found_by_their_digest_under_any_name) {
  keep("deep/below/other-name.bin", bytes_);
  keep("of-the-same-length", std::string(bytes_.size(), 'x'));
  flip_a_byte(stored().sha256);
  lose(*stored().metadata_sha256);
  EXPECT_EQ(repair_all(), (std::vector{subject_ + ": file", subject_ + ": metadata"}));
  EXPECT_TRUE(is_sound());
  EXPECT_EQ(site_.store->ledger().entries(1, 10)->back().note.action, "file.repair");
  EXPECT_EQ(repair_all(), std::vector<std::string>{});
}

TEST_F(RepairFromFolderTest, metadata_needs_no_folder) {
  make_unreadable(*stored().metadata_sha256);
  EXPECT_EQ(repair_all(), std::vector{subject_ + ": metadata"});
  EXPECT_TRUE(is_sound());
}

TEST_F(RepairFromFolderTest, what_no_folder_has_stays_as_it_is) {
  lose(stored().sha256);
  const auto before = site_.footprint();
  EXPECT_EQ(repair_all(), std::vector<std::string>{});
  EXPECT_EQ(site_.footprint(), before);
  EXPECT_FALSE(is_sound());
}

TEST_F(RepairFromFolderTest, a_folder_that_is_not_there_is_an_error) {
  lose(stored().sha256);
  const auto found = audit(*site_.store, *site_.blobs);
  const auto done =
      repair_files(*site_.store, *site_.blobs, found->damaged,
                   {.disk = *site_.disk, .folders = {kept_.path() / "none"}}, operator_, site_.clock);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, Errc::invalid_input);
}

TEST_F(RepairTest, a_disk_that_takes_nothing_leaves_no_entry_of_a_repair) {
  lose(stored().sha256);
  const auto before = site_.ledger_length();
  std::filesystem::remove_all(path_of(stored().sha256).parent_path());
  EXPECT_FALSE(site_.add(name_, bytes_).ok());
  EXPECT_EQ(site_.ledger_length(), before);
}

}  // namespace
}  // namespace packhouse::index
