#include "journal/journal.hpp"

#include <gmock/gmock.h>

#include "base/text.hpp"
#include "sys/temporary_folder.hpp"
#include "sys/testing/faulty_file_system.hpp"
#include "sys/testing/memory_file_system.hpp"

namespace packhouse::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const Path folder = "/state/releases/demo/1.0";
const Path journal_path = folder / "journal.jsonl";

class JournalTest : public ::testing::Test {
 protected:
  Result<Journal> open(FileSystem& on) { return Journal::open(on, clock, redactor, folder); }
  Journal opened() { return open(disk).value(); }
  std::string text() { return disk.read(journal_path, 1U << 20U).value(); }
  void overwrite(const std::string& bytes) {
    ASSERT_TRUE(disk.remove(journal_path).ok());
    auto file = disk.create(journal_path).value();
    ASSERT_TRUE(file->write(bytes).ok());
    ASSERT_TRUE(file->sync().ok());
    ASSERT_TRUE(disk.sync_folder(folder).ok());
  }
  static std::vector<std::string> steps(const Journal& journal) {
    std::vector<std::string> list;
    for (const auto& entry : journal.entries())
      list.push_back(entry.step + " " + entry.phase);
    return list;
  }

  MemoryFileSystem disk;
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor;
};

TEST_F(JournalTest, keeps_what_was_done_in_order) {
  Journal journal = opened();
  ASSERT_TRUE(journal.intent("fetch", {{"run", 7}}).ok());
  ASSERT_TRUE(journal.outcome("fetch", {{"result", "passed"}}).ok());
  const Journal again = opened();
  EXPECT_THAT(steps(again), ElementsAre("fetch intent", "fetch outcome"));
  EXPECT_EQ(again.entries().at(0).detail.at("run").as_int64(), 7);
  EXPECT_EQ(again.entries().at(1).seq, 2);
}

TEST_F(JournalTest, read_alone_leaves_the_disk_as_it_is) {
  const auto load = [&] { return Journal::load(disk, clock, redactor, folder); };
  EXPECT_EQ(load().error().code, Errc::not_found);
  EXPECT_EQ(disk.list(folder).error().code, Errc::not_found);
  Journal journal = opened();
  ASSERT_TRUE(journal.intent("fetch", {}).ok());
  const auto loaded = load();
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->entries().at(0).time, "2027-01-15T08:00:00.000000Z");
}

TEST_F(JournalTest, is_one_line_of_canonical_json_for_each_entry) {
  Journal journal = opened();
  ASSERT_TRUE(journal.intent("fetch", {{"b", "x\ny"}, {"a", 1}}).ok());
  const std::string line = text();
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_THAT(line, HasSubstr(R"("detail":{"a":1,"b":"x\ny"})"));
  EXPECT_THAT(line, HasSubstr(R"("time":"2027-01-15T08:00:00.000000Z")"));
}

TEST_F(JournalTest, survives_a_power_cut_after_each_entry) {
  {
    Journal journal = opened();
    ASSERT_TRUE(journal.intent("upload", {}).ok());
  }
  disk.crash(UnsyncedNames::lost);
  EXPECT_THAT(steps(opened()), ElementsAre("upload intent"));
}

TEST_F(JournalTest, passes_over_a_line_that_a_power_cut_tore_and_goes_on) {
  {
    Journal journal = opened();
    ASSERT_TRUE(journal.intent("fetch", {}).ok());
    ASSERT_TRUE(journal.outcome("fetch", {}).ok());
  }
  const std::string whole = text();
  for (const std::size_t cut : {1U, 5U, 60U}) {
    overwrite(whole.substr(0, whole.size() - cut));
    Journal journal = opened();
    const bool complete = cut == 1;  // only the newline is missing
    EXPECT_EQ(journal.entries().size(), complete ? 2U : 1U);
    ASSERT_TRUE(journal.intent("verify", {}).ok());
    EXPECT_EQ(steps(opened()).back(), "verify intent") << cut;
  }
}

TEST_F(JournalTest, refuses_a_line_that_was_changed) {
  {
    Journal journal = opened();
    ASSERT_TRUE(journal.intent("fetch", {{"run", 7}}).ok());
    ASSERT_TRUE(journal.outcome("fetch", {{"result", "refused"}}).ok());
  }
  overwrite(replace_all(text(), "refused", "passed!"));
  const auto error = open(disk).error();
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_THAT(error.message, HasSubstr("line 2"));
}

TEST_F(JournalTest, refuses_a_line_that_was_taken_out_put_in_or_moved) {
  {
    Journal journal = opened();
    for (const char* step : {"a", "b", "c"})
      ASSERT_TRUE(journal.intent(step, {}).ok());
  }
  const std::string whole = text();
  const auto lines = split(whole, '\n');
  const std::string a(lines[0]);
  const std::string b(lines[1]);
  const std::string c(lines[2]);
  for (const auto& forged :
       {a + "\n" + c + "\n", b + "\n" + c + "\n", a + "\n" + b + "\n" + b + "\n" + c + "\n",
        b + "\n" + a + "\n" + c + "\n", a + "\n{}\n" + b + "\n"}) {
    overwrite(forged);
    EXPECT_EQ(open(disk).error().code, Errc::conflict) << forged;
  }
}

TEST_F(JournalTest, holds_no_secret_in_any_text) {
  redactor.add_basic("desk", Secret{"canary\"pass/word"});
  Journal journal = opened();
  ASSERT_TRUE(journal
                  .outcome("upload",
                           {{"error", "server said canary\"pass/word"},
                            {"list", json::Array{"canary%22pass%2Fword",
                                                 json::Object{{"x", to_base64("desk:canary\"pass/word")}}}}})
                  .ok());
  EXPECT_THAT(text(), Not(HasSubstr("canary")));
  EXPECT_THAT(text(), Not(HasSubstr(to_base64("desk:canary\"pass/word"))));
  EXPECT_TRUE(open(disk).ok());
}

TEST_F(JournalTest, keeps_evidence_under_its_digest_once) {
  Journal journal = opened();
  const Evidence evidence("run", json::Object{{"id", 7}});
  ASSERT_TRUE(journal.keep({evidence}).ok());
  ASSERT_TRUE(journal.keep({evidence}).ok());
  EXPECT_THAT(disk.list(folder / "evidence").value(), ElementsAre(evidence.digest().hex() + ".json"));
  EXPECT_EQ(disk.read(folder / "evidence" / (evidence.digest().hex() + ".json"), 100).value(), R"({"id":7})");
}

TEST_F(JournalTest, evidence_is_durable_once_it_is_kept) {
  Journal journal = opened();
  const Evidence run("run", json::Object{{"id", 7}});
  const Evidence jobs("jobs", json::Object{{"id", 8}});
  ASSERT_TRUE(journal.keep({run, jobs, run}).ok());
  disk.crash(UnsyncedNames::lost);
  EXPECT_THAT(disk.list(folder / "evidence").value(),
              UnorderedElementsAre(run.digest().hex() + ".json", jobs.digest().hex() + ".json"));
  EXPECT_EQ(disk.read(folder / "evidence" / (jobs.digest().hex() + ".json"), 100).value(), R"({"id":8})");
}

TEST_F(JournalTest, an_outcome_that_only_leads_on_lasts_with_what_it_leads_to) {
  Journal journal = opened();
  ASSERT_TRUE(journal.intent("fetch", {}).ok());
  ASSERT_TRUE(journal.outcome("fetch", {}, Durable::with_the_next).ok());
  EXPECT_THAT(steps(opened()), ElementsAre("fetch intent", "fetch outcome")) << "a killed process";
  ASSERT_TRUE(journal.intent("verify", {}).ok());
  ASSERT_TRUE(journal.outcome("verify", {}, Durable::with_the_next).ok());
  disk.crash(UnsyncedNames::lost);
  EXPECT_THAT(steps(opened()), ElementsAre("fetch intent", "fetch outcome", "verify intent"))
      << "a power cut";
}

TEST_F(JournalTest, finds_the_files_of_the_last_verification_that_passed) {
  const auto manifest = dist::Manifest::make({{"demo-1.0.tar.gz", 5, Sha256::of("sdist")}}).value();
  Journal journal = opened();
  EXPECT_FALSE(journal.promoted().value().has_value());
  ASSERT_TRUE(journal.outcome("verify", {{"result", "passed"}, {"manifest", to_json(manifest)}}).ok());
  ASSERT_TRUE(journal.outcome("verify", {{"result", "refused"}}).ok());
  EXPECT_EQ(*opened().promoted().value(), manifest);
}

TEST_F(JournalTest, any_failed_call_leaves_whole_entries_and_nothing_is_claimed) {
  for (std::uint64_t failing = 1;; ++failing) {
    MemoryFileSystem fresh;
    FaultyFileSystem faulty(fresh);
    faulty.fail_from(failing);
    std::size_t acknowledged = 0;
    if (auto journal = open(faulty); journal.ok()) {
      for (const char* step : {"a", "b", "c"}) {
        if (!journal->intent(step, {}).ok()) break;
        ++acknowledged;
      }
      if (acknowledged < 3) {
        EXPECT_FALSE(journal->outcome("d", {}).ok());  // it takes nothing more
      }
    }
    for (const auto names : {UnsyncedNames::kept, UnsyncedNames::lost}) {
      fresh.crash(names);
      const auto after = open(fresh);
      ASSERT_TRUE(after.ok()) << failing;
      EXPECT_GE(after->entries().size(), acknowledged) << failing;
    }
    if (acknowledged == 3) return;
    ASSERT_LT(failing, 100U);
  }
}

TEST_F(JournalTest, a_lost_write_is_followed_by_a_whole_chain) {
  FaultyFileSystem faulty(disk);
  auto journal = open(faulty).value();
  ASSERT_TRUE(journal.intent("a", {}).ok());
  faulty.fail_call(3);  // append, write, sync: the line is there and nobody knows
  EXPECT_FALSE(journal.intent("b", {}).ok());
  faulty.recover();
  auto again = open(disk).value();
  ASSERT_TRUE(again.intent("c", {}).ok());
  EXPECT_THAT(steps(opened()), ElementsAre("a intent", "b intent", "c intent"));
}

TEST(ReleaseLock, is_held_by_one_at_a_time) {
  const auto disk = make_posix_file_system();
  const auto temporary = TemporaryFolder::make().value();
  const Path where = temporary.path() / "demo";
  {
    const auto first = ReleaseLock::take(*disk, where);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(ReleaseLock::take(*disk, where).error().code, Errc::conflict);
  }
  EXPECT_TRUE(ReleaseLock::take(*disk, where).ok());
}

}  // namespace
}  // namespace packhouse::journal
