#include "auth/authenticator.hpp"

#include <gtest/gtest.h>

#include "auth/credential.hpp"

namespace packhouse::auth {
namespace {

using namespace std::chrono_literals;

const Timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h};

Token token_row(std::int64_t id, const Secret& secret, Permissions permissions) {
  return {.id = id,
          .label = "ci",
          .hash = hash_of(secret),
          .permissions = permissions,
          .project = {},
          .created = noon,
          .expires = {},
          .last_used = {},
          .revoked = {}};
}

std::string bearer(const Secret& secret) {
  return "Bearer " + secret.reveal();
}

class AuthenticatorTest : public testing::Test {
 protected:
  std::string refusal(std::string_view field, Timestamp now = noon) const {
    const auto caller = authenticator_.authenticate(field, now);
    if (caller.ok()) return "accepted";
    EXPECT_EQ(caller.error().code, Errc::unauthenticated);
    return caller.error().message;
  }

  const Secret secret_ = make_token();
  Token token_ = token_row(7, secret_, {Permission::upload});
  Authenticator authenticator_;
};

TEST_F(AuthenticatorTest, knows_the_holder_of_an_issued_token) {
  authenticator_.replace({token_});
  const auto caller = authenticator_.authenticate(bearer(secret_), noon);
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ((*caller)->token, 7);
  EXPECT_TRUE((*caller)->may(Permission::upload, "demo"));
  EXPECT_FALSE((*caller)->may(Permission::read, "demo"));
}

TEST_F(AuthenticatorTest, refuses_nothing_nonsense_and_strangers_each_with_its_reason) {
  authenticator_.replace({token_});
  EXPECT_EQ(refusal(""), "no credential was sent");
  EXPECT_EQ(refusal("Basic Zm9vOmJhcg=="), "the credential holds no token of this server");
  EXPECT_EQ(refusal(bearer(make_token())), "the token was not issued by this server");
}

TEST_F(AuthenticatorTest, refuses_a_token_from_the_moment_it_expires) {
  token_.expires = noon;
  authenticator_.replace({token_});
  EXPECT_EQ(refusal(bearer(secret_), noon - 1us), "accepted");
  EXPECT_EQ(refusal(bearer(secret_), noon), "token 7 has expired");
}

TEST_F(AuthenticatorTest, refuses_a_token_once_it_is_revoked) {
  authenticator_.replace({token_});
  EXPECT_EQ(refusal(bearer(secret_)), "accepted");
  token_.revoked = noon;
  authenticator_.replace({token_});
  EXPECT_EQ(refusal(bearer(secret_)), "token 7 was revoked");
}

TEST_F(AuthenticatorTest, a_token_of_one_project_reaches_that_project_and_nothing_of_the_whole_index) {
  token_.project = "demo";
  token_.permissions = {Permission::admin};
  authenticator_.replace({token_});
  const auto caller = authenticator_.authenticate(bearer(secret_), noon);
  ASSERT_TRUE(caller.ok());
  EXPECT_TRUE((*caller)->may(Permission::read, "demo"));
  EXPECT_FALSE((*caller)->may(Permission::read, "other"));
  EXPECT_FALSE((*caller)->may(Permission::admin));
}

TEST_F(AuthenticatorTest, hands_out_each_use_once_to_the_minute) {
  authenticator_.replace({token_});
  EXPECT_TRUE(authenticator_.take_uses().empty());
  ASSERT_EQ(refusal(bearer(secret_), noon + 59s), "accepted");
  const auto uses = authenticator_.take_uses();
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_EQ(uses[0].token, 7);
  EXPECT_EQ(uses[0].used, noon);
  ASSERT_EQ(refusal(bearer(secret_), noon + 59s), "accepted");
  EXPECT_TRUE(authenticator_.take_uses().empty());
}

TEST_F(AuthenticatorTest, a_use_survives_a_change_of_the_tokens) {
  authenticator_.replace({token_});
  ASSERT_EQ(refusal(bearer(secret_), noon + 1min), "accepted");
  authenticator_.replace({token_, token_row(8, make_token(), {Permission::read})});
  const auto uses = authenticator_.take_uses();
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_EQ(uses[0].used, noon + 1min);
}

TEST_F(AuthenticatorTest, a_refused_token_counts_as_no_use) {
  token_.revoked = noon;
  authenticator_.replace({token_});
  EXPECT_EQ(refusal(bearer(secret_)), "token 7 was revoked");
  EXPECT_TRUE(authenticator_.take_uses().empty());
}

}  // namespace
}  // namespace packhouse::auth
