#include "index/ledger_export.hpp"

#include <gtest/gtest.h>

#include "index/testing/test_index.hpp"
#include "store/testing/raw_sqlite.hpp"

namespace packhouse::index {
namespace {

using namespace testing;
using packhouse::testing::RawSqlite;

class LedgerExportTest : public ::testing::Test {
 protected:
  LedgerExportTest() {
    for (const char* version : {"1.0", "2.0", "3.0"})
      EXPECT_TRUE(site_.add(wheel_filename("demo", version), wheel_bytes("demo", version)).ok());
  }

  Result<LedgerHead> read(std::vector<std::string>* lines = nullptr) {
    return read_ledger(site_.store->ledger(), site_.clock.now(), [&](std::string_view line) {
      if (lines != nullptr) lines->emplace_back(line);
      return success();
    });
  }

  LedgerHead head() { return *read(); }

  /// An attack with write access to the database file: drops the triggers first.
  void tamper(const std::string& statement) {
    RawSqlite raw{(site_.folder.path() / "packhouse.db").native()};
    raw.run(
        "DROP TRIGGER IF EXISTS ledger_is_never_rewritten; DROP TRIGGER IF EXISTS ledger_is_never_cut; "
        "DROP TRIGGER IF EXISTS ledger_grows_link_by_link");
    raw.run(statement);
  }

  std::string refusal(const LedgerHead& before) {
    const auto verified = verify_against(site_.store->ledger(), site_.clock.now(), before);
    EXPECT_FALSE(verified.ok());
    if (verified.ok()) return {};
    EXPECT_EQ(verified.error().code, Errc::conflict);
    return verified.error().message;
  }

  TestIndex site_;
};

TEST_F(LedgerExportTest, writes_lines_from_which_the_chain_can_be_computed) {
  std::vector<std::string> lines;
  const auto head = read(&lines);
  ASSERT_TRUE(head.ok());
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(head->entries, 4);
  std::string previous(64, '0');
  for (const auto& line : lines) {
    auto object = json::parse(line)->get_object();
    EXPECT_EQ(object.at("previous"), json::Value(previous));
    previous = std::string(object.at("hash").get_string());
    object.erase("hash");
    EXPECT_EQ(Sha256::of(json::canonical(object)).hex(), previous);
  }
  EXPECT_EQ(head->hash, previous);
}

TEST_F(LedgerExportTest, head_is_read_back_only_as_it_was_written) {
  const auto text = head().text();
  EXPECT_EQ(*LedgerHead::parse(text), head());
  EXPECT_FALSE(LedgerHead::parse(text + " ").ok());
  EXPECT_FALSE(LedgerHead::parse("{}").ok());
  EXPECT_FALSE(LedgerHead::parse("").ok());
}

TEST_F(LedgerExportTest, continues_through_an_older_head) {
  const auto before = head();
  ASSERT_TRUE(site_.add(sdist_filename("demo", "1.0"), sdist_bytes("demo", "1.0")).ok());
  const auto verified = verify_against(site_.store->ledger(), site_.clock.now(), before);
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_EQ(verified->entries, before.entries + 1);
}

TEST_F(LedgerExportTest, finds_an_entry_that_was_changed) {
  const auto before = head();
  tamper("UPDATE ledger SET reason = 'a lie' WHERE sequence = 2");
  EXPECT_TRUE(refusal(before).starts_with("the ledger is broken at entry 2: its contents give the hash "));
}

TEST_F(LedgerExportTest, finds_an_entry_that_was_removed) {
  const auto before = head();
  tamper("DELETE FROM ledger WHERE sequence = 3");
  EXPECT_EQ(refusal(before), "the ledger is broken at entry 3: it is missing, the next one found is 4");
}

TEST_F(LedgerExportTest, finds_entries_that_changed_places) {
  const auto before = head();
  tamper(
      "UPDATE ledger SET sequence = -sequence WHERE sequence IN (2, 3); "
      "UPDATE ledger SET sequence = 5 + sequence WHERE sequence < 0");
  EXPECT_TRUE(refusal(before).starts_with("the ledger is broken at entry 2: it follows "));
}

TEST_F(LedgerExportTest, finds_a_truncated_ledger_by_a_head_kept_elsewhere) {
  const auto before = head();
  tamper("DELETE FROM ledger WHERE sequence = 4");
  EXPECT_TRUE(read().ok()) << "what is left is a chain";
  EXPECT_EQ(refusal(before),
            "the ledger was cut off: it had 4 entries on 2026-11-22T10:00:00.000000Z, and has 3");
}

TEST_F(LedgerExportTest, finds_a_rebuilt_chain_by_a_head_kept_elsewhere) {
  auto before = head();
  before.hash = std::string(64, 'a');
  EXPECT_EQ(refusal(before), "the ledger was rewritten: entry 4 had the hash " + before.hash +
                                 " on 2026-11-22T10:00:00.000000Z, and has another");
}

}  // namespace
}  // namespace packhouse::index
