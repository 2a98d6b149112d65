#include "model/token.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

using std::chrono::microseconds;

Token token_made_at(Timestamp created) {
  return {.id = 1,
          .label = "ci",
          .hash = Sha256::of("token"),
          .permissions = {Permission::read},
          .project = {},
          .created = created,
          .expires = {},
          .last_used = {},
          .revoked = {}};
}

TEST(Token, without_an_expiry_does_not_expire) {
  EXPECT_TRUE(token_made_at(Timestamp{}).live_at(Timestamp{std::chrono::years{100}}));
}

TEST(Token, is_dead_at_its_expiry) {
  Token token = token_made_at(Timestamp{});
  token.expires = Timestamp{microseconds{1000}};
  EXPECT_TRUE(token.live_at(Timestamp{microseconds{999}}));
  EXPECT_FALSE(token.live_at(Timestamp{microseconds{1000}}));
}

TEST(Token, is_dead_once_revoked_whatever_the_clock_says) {
  Token token = token_made_at(Timestamp{});
  token.revoked = Timestamp{microseconds{1000}};
  EXPECT_FALSE(token.live_at(Timestamp{microseconds{1}}));
}

}  // namespace
}  // namespace packhouse
