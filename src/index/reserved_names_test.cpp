#include "index/reserved_names.hpp"

#include <gtest/gtest.h>

#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

const Actor console{.kind = "console", .id = "ada", .address = {}};

TEST(ReservedNames, are_normal_names_with_a_reason) {
  const auto name = parse_reservation("Acme.Labs", true, "ours", {});
  ASSERT_TRUE(name.ok()) << name.error().message;
  EXPECT_EQ(name->pattern(), "acme-labs-*");
  EXPECT_EQ(parse_reservation("-", true, "ours", {}).error().code, Errc::invalid_input);
  EXPECT_EQ(parse_reservation("acme", true, "", {}).error().code, Errc::invalid_input);
}

TEST(ReservedNames, have_an_entry_when_they_begin_and_when_they_end) {
  testing::TestIndex site;
  const auto name = *parse_reservation("acme", true, "ours", site.clock.now());
  const auto before = site.ledger_length();
  EXPECT_TRUE(*reserve(*site.store, name, console));
  EXPECT_FALSE(*reserve(*site.store, name, console)) << "it is reserved already";
  EXPECT_EQ(site.ledger_length(), before + 1);
  ASSERT_TRUE(lift(*site.store, name, console).ok());
  EXPECT_EQ(lift(*site.store, name, console).error().code, Errc::not_found);
  const auto entries = *site.store->ledger().entries(before, 10);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries.front().note.action, "name.reserve");
  EXPECT_EQ(entries.back().note.action, "name.lift");
  EXPECT_EQ(entries.back().note.subject, "name/acme-*");
  EXPECT_EQ(entries.back().note.actor.id, "ada");
}

}  // namespace
}  // namespace packhouse::index
