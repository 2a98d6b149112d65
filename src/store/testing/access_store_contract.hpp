#pragma once

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every AccessStore must do.
class AccessStoreContract : public MetadataStoreFixture {};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AccessStoreContract);

TEST_P(AccessStoreContract, returns_every_field_of_a_token) {
  const auto added = access().add_token(token("secret"), note("token.create"));
  ASSERT_TRUE(added.ok());
  Token bare = token("other");
  bare.project = std::nullopt;
  bare.expires = std::nullopt;
  ASSERT_TRUE(access().add_token(bare, note("token.create")).ok());
  const auto tokens = access().tokens();
  ASSERT_TRUE(tokens.ok());
  ASSERT_EQ(tokens->size(), 2U);
  const Token& first = tokens->front();
  EXPECT_EQ(first.id, added->id);
  EXPECT_EQ(first.label, "ci of demo");
  EXPECT_EQ(first.hash, Sha256::of("secret"));
  EXPECT_EQ(first.permissions.str(), "read,upload");
  EXPECT_EQ(first.project, "demo");
  EXPECT_EQ(first.created, at(10));
  EXPECT_EQ(first.expires, at(20));
  EXPECT_EQ(first.last_used, std::nullopt);
  EXPECT_EQ(first.revoked, std::nullopt);
  EXPECT_EQ(tokens->back().project, std::nullopt);
  EXPECT_EQ(tokens->back().expires, std::nullopt);
  EXPECT_GT(tokens->back().id, first.id);
}

TEST_P(AccessStoreContract, refuses_a_token_that_was_issued_before) {
  ASSERT_TRUE(access().add_token(token("secret"), note("token.create")).ok());
  const State before = state();
  const auto again = access().add_token(token("secret"), note("token.create"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(again.error().message, "this token was issued before");
  EXPECT_EQ(state(), before);
}

TEST_P(AccessStoreContract, revokes_a_token_once) {
  const auto added = access().add_token(token("secret"), note("token.create"));
  ASSERT_TRUE(access().revoke_token(added->id, note("token.revoke"), at(15)).ok());
  EXPECT_EQ(access().tokens()->front().revoked, at(15));
  const State before = state();
  const auto again = access().revoke_token(added->id, note("token.revoke"), at(16));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(again.error().message,
            fmt::format("token {} was revoked at 1970-01-01T00:00:00.000015Z", added->id));
  const auto unknown = access().revoke_token(4711, note("token.revoke"), at(16));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, Errc::not_found);
  EXPECT_EQ(unknown.error().message, "there is no token 4711");
  EXPECT_EQ(state(), before);
  EXPECT_EQ(access().tokens()->front().revoked, at(15));
}

TEST_P(AccessStoreContract, binds_a_token_only_to_an_existing_index_and_user) {
  Token bound = token("bound");
  bound.index = "main";
  bound.user = "alice";
  bound.made_by = "alice";
  const auto refused = access().add_token(bound, note("token.create"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "there is no user \"alice\"");
  EXPECT_TRUE(access().tokens()->empty());
  ASSERT_TRUE(access().add_user(user("alice"), note("user.create")).ok());
  ASSERT_TRUE(access().add_token(bound, note("token.create")).ok());
  EXPECT_EQ(access().tokens()->front().index, "main");
  EXPECT_EQ(access().tokens()->front().user, "alice");
  EXPECT_EQ(access().tokens()->front().made_by, "alice");
  bound.hash = Sha256::of("other");
  bound.index = "absent";
  EXPECT_EQ(access().add_token(bound, note("token.create")).error().message, "there is no index \"absent\"");
  EXPECT_EQ(access().tokens()->size(), 1U);
  expect_sound_ledger(3);
}

TEST_P(AccessStoreContract, remembers_the_latest_use_of_a_token_outside_the_ledger) {
  const auto added = access().add_token(token("secret"), note("token.create"));
  ASSERT_TRUE(access().touch_token(added->id, at(60)).ok());
  ASSERT_TRUE(access().touch_token(added->id, at(30)).ok());
  EXPECT_EQ(access().tokens()->front().last_used, at(60));
  EXPECT_EQ(access().touch_token(4711, at(60)).error().code, Errc::not_found);
  expect_sound_ledger(2);
}

TEST_P(AccessStoreContract, returns_every_field_of_a_user) {
  ASSERT_TRUE(access().add_user(user("zoe"), note("user.create")).ok());
  User bare{.id = 0, .name = "bob", .password = {}, .permissions = {}, .created = at(11), .disabled = {}};
  ASSERT_TRUE(access().add_user(bare, note("user.create")).ok());
  const auto list = access().snapshot();
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->users.size(), 2U);
  EXPECT_EQ(list->users[0].name, "bob");
  EXPECT_TRUE(list->users[0].password.empty());
  EXPECT_TRUE(list->users[0].permissions.empty());
  EXPECT_EQ(list->users[1].name, "zoe");
  EXPECT_EQ(list->users[1].password, user("zoe").password);
  EXPECT_EQ(list->users[1].permissions, Permissions{Permission::read});
  EXPECT_EQ(list->users[1].created, at(10));
  expect_sound_ledger(3);
}

TEST_P(AccessStoreContract, refuses_a_user_name_that_is_taken) {
  ASSERT_TRUE(access().add_user(user("alice"), note("user.create")).ok());
  const State before = state();
  const auto again = access().add_user(user("alice"), note("user.create"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(again.error().message, "there is a user \"alice\" already");
  EXPECT_EQ(state(), before);
}

TEST_P(AccessStoreContract, changes_the_given_fields_of_a_user_only) {
  ASSERT_TRUE(access().add_user(user("alice"), note("user.create")).ok());
  const auto disabled = access().change_user("alice", {.disabled = true}, note("user.disable"), at(20));
  ASSERT_TRUE(disabled.ok());
  EXPECT_EQ(disabled->disabled, at(20));
  EXPECT_EQ(disabled->password, user("alice").password);
  const Permissions wider{Permission::read, Permission::upload};
  ASSERT_TRUE(access().change_user("alice", {.permissions = wider}, note("user.change"), at(21)).ok());
  ASSERT_TRUE(access().change_user("alice", {.password = Secret{}}, note("user.password"), at(22)).ok());
  const User kept = access().snapshot()->users.front();
  EXPECT_EQ(kept.disabled, at(20));
  EXPECT_EQ(kept.permissions, wider);
  EXPECT_TRUE(kept.password.empty());
  EXPECT_EQ(access().change_user("bob", {}, note("user.change"), at(23)).error().code, Errc::not_found);
  expect_sound_ledger(5);
}

TEST_P(AccessStoreContract, a_user_has_one_role_in_a_project) {
  ASSERT_TRUE(access().add_user(user("alice"), note("user.create")).ok());
  ASSERT_TRUE(access().set_role("main", "demo", "alice", Role::maintainer, note("role.grant"), at(20)).ok());
  ASSERT_TRUE(access().set_role("main", "demo", "alice", Role::owner, note("role.grant"), at(21)).ok());
  const auto roles = access().snapshot()->roles;
  ASSERT_EQ(roles.size(), 1U);
  EXPECT_EQ(roles[0].index, "main");
  EXPECT_EQ(roles[0].project, "demo");
  EXPECT_EQ(roles[0].user, "alice");
  EXPECT_EQ(roles[0].role, Role::owner);
  ASSERT_TRUE(access().set_role("main", "demo", "alice", {}, note("role.revoke"), at(22)).ok());
  EXPECT_TRUE(access().snapshot()->roles.empty());
  const State before = state();
  EXPECT_EQ(access().set_role("main", "demo", "alice", {}, note("role.revoke"), at(23)).error().message,
            "\"alice\" has no role in \"demo\"");
  EXPECT_EQ(access().set_role("main", "demo", "bob", Role::owner, note("role.grant"), at(23)).error().code,
            Errc::not_found);
  EXPECT_EQ(access().set_role("none", "demo", "alice", Role::owner, note("role.grant"), at(23)).error().code,
            Errc::not_found);
  EXPECT_EQ(state(), before);
  expect_sound_ledger(5);
}

}  // namespace packhouse::testing
