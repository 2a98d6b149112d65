#include "index/backup.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "blob/fs/fs_blob_store.hpp"
#include "index/audit.hpp"
#include "index/restore.hpp"
#include "index/testing/test_index.hpp"
#include "store/sqlite/open.hpp"
#include "store/testing/raw_sqlite.hpp"
#include "sys/testing/faulty_file_system.hpp"
#include "sys/testing/unsynced_file_system.hpp"

namespace packhouse::index {
namespace {

using namespace testing;
using packhouse::testing::RawSqlite;

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() {
    add("1.0");
    add("2.0");
  }

  void add(std::string_view version) {
    ASSERT_TRUE(site_.add(wheel_filename("demo", version), wheel_bytes("demo", version)).ok());
  }

  BackupRequest request() {
    site_.clock.sleep(std::chrono::seconds{1});
    return {.data = site_.folder.path(), .to = to_, .now = site_.clock.now()};
  }

  BackupReport back_up_now() {
    auto made = back_up(*site_.disk, database_, request());
    if (!made.ok()) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }

  std::vector<std::string> findings(const std::optional<std::string>& key = {}) {
    const auto verified = verify_backups(*site_.disk, database_, to_, key);
    if (!verified.ok()) return {verified.error().message};
    std::vector<std::string> messages;
    for (const auto& finding : verified->findings)
      messages.push_back(finding.message);
    return messages;
  }

  Path restored() const { return room_.path() / "restored"; }

  static void spoil(const Path& path) {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.put('\0');
  }

  Sha256 wheel(std::string_view version) const { return Sha256::of(wheel_bytes("demo", version)); }

  TestIndex site_;
  TemporaryFolder room_ = std::move(*TemporaryFolder::make());
  Path to_ = room_.path() / "backup";
  DatabaseFile database_{
      .copy = [](const Path& from, const Path& to) { return copy_sqlite_database(from, to); },
      .read = [](const Path& path) { return read_sqlite_copy(path); }};
};

TEST_F(BackupTest, a_second_one_copies_what_is_new) {
  const auto first = back_up_now();
  EXPECT_EQ(first.blobs, site_.blob_count());
  EXPECT_EQ(first.new_blobs, first.blobs);
  EXPECT_EQ(first.head.entries, site_.ledger_length());

  EXPECT_EQ(back_up_now().new_blobs, 0U);
  add("3.0");
  const auto third = back_up_now();
  EXPECT_EQ(third.new_blobs, 2U) << "the wheel and its METADATA";
  EXPECT_EQ(third.blobs, first.blobs + 2);
  EXPECT_EQ(findings(), std::vector<std::string>{});
}

TEST_F(BackupTest, copied_blobs_are_those_of_the_index) {
  auto copied = request();
  copied.link = false;
  EXPECT_EQ(back_up(*site_.disk, database_, copied)->new_blobs, site_.blob_count());
  EXPECT_EQ(std::filesystem::hard_link_count(fs_blob_path(to_, wheel("1.0"))), 1U);
  EXPECT_EQ(findings(), std::vector<std::string>{});
}

TEST_F(BackupTest, a_restored_index_is_the_one_that_was_backed_up) {
  const auto made = back_up_now();
  add("3.0");
  const auto back = restore(*site_.disk, database_, to_, {}, restored());
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->snapshot, made.snapshot);

  const auto store = open_sqlite_store((restored() / "packhouse.db").native());
  const auto blobs = open_fs_blob_store(*site_.disk, restored());
  ASSERT_TRUE(store.ok());
  const auto audited = audit(**store, **blobs);
  EXPECT_TRUE(audited->sound());
  EXPECT_EQ(audited->files, 2U);
  EXPECT_EQ(audited->ledger_entries, made.head.entries);
  EXPECT_EQ(*(*blobs)->read(wheel("2.0"), 1U << 20U), wheel_bytes("demo", "2.0"));
}

TEST_F(BackupTest, an_older_snapshot_can_be_restored) {
  const auto first = back_up_now();
  add("3.0");
  back_up_now();
  ASSERT_TRUE(restore(*site_.disk, database_, to_, first.snapshot, restored()).ok());
  EXPECT_FALSE(std::filesystem::exists(fs_blob_path(restored(), wheel("3.0"))));
  const auto none = restore(*site_.disk, database_, to_, "yesterday", room_.path() / "other");
  EXPECT_EQ(none.error().code, Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(room_.path() / "other"));
}

TEST_F(BackupTest, a_folder_that_holds_anything_is_not_restored_into) {
  back_up_now();
  const auto refused = restore(*site_.disk, database_, to_, {}, site_.folder.path());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(site_.footprint().ledger_entries, site_.ledger_length());
}

TEST_F(BackupTest, a_file_removed_after_the_database_was_copied_is_no_damage) {
  int copies = 0;
  database_.copy = [&](const Path& from, const Path& to) {
    auto copied = copy_sqlite_database(from, to);
    if (++copies == 1) {  // what a server does to the files of a session that ends
      RawSqlite{(site_.folder.path() / "packhouse.db").native()}.run(
          "DELETE FROM files WHERE filename LIKE '%2.0%'");
      EXPECT_TRUE(site_.blobs->remove(wheel("2.0")).ok());
    }
    return copied;
  };
  const auto made = back_up_now();
  EXPECT_EQ(copies, 2);
  EXPECT_TRUE(made.damaged.empty());
  EXPECT_EQ(findings(), std::vector<std::string>{});
}

TEST_F(BackupTest, what_the_index_lost_is_named_and_the_rest_is_kept) {
  ASSERT_TRUE(site_.blobs->remove(wheel("1.0")).ok());
  std::ofstream{fs_blob_path(site_.folder.path(), wheel("2.0"))} << "other bytes";
  const auto made = back_up_now();
  auto lost = std::vector{wheel("1.0"), wheel("2.0")};
  std::ranges::sort(lost);
  EXPECT_EQ(made.damaged, lost);
  EXPECT_EQ(made.missing, lost);
  EXPECT_EQ(findings().size(), 2U);
  EXPECT_TRUE(restore(*site_.disk, database_, to_, {}, restored()).ok());
}

TEST_F(BackupTest, what_the_index_lost_since_the_last_backup_stays_in_it) {
  back_up_now();
  ASSERT_TRUE(site_.blobs->remove(wheel("1.0")).ok());
  const auto made = back_up_now();
  EXPECT_EQ(made.damaged, std::vector{wheel("1.0")});
  EXPECT_TRUE(made.missing.empty());
  EXPECT_EQ(findings(), std::vector<std::string>{});
}

TEST_F(BackupTest, a_changed_byte_anywhere_in_it_is_found) {
  const auto made = back_up_now();
  const auto snapshot = to_ / "snapshots" / made.snapshot;
  for (const auto& path : {snapshot / "packhouse.db", snapshot / "blobs.txt", snapshot / "backup.json",
                           fs_blob_path(to_, wheel("1.0"))}) {
    std::filesystem::copy_file(path, room_.path() / "kept");
    std::filesystem::remove(path);  // a blob may be a link to that of the index
    std::filesystem::copy_file(room_.path() / "kept", path);
    spoil(path);
    EXPECT_FALSE(findings().empty()) << path;
    EXPECT_FALSE(restore(*site_.disk, database_, to_, {}, restored()).ok()) << path;
    EXPECT_FALSE(std::filesystem::exists(restored() / "packhouse.db"));
    std::filesystem::remove_all(restored());
    std::filesystem::rename(room_.path() / "kept", path);
  }
  EXPECT_EQ(findings(), std::vector<std::string>{});
}

TEST_F(BackupTest, a_signature_is_of_the_key_that_the_caller_knows) {
  const auto key = SigningKey::generate();
  auto signed_request = request();
  signed_request.key = &key;
  ASSERT_TRUE(back_up(*site_.disk, database_, signed_request).ok());
  EXPECT_EQ(findings(), std::vector<std::string>{});
  EXPECT_EQ(findings(key.public_pem()), std::vector<std::string>{});
  EXPECT_EQ(findings(SigningKey::generate().public_pem()).size(), 1U);
  back_up_now();
  EXPECT_EQ(findings(key.public_pem()), std::vector<std::string>{"it has no signature"});
}

TEST_F(BackupTest, the_newest_are_kept_with_what_they_need) {
  back_up_now();
  RawSqlite{(site_.folder.path() / "packhouse.db").native()}.run(
      "DELETE FROM files WHERE filename LIKE '%1.0%'");
  const auto second = back_up_now();
  EXPECT_EQ(*prune_backups(*site_.disk, to_, 1), 2U) << "the wheel and its METADATA";
  EXPECT_EQ(*BackupFolder(*site_.disk, to_).names(), std::vector{second.snapshot});
  EXPECT_EQ(findings(), std::vector<std::string>{});
  EXPECT_EQ(*prune_backups(*site_.disk, to_, 1), 0U);
}

TEST_F(BackupTest, a_damaged_database_leaves_the_snapshots_of_before) {
  const auto first = back_up_now();
  RawSqlite{(site_.folder.path() / "packhouse.db").native()}.run("PRAGMA wal_checkpoint(TRUNCATE)");
  site_.store.reset();
  {
    std::fstream file{site_.folder.path() / "packhouse.db", std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(4096);
    file << std::string(100'000, 'x');
  }
  const auto refused = back_up(*site_.disk, database_, request());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::conflict) << refused.error().message;
  EXPECT_EQ(*BackupFolder(*site_.disk, to_).names(), std::vector{first.snapshot});
  EXPECT_EQ(findings(), std::vector<std::string>{});
}

class BackupFaultTest : public BackupTest, public ::testing::WithParamInterface<bool> {
 protected:
  BackupRequest linking() {
    auto made = request();
    made.link = GetParam();
    return made;
  }
};

INSTANTIATE_TEST_SUITE_P(Blobs, BackupFaultTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "linked" : "copied"; });

TEST_P(BackupFaultTest, a_fault_of_the_disk_leaves_a_sound_backup) {
  UnsyncedFileSystem disk;
  FaultyFileSystem faulty{disk};
  ASSERT_TRUE(back_up(faulty, database_, linking()).ok());
  std::uint64_t failed = 0;
  for (std::uint64_t call = 1;; ++call) {
    const auto earlier = BackupFolder(disk, to_).names()->size();
    std::filesystem::remove(fs_blob_path(to_, wheel("2.0")));  // which no complete snapshot may be without
    faulty.fail_call(call);
    const auto made = back_up(faulty, database_, linking());
    const bool beyond = faulty.calls() < call;
    faulty.recover();
    if (beyond) break;
    if (made.ok()) {
      EXPECT_EQ(findings(), std::vector<std::string>{}) << "call " << call;
      continue;
    }
    ++failed;
    EXPECT_EQ(made.error().code, Errc::unavailable) << made.error().message;
    EXPECT_LE(BackupFolder(disk, to_).names()->size(), earlier + 1);
  }
  EXPECT_GT(failed, 20U);
  EXPECT_EQ(findings(), std::vector<std::string>{});
}

TEST_F(BackupTest, a_restore_that_fails_leaves_no_index) {
  back_up_now();
  UnsyncedFileSystem disk;
  FaultyFileSystem faulty{disk};
  for (std::uint64_t call = 1;; ++call) {
    faulty.fail_call(call);
    const auto back = restore(faulty, database_, to_, {}, restored());
    const bool beyond = faulty.calls() < call;
    faulty.recover();
    if (beyond) break;
    if (!back.ok() && std::filesystem::exists(restored() / "packhouse.db")) {
      // Only the last syncs of names may still fail then.
      EXPECT_TRUE(open_sqlite_store((restored() / "packhouse.db").native()).ok());
    }
    std::filesystem::remove_all(restored());
  }
  EXPECT_TRUE(std::filesystem::exists(restored() / "packhouse.db"));
}

}  // namespace
}  // namespace packhouse::index
