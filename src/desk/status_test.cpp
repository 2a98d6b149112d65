#include "desk/status.hpp"

#include <gmock/gmock.h>

#include "sys/testing/memory_file_system.hpp"

namespace packhouse::desk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string sdist = "demo-1.0.tar.gz";
const std::string wheel = "demo-1.0-py3-none-any.whl";

class OverviewTest : public ::testing::Test {
 public:
  journal::Journal journal(std::string_view version) {
    return journal::Journal::open(
               disk, clock, redactor,
               journal::release_folder("/state", ReleaseName::parse("demo", version).value()))
        .value();
  }
  /// A promotion that went all the way.
  void release(std::string_view version, const std::string& sdist_name, const std::string& wheel_name) {
    const auto manifest =
        dist::Manifest::make({{sdist_name, 1, Sha256::of("s")}, {wheel_name, 1, Sha256::of("w")}}).value();
    journal::Journal record = journal(version);
    ASSERT_TRUE(record.intent("verify", {{"run", 7}, {"actor", "ada"}}).ok());
    ASSERT_TRUE(
        record.outcome("verify", {{"result", "passed"}, {"manifest", journal::to_json(manifest)}}).ok());
    ASSERT_TRUE(record.outcome("release", {{"result", "released"}, {"run", 7}}).ok());
  }
  std::vector<VersionOverview> overview() { return read_overview(place, demo).value(); }
  static client::PageFile file(const std::string& name, std::string_view content) {
    return {.filename = name, .url = name, .sha256 = Sha256::of(content).hex(), .yanked = false};
  }
  IndexState state_on(const std::vector<client::PageFile>& page) {
    auto versions = overview();
    compare_with_page(versions, demo, page);
    return versions.front().index;
  }

  const ProjectName demo = ProjectName::parse("demo").value();
  MemoryFileSystem disk;
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor;
  JournalPlace place{disk, clock, redactor, "/state"};
};

TEST_F(OverviewTest, no_journal_is_an_empty_list) {
  EXPECT_THAT(overview(), IsEmpty());
}

TEST_F(OverviewTest, lists_versions_newest_first_with_their_states) {
  release("1.0", sdist, wheel);
  ASSERT_TRUE(journal("1.10").intent("fetch", {{"run", 9}}).ok());
  ASSERT_TRUE(disk.make_folders("/state/releases/demo/not-a-version").ok());
  ASSERT_TRUE(disk.make_folders("/state/releases/demo/3.0").ok());
  const auto versions = overview();
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].version.str(), "1.10");
  EXPECT_EQ(versions[0].state.kind, journal::ReleaseState::Kind::unfinished);
  EXPECT_EQ(versions[0].run, 9);
  EXPECT_EQ(versions[1].state.kind, journal::ReleaseState::Kind::released);
  EXPECT_EQ(versions[1].manifest->entries().size(), 2U);
}

TEST_F(OverviewTest, a_broken_journal_does_not_hide_the_others) {
  release("1.0", sdist, wheel);
  ASSERT_TRUE(journal("2.0").intent("fetch", {}).ok());
  auto spoiled = disk.append("/state/releases/demo/2.0/journal.jsonl").value();
  ASSERT_TRUE(spoiled->write("{\"hash\":\"0\",\"prev_hash\":\"0\"}\n").ok());
  const auto versions = overview();
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].broken->code, Errc::conflict);
  EXPECT_FALSE(versions[1].broken);
}

TEST_F(OverviewTest, compares_the_page_with_what_was_promoted) {
  release("1.0", sdist, wheel);
  EXPECT_EQ(state_on({}), IndexState::absent);
  EXPECT_EQ(state_on({file(sdist, "s")}), IndexState::incomplete);
  EXPECT_EQ(state_on({file(sdist, "s"), file(wheel, "w")}), IndexState::as_promoted);
  EXPECT_EQ(state_on({file(sdist, "s"), file(wheel, "other")}), IndexState::different);
  EXPECT_EQ(state_on({file(sdist, "s"), file(wheel, "w"), file("demo-1.0-py2-none-any.whl", "x")}),
            IndexState::different);
}

TEST_F(OverviewTest, names_the_files_that_were_not_promoted) {
  release("1.0", sdist, wheel);
  auto versions = overview();
  compare_with_page(versions, demo,
                    {file(sdist, "s"), file(wheel, "other"), file("demo-1.0-1-py3-none-any.whl", "x")});
  std::vector<std::string> names;
  for (const auto& foreign : versions.front().foreign)
    names.push_back(foreign.filename);
  EXPECT_THAT(names, ElementsAre(wheel, "demo-1.0-1-py3-none-any.whl"));
  EXPECT_EQ(to_json(versions.front()).at("foreign").as_array().size(), 2U);
}

TEST_F(OverviewTest, names_what_is_on_the_index_and_was_not_promoted_here) {
  release("1.0", sdist, wheel);
  auto versions = overview();
  compare_with_page(versions, demo, {file("demo-2.0.tar.gz", "x"), file("other-2.0.tar.gz", "y")});
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].version.str(), "2.0");
  EXPECT_EQ(versions[0].index, IndexState::not_promoted_here);
  EXPECT_EQ(versions[0].state.kind, journal::ReleaseState::Kind::unknown);
  EXPECT_EQ(versions[1].index, IndexState::absent);
}

TEST_F(OverviewTest, history_shows_outcomes_and_unfinished_steps) {
  journal::Journal record = journal("1.0");
  ASSERT_TRUE(record.intent("fetch", {{"actor", "ada"}}).ok());
  ASSERT_TRUE(record.intent("fetch", {{"actor", "bob"}}).ok());
  ASSERT_TRUE(record.outcome("fetch", {{"result", "error"}, {"error", "no answer"}}).ok());
  ASSERT_TRUE(record.outcome("smoke", {{"result", "refused"}, {"state", "blocked"}, {"log", "a.log"}}).ok());
  ASSERT_TRUE(record.outcome("unblock", {{"actor", "eve"}, {"reason", "it was the index"}}).ok());
  std::vector<std::string> lines;
  for (const journal::HistoryLine& line : journal::history_of(record.entries()))
    lines.push_back(line.step + " " + line.result + " " + line.actor + " " + line.text);
  EXPECT_THAT(lines, ElementsAre("fetch begun ada ", "fetch error bob no answer", "smoke blocked bob a.log",
                                 "unblock unblocked eve it was the index"));
}

}  // namespace
}  // namespace packhouse::desk
