#pragma once

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every LedgerStore must do.
class LedgerStoreContract : public MetadataStoreFixture {};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LedgerStoreContract);

TEST_P(LedgerStoreContract, records_every_field_of_a_change_in_a_chain) {
  NewFile file = wheel("demo", "1.0", "bytes");
  file.warnings.emplace_back("no licence");
  LedgerNote sent = note("file.upload");
  sent.reason = "release ü";
  sent.detail = {{"b", 2}, {"a", {{"deep", true}}}};
  ASSERT_TRUE(files().add("main", file, file_note(sent), {}).ok());
  const auto entries = ledger().entries(0, 10);
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().sequence, 1);
  EXPECT_EQ(entries->front().previous, std::string(64, '0'));
  EXPECT_EQ(entries->front().time, at(1));
  const LedgerEntry& entry = entries->back();
  EXPECT_EQ(entry.sequence, 2);
  EXPECT_EQ(entry.time, file.file.uploaded);
  EXPECT_EQ(entry.note.actor.kind, "token");
  EXPECT_EQ(entry.note.actor.id, "1");
  EXPECT_EQ(entry.note.actor.address, "192.0.2.1");
  EXPECT_EQ(entry.note.action, "file.upload");
  EXPECT_EQ(entry.note.subject, "main");
  EXPECT_EQ(entry.note.reason, "release ü");
  EXPECT_EQ(json::canonical(entry.note.detail), R"({"a":{"deep":true},"b":2,"warnings":["no licence"]})");
  EXPECT_EQ(entry.previous, entries->front().hash);
  EXPECT_EQ(entry.hash, ledger_hash(entry));
}

TEST_P(LedgerStoreContract, takes_an_entry_of_something_that_changes_no_row) {
  ASSERT_TRUE(ledger().append(note("file.repair"), at(7)).ok());
  const auto entries = ledger().entries(0, 10);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(entries->back().note.action, "file.repair");
  EXPECT_EQ(entries->back().time, at(7));
  EXPECT_TRUE(verify_ledger(ledger()).ok());
}

TEST_P(LedgerStoreContract, gives_the_ledger_in_pages) {
  for (int i = 0; i < 4; ++i)
    expect_added(wheel("demo", std::to_string(i), "x"));
  const auto page = ledger().entries(2, 2);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->size(), 2U);
  EXPECT_EQ(page->front().sequence, 3);
  EXPECT_EQ(page->back().sequence, 4);
  EXPECT_TRUE(ledger().entries(5, 10)->empty());
  EXPECT_TRUE(ledger().entries(0, 0)->empty());
}

TEST_P(LedgerStoreContract, finds_the_entry_of_the_ledger_that_was_rewritten) {
  for (int i = 0; i < 9; ++i)
    expect_added(wheel("demo", std::to_string(i), "x"));
  const LedgerEntry entry = ledger().entries(4, 1)->front();
  const std::vector<std::pair<std::string, std::string>> changes{
      {"reason", "a lie"},      {"actor_id", "2"},       {"actor_kind", "system"},
      {"actor_address", "::1"}, {"action", "file.none"}, {"subject", "another"},
      {"detail", "{\"x\":1}"},  {"time", "77"},          {"hash", std::string(64, 'a')}};
  for (const auto& [column, value] : changes) {
    home_->rewrite_ledger(5, column, value);
    const auto verified = verify_ledger(ledger());
    ASSERT_FALSE(verified.ok()) << column;
    EXPECT_EQ(verified.error().code, Errc::conflict);
    EXPECT_TRUE(verified.error().message.starts_with("the ledger is broken at entry 5: its contents give "))
        << verified.error().message;
    home_->rewrite_ledger(5, "reason", entry.note.reason);
    home_->rewrite_ledger(5, "actor_id", entry.note.actor.id);
    home_->rewrite_ledger(5, "actor_kind", entry.note.actor.kind);
    home_->rewrite_ledger(5, "actor_address", entry.note.actor.address);
    home_->rewrite_ledger(5, "action", entry.note.action);
    home_->rewrite_ledger(5, "subject", entry.note.subject);
    home_->rewrite_ledger(5, "detail", json::canonical(entry.note.detail));
    home_->rewrite_ledger(5, "time", std::to_string(entry.time.time_since_epoch().count()));
    home_->rewrite_ledger(5, "hash", entry.hash);
  }
  expect_sound_ledger(10);
}

TEST_P(LedgerStoreContract, finds_the_place_where_a_whole_entry_was_forged) {
  for (int i = 0; i < 9; ++i)
    expect_added(wheel("demo", std::to_string(i), "x"));
  LedgerEntry forged = ledger().entries(4, 1)->front();
  forged.note.reason = "a lie";
  home_->rewrite_ledger(5, "reason", forged.note.reason);
  home_->rewrite_ledger(5, "hash", ledger_hash(forged));
  const auto verified = verify_ledger(ledger());
  ASSERT_FALSE(verified.ok());
  EXPECT_TRUE(verified.error().message.starts_with("the ledger is broken at entry 6: it follows "))
      << verified.error().message;
}

TEST_P(LedgerStoreContract, finds_the_entry_of_the_ledger_that_was_removed) {
  for (int i = 0; i < 9; ++i)
    expect_added(wheel("demo", std::to_string(i), "x"));
  home_->cut_ledger(5);
  const auto verified = verify_ledger(ledger());
  ASSERT_FALSE(verified.ok());
  EXPECT_EQ(verified.error().message,
            "the ledger is broken at entry 5: it is missing, the next one found is 6");
}

TEST_P(LedgerStoreContract, names_an_entry_whose_detail_is_no_json_object) {
  expect_added(wheel("demo", "1", "x"));
  home_->rewrite_ledger(2, "detail", "[]");
  EXPECT_EQ(verify_ledger(ledger()).error().message,
            "the ledger is broken at entry 2: its detail is no JSON object");
}

}  // namespace packhouse::testing
