#include "routing/change_rate.hpp"

#include <gtest/gtest.h>

namespace packhouse::routing {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp start{};

auth::Caller caller(std::int64_t token, std::optional<auth::UserRights> user = std::nullopt) {
  return {.token = token,
          .label = "test",
          .permissions = {},
          .index = {},
          .project = {},
          .user = std::move(user),
          .credential = Sha256::of("credential")};
}

auth::Caller token(std::int64_t number) {
  return caller(number);
}

TEST(ChangeRate, allows_a_burst_and_then_some_a_second) {
  ChangeRate rate{{.burst = 3, .per_second = 2}};
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(rate.take(token(1), start), 0s);
  EXPECT_EQ(rate.take(token(1), start), 1s);
  EXPECT_EQ(rate.take(token(1), start + 400ms), 1s);
  EXPECT_EQ(rate.take(token(1), start + 500ms), 0s);
  EXPECT_EQ(rate.take(token(1), start + 500ms), 1s);
  EXPECT_EQ(rate.take(token(1), start - 1h), 1s) << "a clock that was set back";
}

TEST(ChangeRate, says_how_long_to_wait) {
  ChangeRate rate{{.burst = 1, .per_second = 1}};
  EXPECT_EQ(rate.take(token(1), start), 0s);
  EXPECT_EQ(rate.take(token(1), start), 1s);
}

TEST(ChangeRate, counts_each_credential_by_itself) {
  ChangeRate rate{{.burst = 1, .per_second = 1}};
  EXPECT_EQ(rate.take(token(1), start), 0s);
  EXPECT_EQ(rate.take(token(2), start), 0s);
  const auto user = caller(0, auth::UserRights{.name = "alice", .everywhere = {}, .roles = {}});
  EXPECT_EQ(rate.take(user, start), 0s);
  EXPECT_EQ(rate.take(user, start), 1s);
}

}  // namespace
}  // namespace packhouse::routing
