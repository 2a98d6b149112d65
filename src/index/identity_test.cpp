#include "index/identity.hpp"

#include <gmock/gmock.h>

#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using ::testing::MatchesRegex;
using ::testing::Ne;

TEST(IndexIdentity, names_an_index_of_a_server) {
  testing::TestIndex site;
  ASSERT_TRUE(site.add(testing::wheel_filename("demo", "1.0"), testing::wheel_bytes("demo", "1.0")).ok());
  auto& ledger = site.store->ledger();
  const auto identity = identity_of(ledger, "main").value();
  EXPECT_THAT(identity, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_THAT(identity_of(ledger, "test").value(), Ne(identity));
  ASSERT_TRUE(site.add(testing::wheel_filename("demo", "1.1"), testing::wheel_bytes("demo", "1.1")).ok());
  EXPECT_EQ(identity_of(ledger, "main").value(), identity);
}

}  // namespace
}  // namespace packhouse::index
