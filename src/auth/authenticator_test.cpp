#include "auth/authenticator.hpp"

#include <gtest/gtest.h>

#include "auth/credential.hpp"
#include "auth/password.hpp"
#include "base/text.hpp"

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
    if (caller.has_value()) return "accepted";
    EXPECT_EQ(caller.error().error.code, Errc::unauthenticated);
    return caller.error().error.message;
  }

  const Secret secret_ = make_token();
  Token token_ = token_row(7, secret_, {Permission::upload});
  Authenticator authenticator_;
};

TEST_F(AuthenticatorTest, identifies_the_holder_of_an_issued_token) {
  authenticator_.replace({token_});
  const auto caller = authenticator_.authenticate(bearer(secret_), noon);
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ((*caller)->token, 7);
  EXPECT_TRUE((*caller)->may(Permission::upload, {"main", "demo"}));
  EXPECT_FALSE((*caller)->may(Permission::read, {"main", "demo"}));
}

TEST_F(AuthenticatorTest, refuses_empty_malformed_and_unknown_credentials_each_with_its_reason) {
  authenticator_.replace({token_});
  EXPECT_EQ(refusal(""), "no credential was sent");
  EXPECT_EQ(refusal("Basic Zm9v"), "the credential holds no token of this server");
  EXPECT_EQ(refusal("Basic Zm9vOmJhcg=="), "the user name or the password is wrong");
  EXPECT_EQ(refusal(bearer(make_token())), "the token was not issued by this server");
}

TEST_F(AuthenticatorTest, refuses_an_expired_token) {
  token_.expires = noon;
  authenticator_.replace({token_});
  EXPECT_EQ(refusal(bearer(secret_), noon - 1us), "accepted");
  EXPECT_EQ(refusal(bearer(secret_), noon), "token 7 has expired");
}

TEST_F(AuthenticatorTest, refuses_a_revoked_token) {
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
  ASSERT_TRUE(caller.has_value());
  EXPECT_TRUE((*caller)->may(Permission::read, {"main", "demo"}));
  EXPECT_FALSE((*caller)->may(Permission::read, {"main", "other"}));
  EXPECT_FALSE((*caller)->may(Permission::admin, {}));
}

TEST_F(AuthenticatorTest, a_token_of_a_run_reaches_what_its_publishers_may) {
  token_.permissions = {Permission::read, Permission::stage, Permission::publish};
  token_.grants = {
      {.index = "main", .project = "demo", .permissions = {Permission::stage, Permission::publish}},
      {.index = "prod", .project = "tool", .permissions = {Permission::stage}, .reads_index = true}};
  authenticator_.replace({token_});
  const auto caller = *authenticator_.authenticate(bearer(secret_), noon);
  EXPECT_TRUE(caller->may(Permission::publish, {"main", "demo"}));
  EXPECT_FALSE(caller->may(Permission::read, {"main", "demo"}));
  EXPECT_FALSE(caller->may(Permission::publish, {"prod", "tool"})) << "the other publisher's permission";
  EXPECT_TRUE(caller->may(Permission::read, {"prod", "anything"}));
  EXPECT_TRUE(caller->may(Permission::read, {"prod"}));
  EXPECT_FALSE(caller->may(Permission::read, {})) << "nothing of the whole server";
  EXPECT_FALSE(caller->may(Permission::upload, {"main", "demo"}));
  EXPECT_TRUE(caller->may_somewhere(Permission::stage));
  EXPECT_TRUE(caller->may_somewhere(Permission::read));
  EXPECT_FALSE(caller->may_somewhere(Permission::upload));
}

TEST_F(AuthenticatorTest, a_token_of_a_run_without_publishers_reaches_nothing) {
  token_.permissions = {Permission::stage};
  token_.grants = std::vector<Grant>{};
  authenticator_.replace({token_});
  const auto caller = *authenticator_.authenticate(bearer(secret_), noon);
  EXPECT_FALSE(caller->may(Permission::stage, {"main", "demo"}));
  EXPECT_FALSE(caller->may(Permission::stage, {}));
  EXPECT_FALSE(caller->may_somewhere(Permission::stage));
}

TEST_F(AuthenticatorTest, confirms_a_caller_as_long_as_the_credential_gives_the_same_rights) {
  const auto answer = [&](const CallerPointer& caller, Timestamp now = noon) {
    const auto denial = authenticator_.confirm(*caller, now);
    return denial ? denial->error.message : "confirmed";
  };
  User alice{.id = 1,
             .name = "alice",
             .password = hash_password(Secret{"correct horse"}),
             .permissions = {Permission::upload},
             .created = noon,
             .disabled = {}};
  token_.expires = noon + 1h;
  token_.user = "alice";
  authenticator_.replace({.tokens = {token_}, .users = {alice}});
  const auto by_token = *authenticator_.authenticate(bearer(secret_), noon);
  const auto by_password =
      *authenticator_.authenticate("Basic " + to_base64("alice:correct horse"), noon, "192.0.2.1");
  EXPECT_EQ(answer(by_token), "confirmed");
  EXPECT_EQ(answer(by_password), "confirmed");
  EXPECT_EQ(answer(by_token, noon + 1h), "token 7 has expired");

  alice.permissions = {Permission::read};
  authenticator_.replace({.tokens = {token_}, .users = {alice}});
  for (const auto& caller : {by_token, by_password})
    EXPECT_EQ(answer(caller), "the rights of this credential changed while the request was under way");
  alice.permissions = {Permission::upload};
  alice.password = hash_password(Secret{"another horse"});
  authenticator_.replace({.tokens = {token_}, .users = {alice}});
  EXPECT_EQ(answer(by_token), "confirmed");
  EXPECT_EQ(answer(by_password), "the user was disabled, or has another password");
  alice.disabled = noon;
  authenticator_.replace({.tokens = {token_}, .users = {alice}});
  EXPECT_EQ(answer(by_token), "the user of token 7 is disabled");
}

TEST_F(AuthenticatorTest, reports_each_use_once_to_the_minute) {
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

TEST_F(AuthenticatorTest, a_refused_token_is_not_used) {
  token_.revoked = noon;
  authenticator_.replace({token_});
  EXPECT_EQ(refusal(bearer(secret_)), "token 7 was revoked");
  EXPECT_TRUE(authenticator_.take_uses().empty());
}

TEST_F(AuthenticatorTest, a_token_of_one_index_reaches_that_index_and_nothing_of_the_server) {
  token_.index = "dev";
  token_.permissions = {Permission::admin};
  authenticator_.replace({token_});
  const auto caller = authenticator_.authenticate(bearer(secret_), noon);
  ASSERT_TRUE(caller.has_value());
  EXPECT_TRUE((*caller)->may(Permission::read, {"dev", "demo"}));
  EXPECT_TRUE((*caller)->may(Permission::read, {"dev"}));
  EXPECT_FALSE((*caller)->may(Permission::read, {"prod", "demo"}));
  EXPECT_FALSE((*caller)->may(Permission::admin, {}));
}

class UserTest : public AuthenticatorTest {
 protected:
  static std::string basic(std::string_view name, std::string_view password) {
    return "Basic " + to_base64(std::string(name) + ":" + std::string(password));
  }
  User alice() const {
    return {.id = 1,
            .name = "alice",
            .password = password_,
            .permissions = {Permission::read},
            .created = noon,
            .disabled = {}};
  }
  static ProjectRole role(std::string project, Role role) {
    return {.index = "main", .project = std::move(project), .user = "alice", .role = role};
  }

  const Secret password_ = hash_password(Secret{"correct horse"});
};

TEST_F(UserTest, logs_in_with_name_and_password_and_gets_the_permissions_of_their_roles) {
  authenticator_.replace(
      {.users = {alice()}, .roles = {role("mine", Role::owner), role("ours", Role::maintainer)}});
  const auto caller = authenticator_.authenticate(basic("alice", "correct horse"), noon);
  ASSERT_TRUE(caller.has_value());
  const auto may = [&](Permission permission, std::string_view project) {
    return (*caller)->may(permission, {"main", project});
  };
  EXPECT_TRUE(may(Permission::read, "other"));
  EXPECT_TRUE(may(Permission::read, ""));
  EXPECT_FALSE(may(Permission::upload, "other"));
  EXPECT_FALSE(may(Permission::upload, ""));
  EXPECT_TRUE(may(Permission::upload, "ours"));
  EXPECT_FALSE(may(Permission::yank, "ours"));
  EXPECT_TRUE(may(Permission::yank, "mine"));
  EXPECT_TRUE(may(Permission::admin, "mine"));
  EXPECT_FALSE((*caller)->may(Permission::yank, {"prod", "mine"}));
  EXPECT_FALSE((*caller)->may(Permission::admin, {}));
  EXPECT_TRUE((*caller)->may_somewhere(Permission::upload));
}

TEST_F(UserTest, is_recognised_from_memory_only_after_the_slow_hash_has_matched) {
  authenticator_.replace({.users = {alice()}});
  const auto field = basic("alice", "correct horse");
  EXPECT_FALSE(authenticator_.recognise(field, noon).has_value());
  ASSERT_TRUE(authenticator_.authenticate(field, noon).has_value());
  const auto known = authenticator_.recognise(field, noon);
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ((**known)->label, "alice");
  EXPECT_FALSE(authenticator_.recognise(basic("alice", "wrong horse!"), noon).has_value());
}

TEST_F(UserTest, is_refused_with_every_credential_once_disabled) {
  auto gone = alice();
  gone.disabled = noon;
  token_.user = "alice";
  authenticator_.replace({.tokens = {token_}, .users = {gone}});
  EXPECT_EQ(refusal(basic("alice", "correct horse")), "the user name or the password is wrong");
  EXPECT_EQ(refusal(bearer(secret_)), "the user of token 7 is disabled");
}

TEST_F(UserTest, disabling_ends_a_remembered_password) {
  const auto field = basic("alice", "correct horse");
  authenticator_.replace({.users = {alice()}});
  ASSERT_TRUE(authenticator_.authenticate(field, noon).has_value());
  auto gone = alice();
  gone.disabled = noon;
  authenticator_.replace({.users = {gone}});
  EXPECT_EQ(refusal(field), "the user name or the password is wrong");
}

TEST_F(UserTest, a_token_of_a_user_has_only_permissions_of_both) {
  token_.user = "alice";
  token_.permissions = {Permission::upload};
  authenticator_.replace({.tokens = {token_}, .users = {alice()}, .roles = {role("ours", Role::maintainer)}});
  const auto caller = authenticator_.authenticate(bearer(secret_), noon);
  ASSERT_TRUE(caller.has_value());
  EXPECT_TRUE((*caller)->may(Permission::upload, {"main", "ours"}));
  EXPECT_FALSE((*caller)->may(Permission::read, {"main", "ours"})) << "the token does not say so";
  EXPECT_FALSE((*caller)->may(Permission::upload, {"main", "other"})) << "the user may not";
}

}  // namespace
}  // namespace packhouse::auth
