#include "index/audit.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "index/remove.hpp"
#include "index/testing/test_index.hpp"
#include "store/testing/raw_sqlite.hpp"

namespace packhouse::index {
namespace {

using namespace testing;
using packhouse::testing::RawSqlite;

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    EXPECT_TRUE(site_.add(wheel_filename("demo", "1.0"), wheel_bytes("demo", "1.0")).ok());
    EXPECT_TRUE(site_.add(sdist_filename("demo", "1.0"), sdist_bytes("demo", "1.0")).ok());
  }

  AuditReport report() {
    auto made = audit(*site_.store, *site_.blobs);
    EXPECT_TRUE(made.ok());
    return std::move(*made);
  }

  std::vector<std::string> kinds() {
    std::vector<std::string> found;
    for (const auto& finding : report().findings)
      found.push_back(finding.kind);
    return found;
  }

  Path path_of(const Sha256& digest) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(site_.folder.path())) {
      if (entry.path().parent_path().filename().string() + entry.path().filename().string() == digest.hex()) {
        return entry.path();
      }
    }
    throw std::runtime_error("no file for " + digest.hex());
  }

  TestIndex site_;
  const Sha256 wheel_ = Sha256::of(wheel_bytes("demo", "1.0"));
};

TEST_F(AuditTest, an_unchanged_index_is_sound) {
  const auto made = report();
  EXPECT_TRUE(made.sound());
  EXPECT_EQ(made.files, 2U);
  EXPECT_GT(made.bytes, 500U);
  EXPECT_EQ(made.ledger_entries, site_.ledger_length());
  EXPECT_TRUE(made.orphans.empty());
}

TEST_F(AuditTest, finds_a_project_whose_totals_are_not_those_of_its_files) {
  RawSqlite{(site_.folder.path() / "packhouse.db").native()}.run("UPDATE projects SET bytes = bytes + 1");
  ASSERT_EQ(kinds(), std::vector<std::string>{"project.totals"});
  EXPECT_EQ(report().findings.front().subject, "main/demo");
}

TEST_F(AuditTest, an_index_with_two_spellings_of_a_version_is_sound) {
  ASSERT_TRUE(site_.add(wheel_filename("two", "1.0"), wheel_bytes("two", "1.0")).ok());
  ASSERT_TRUE(site_.add(sdist_filename("two", "1.0.0"), sdist_bytes("two", "1.0.0")).ok());
  EXPECT_TRUE(report().sound());
  EXPECT_EQ(site_.store->ledger().entries(0, 1000)->back().note.subject, "main/two/1.0/two-1.0.0.tar.gz");
}

TEST_F(AuditTest, an_entry_of_before_with_the_file_s_own_spelling_is_sound) {
  auto file = *site_.store->files().find("main", wheel_filename("demo", "1.0"));
  file.filename = sdist_filename("two", "1.0.0");
  file.kind = FileKind::sdist;
  file.release = *ReleaseName::parse("two", "1.0.0");
  const auto note = [](const File& added) {
    return LedgerNote{.actor = {.kind = "token", .id = "1", .address = {}},
                      .action = "file.upload",
                      .subject = "main/two/1.0.0/two-1.0.0.tar.gz",
                      .reason = {},
                      .detail = {{"sha256", added.sha256.hex()}}};
  };
  ASSERT_TRUE(site_.add(wheel_filename("two", "1.0"), wheel_bytes("two", "1.0")).ok());
  ASSERT_TRUE(site_.store->files().add("main", {.file = file}, note, {}).ok());
  EXPECT_TRUE(report().sound());
}

TEST_F(AuditTest, finds_a_missing_blob) {
  ASSERT_TRUE(site_.blobs->remove(wheel_).ok());
  EXPECT_EQ(kinds(), std::vector<std::string>{"blob.missing"});
}

TEST_F(AuditTest, finds_a_blob_whose_bytes_changed) {
  const auto path = path_of(wheel_);
  std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(40);
  file.put('\xAA');
  file.close();
  EXPECT_EQ(kinds(), std::vector<std::string>{"blob.digest"});
}

TEST_F(AuditTest, finds_a_truncated_blob) {
  const auto path = path_of(wheel_);
  std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  std::filesystem::resize_file(path, 100);
  EXPECT_EQ(kinds(), std::vector<std::string>{"blob.size"});
}

TEST_F(AuditTest, finds_missing_metadata) {
  const auto file = site_.store->files().find("main", wheel_filename("demo", "1.0"));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(site_.blobs->remove(*file->metadata_sha256).ok());
  EXPECT_EQ(kinds(), std::vector<std::string>{"metadata.missing"});
}

TEST_F(AuditTest, a_deleted_file_is_not_reported_as_missing) {
  const auto context = site_.context(site_.listener);
  ASSERT_TRUE(remove_file(context, "demo", wheel_filename("demo", "1.0"), "why",
                          {.kind = "console", .id = "root", .address = {}})
                  .ok());
  const auto made = report();
  EXPECT_TRUE(made.sound());
  EXPECT_EQ(made.files, 1U);
  EXPECT_EQ(made.orphans.size(), 2U) << "its bytes and its metadata stay until gc";
}

TEST_F(AuditTest, an_orphan_is_listed_and_gc_removes_it_and_nothing_else) {
  const auto orphan = site_.blobs->put("left by a crash");
  ASSERT_TRUE(orphan.ok());
  const auto made = report();
  EXPECT_TRUE(made.sound());
  ASSERT_EQ(made.orphans.size(), 1U);
  EXPECT_EQ(made.orphans[0].digest, *orphan);
  EXPECT_EQ(made.orphans[0].size, 15U);

  const auto before = site_.blob_count();
  const auto garbage = find_garbage(*site_.store, *site_.blobs);
  ASSERT_TRUE(garbage.ok());
  EXPECT_EQ(garbage->blobs, before);
  ASSERT_EQ(garbage->orphans.size(), 1U);
  ASSERT_TRUE(remove_garbage(*site_.blobs, *garbage).ok());
  EXPECT_EQ(site_.blob_count(), before - 1);
  EXPECT_FALSE(site_.blobs->open(*orphan).ok());
  EXPECT_TRUE(report().sound());
}

TEST(Garbage, is_suspicious_where_it_is_most_of_many_blobs) {
  const auto suspicious = [](std::size_t orphans, std::uint64_t blobs) {
    Garbage garbage{.orphans = {}, .blobs = blobs};
    garbage.orphans.assign(orphans, {.digest = Sha256::of("x"), .size = 1});
    return garbage.suspicious();
  };
  EXPECT_FALSE(suspicious(15, 15));
  EXPECT_TRUE(suspicious(16, 16));
  EXPECT_TRUE(suspicious(9, 16));
  EXPECT_FALSE(suspicious(8, 16));
  EXPECT_FALSE(suspicious(0, 1000));
}

TEST_F(AuditTest, reports_a_row_without_the_row_that_it_belongs_to) {
  RawSqlite database{(site_.folder.path() / "packhouse.db").native()};
  database.run("PRAGMA foreign_keys = OFF; DELETE FROM releases");
  const auto made = report();
  ASSERT_FALSE(made.sound());
  EXPECT_EQ(made.findings.front().kind, "database.damaged");
  EXPECT_EQ(made.findings.front().message, "files has a row without its releases");
  const auto garbage = find_garbage(*site_.store, *site_.blobs);
  ASSERT_FALSE(garbage.ok());
  EXPECT_EQ(garbage.error().code, Errc::conflict);
}

TEST_F(AuditTest, the_report_as_json_names_everything) {
  ASSERT_TRUE(site_.blobs->remove(wheel_).ok());
  const auto object = to_json(report());
  EXPECT_EQ(object.at("sound"), json::Value(false));
  EXPECT_EQ(object.at("files").to_number<int>(), 2);
  EXPECT_EQ(object.at("findings").at(0).at("kind"), json::Value("blob.missing"));
  EXPECT_EQ(object.at("findings").at(0).at("subject"),
            json::Value("main/demo/1.0/" + wheel_filename("demo", "1.0")));
}

}  // namespace
}  // namespace packhouse::index
