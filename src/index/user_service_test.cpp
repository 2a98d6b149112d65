#include "index/user_service.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "index/testing/test_index.hpp"
#include "index/token_service.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

const Actor admin{.kind = "console", .id = "root", .address = {}};
const Secret password{"correct horse"};

class UserServiceTest : public ::testing::Test {
 protected:
  bool accepted(std::string_view name, const Secret& typed = password) {
    const auto field = "Basic " + to_base64(std::string(name) + ":" + typed.reveal());
    return authenticator_.authenticate(field, site_.clock.now()).has_value();
  }
  Result<User> create(std::string_view name, std::string_view permissions = "read") {
    TRY(const auto request, UserRequest::parse(name, permissions, password));
    return users_.create(request, admin);
  }
  std::string ledger_text() {
    std::string text;
    const auto entries = site_.store->ledger().entries(0, 100);
    for (const auto& entry : *entries)
      text += entry.note.action + " " + entry.note.subject + " " + json::dump(entry.note.detail) + "\n";
    return text;
  }

  TestIndex site_;
  auth::Authenticator authenticator_;
  UserService users_{site_.store->access(), site_.clock, authenticator_};
  TokenService tokens_{site_.store->access(), site_.clock, authenticator_};
};

TEST_F(UserServiceTest, a_new_user_can_log_in_at_once_and_the_ledger_has_no_password) {
  ASSERT_TRUE(create("alice").ok());
  EXPECT_TRUE(accepted("alice"));
  EXPECT_FALSE(accepted("alice", Secret{"wrong horse!"}));
  const auto ledger = ledger_text();
  EXPECT_NE(ledger.find("user.create user/alice {\"password\":true,\"permissions\":\"read\"}"),
            std::string::npos)
      << ledger;
  EXPECT_EQ(ledger.find("horse"), std::string::npos);
  EXPECT_EQ(ledger.find("argon2"), std::string::npos);
  EXPECT_TRUE(users_.list()->front().password.reveal().starts_with("$argon2id$"));
}

TEST_F(UserServiceTest, a_user_name_is_unique) {
  ASSERT_TRUE(create("alice").ok());
  EXPECT_EQ(create("alice").error().code, Errc::conflict);
  EXPECT_EQ(users_.list()->size(), 1U);
}

TEST_F(UserServiceTest, disabling_refuses_password_and_tokens_and_enabling_accepts_both_again) {
  ASSERT_TRUE(create("alice").ok());
  auto request = *TokenRequest::parse({.label = "laptop", .permissions = "read", .user = "alice"});
  const auto token = tokens_.create(request, admin);
  ASSERT_TRUE(token.ok());
  const auto by_token = [&] {
    return authenticator_.authenticate("Bearer " + token->secret.reveal(), site_.clock.now()).has_value();
  };
  EXPECT_TRUE(by_token());
  ASSERT_TRUE(users_.disable("alice", true, "left", admin).ok());
  EXPECT_FALSE(accepted("alice"));
  EXPECT_FALSE(by_token());
  ASSERT_TRUE(users_.disable("alice", false, "came back", admin).ok());
  EXPECT_TRUE(accepted("alice"));
  EXPECT_TRUE(by_token());
}

TEST_F(UserServiceTest, a_new_password_replaces_the_old_one) {
  ASSERT_TRUE(create("alice").ok());
  const Secret other{"battery staple"};
  ASSERT_TRUE(users_.set_password("alice", other, admin).ok());
  EXPECT_FALSE(accepted("alice"));
  EXPECT_TRUE(accepted("alice", other));
  EXPECT_EQ(users_.set_password("alice", Secret{"short"}, admin).error().code, Errc::invalid_input);
  EXPECT_TRUE(accepted("alice", other));
  EXPECT_EQ(users_.set_password("bob", other, admin).error().code, Errc::not_found);
}

TEST_F(UserServiceTest, a_role_has_the_normalised_project_and_takes_effect_at_once) {
  ASSERT_TRUE(create("alice", "").ok());
  ASSERT_TRUE(users_.set_role("main", "De.Mo", "alice", Role::maintainer, admin).ok());
  const auto field = "Basic " + to_base64("alice:" + password.reveal());
  const auto may_upload = [&] {
    const auto caller = authenticator_.authenticate(field, site_.clock.now());
    return caller.has_value() && (*caller)->may(Permission::upload, {"main", "de-mo"});
  };
  EXPECT_TRUE(may_upload());
  ASSERT_TRUE(users_.set_role("main", "de-mo", "alice", std::nullopt, admin).ok());
  EXPECT_FALSE(may_upload());
  EXPECT_NE(ledger_text().find("role.grant main/de-mo {\"role\":\"maintainer\",\"user\":\"alice\"}"),
            std::string::npos)
      << ledger_text();
  EXPECT_EQ(users_.set_role("main", "-x-", "alice", Role::owner, admin).error().code, Errc::invalid_input);
}

}  // namespace
}  // namespace packhouse::index
