#include "index/import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "index/audit.hpp"
#include "index/remove.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;
using ::testing::ElementsAre;

const Actor console{.kind = "console", .id = "ada", .address = {}};

class ImportTest : public ::testing::Test {
 protected:
  ImportTest() : context_(site_.context(site_.listener)) {}

  FoundFile found(const std::string& filename, std::string_view bytes, std::string_view uploaded) {
    const auto path = folder_.path() / filename;
    std::ofstream(path, std::ios::binary) << bytes;
    return {.path = path, .filename = filename, .uploaded = parse_iso8601(uploaded).value()};
  }

  /// "added demo-1.0.tar.gz", and why.
  std::vector<std::string> import(const std::vector<FoundFile>& files, ImportRules rules = {}) {
    std::vector<std::string> lines;
    const auto run =
        Import(context_, *site_.disk, rules)
            .run(files, "packages", console, [&](const ImportedFile& imported) {
              lines.push_back(std::string(to_string(imported.outcome)) + " " + imported.file.filename +
                              (imported.reason.empty() ? "" : ": " + imported.reason.substr(0, 40)));
            });
    EXPECT_TRUE(run.ok()) << run.error().message;
    return lines;
  }

  File stored(std::string_view filename) { return site_.store->files().find("main", filename).value(); }

  void expect_sound() {
    const auto report = audit(*site_.store, *site_.blobs);
    ASSERT_TRUE(report.ok());
    for (const auto& finding : report->findings)
      ADD_FAILURE() << finding.kind << " " << finding.subject << ": " << finding.message;
  }

  TestIndex site_;
  Context context_;
  TemporaryFolder folder_ = TemporaryFolder::make().value();
  const std::string wheel_ = wheel_filename("demo", "1.0");
  const std::string sdist_ = sdist_filename("demo", "1.0");
};

TEST_F(ImportTest, keeps_upload_times_and_what_is_yanked) {
  auto old = found(sdist_, sdist_bytes("demo", "1.0"), "2015-06-07T08:09:10Z");
  old.yanked = "it lost data";
  const auto later = found(wheel_, wheel_bytes("demo", "1.0"), "2016-01-01T00:00:00Z");
  EXPECT_THAT(import({old, later}), ElementsAre("added " + sdist_, "added " + wheel_));
  EXPECT_EQ(stored(sdist_).uploaded, old.uploaded);
  EXPECT_EQ(stored(sdist_).yanked, "it lost data");
  EXPECT_EQ(stored(wheel_).uploaded, later.uploaded) << "more than closes-after lies between them";
  EXPECT_EQ(stored(wheel_).yanked, std::nullopt);
  EXPECT_TRUE(site_.blobs->open(*stored(wheel_).metadata_sha256).ok());
  expect_sound();
}

TEST_F(ImportTest, the_ledger_has_who_imported_what_from_where_and_when) {
  import({found(sdist_, sdist_bytes("demo", "1.0"), "2015-06-07T08:09:10Z")});
  const auto entry = site_.store->ledger().entries(0, 100)->back();
  EXPECT_EQ(entry.note.action, "file.import");
  EXPECT_EQ(entry.note.subject, "main/demo/1.0/" + sdist_);
  EXPECT_EQ(entry.note.actor.id, "ada");
  EXPECT_EQ(entry.time, site_.clock.now());
  EXPECT_EQ(entry.note.detail.at("from"), "packages");
  EXPECT_EQ(entry.note.detail.at("uploaded"), "2015-06-07T08:09:10.000000Z");
}

TEST_F(ImportTest, a_time_in_the_future_becomes_now) {
  import({found(sdist_, sdist_bytes("demo", "1.0"), "2099-01-01T00:00:00Z")});
  EXPECT_EQ(stored(sdist_).uploaded, site_.clock.now());
}

TEST_F(ImportTest, a_second_import_changes_nothing) {
  const std::vector files{found(sdist_, sdist_bytes("demo", "1.0"), "2015-06-07T08:09:10Z")};
  import(files);
  const auto before = site_.footprint();
  EXPECT_THAT(import(files), ElementsAre("present " + sdist_));
  EXPECT_EQ(site_.footprint(), before);
}

TEST_F(ImportTest, what_only_mirror_takes_is_taken_and_said_unless_it_is_to_be_strict) {
  const auto zip = std::filesystem::path(PACKHOUSE_SOURCE_DIR "/tests/real/old-demo-1.1.zip");
  const FoundFile old{
      .path = zip, .filename = "old-demo-1.1.zip", .uploaded = parse_iso8601("2012-01-01T00:00:00Z").value()};
  EXPECT_THAT(import({old}, {.lenient = false}),
              ElementsAre("refused old-demo-1.1.zip: file.name.extension: expected a filename"));
  EXPECT_FALSE(site_.store->files().find("main", "old-demo-1.1.zip").ok());
  EXPECT_THAT(import({old}),
              ElementsAre("lowered old-demo-1.1.zip: file.name.extension: expected a filename"));
  EXPECT_EQ(stored("old-demo-1.1.zip").uploaded, old.uploaded);
  expect_sound();
}

TEST_F(ImportTest, a_file_at_fault_ends_no_import_and_leaves_nothing) {
  const auto broken = found(wheel_, "no wheel", "2015-01-01T00:00:00Z");
  const auto before = site_.files_on_disk();
  EXPECT_THAT(import({broken}), ElementsAre(::testing::StartsWith("refused " + wheel_ + ": archive.")));
  EXPECT_EQ(site_.files_on_disk(), before);
  EXPECT_THAT(import({broken, found(sdist_, sdist_bytes("demo", "1.0"), "2016-01-01T00:00:00Z")}),
              ElementsAre(::testing::StartsWith("refused "), "added " + sdist_));
}

TEST_F(ImportTest, other_bytes_and_retired_names_are_refused) {
  ASSERT_TRUE(site_.add(wheel_, wheel_bytes("demo", "1.0")).ok());
  const auto other = found(wheel_, wheel_bytes("demo", "1.0", "x = 2\n"), "2015-01-01T00:00:00Z");
  EXPECT_THAT(import({other}),
              ElementsAre("refused " + wheel_ + ": File already exists: \"demo-1.0-py3-none-"));
  ASSERT_TRUE(remove_file(context_, "", wheel_, "why", console).ok());
  EXPECT_THAT(import({other}),
              ElementsAre(::testing::StartsWith("refused " + wheel_ + ": File already exists")));
}

TEST_F(ImportTest, a_dry_run_says_the_same_and_changes_nothing) {
  const std::vector files{found(sdist_, sdist_bytes("demo", "1.0"), "2015-06-07T08:09:10Z"),
                          found(wheel_, "no wheel", "2015-06-07T08:09:10Z")};
  const auto before = site_.footprint();
  EXPECT_THAT(import(files, {.dry_run = true}),
              ElementsAre("added " + sdist_, ::testing::StartsWith("refused " + wheel_ + ": archive.")));
  EXPECT_EQ(site_.footprint(), before);
}

}  // namespace
}  // namespace packhouse::index
