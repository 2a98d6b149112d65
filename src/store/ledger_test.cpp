#include "store/ledger.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

LedgerEntry entry() {
  return {.sequence = 1,
          .time = Timestamp{std::chrono::microseconds{1'763'000'000'123'456}},
          .note = {.actor = {.kind = "token", .id = "7", .address = "192.0.2.1"},
                   .action = "file.upload",
                   .subject = "main/demo/1.0/demo-1.0.tar.gz",
                   .reason = "a \"release\"",
                   .detail = {{"size", 5}, {"kind", "sdist"}}},
          .previous = std::string(64, '0'),
          .hash = "not part of it"};
}

// The format never changes: a copy of the ledger must stay verifiable for years.
TEST(LedgerHash, is_the_sha256_of_canonical_json) {
  const std::string text =
      R"({"action":"file.upload","actor":{"address":"192.0.2.1","id":"7","kind":"token"},)"
      R"("detail":{"kind":"sdist","size":5},)"
      R"("previous":"0000000000000000000000000000000000000000000000000000000000000000",)"
      R"("reason":"a \"release\"","sequence":1,"subject":"main/demo/1.0/demo-1.0.tar.gz",)"
      R"("time":"2025-11-13T02:13:20.123456Z"})";
  EXPECT_EQ(ledger_hash(entry()), Sha256::of(text).hex());
}

TEST(LedgerHash, does_not_depend_on_the_order_of_the_detail) {
  LedgerEntry other = entry();
  other.note.detail = {{"kind", "sdist"}, {"size", 5}};
  EXPECT_EQ(ledger_hash(other), ledger_hash(entry()));
}

}  // namespace
}  // namespace packhouse
