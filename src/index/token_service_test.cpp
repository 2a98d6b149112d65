#include "index/token_service.hpp"

#include <gtest/gtest.h>

#include "index/testing/test_index.hpp"
#include "index/user_service.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

const Actor admin{.kind = "console", .id = "root", .address = {}};

class TokenServiceTest : public ::testing::Test {
 protected:
  static TokenRequest request(std::string_view permissions = "read") {
    return *TokenRequest::parse({.label = "ci", .permissions = permissions});
  }
  bool accepted(const Secret& secret) {
    return authenticator_.authenticate("Bearer " + secret.reveal(), site_.clock.now()).has_value();
  }

  TestIndex site_;
  auth::Authenticator authenticator_;
  TokenService tokens_{site_.store->access(), site_.clock, authenticator_};
};

TEST_F(TokenServiceTest, a_new_token_works_at_once_and_is_in_the_ledger_without_its_text) {
  const auto issued = tokens_.create(request(), admin);
  ASSERT_TRUE(issued.ok());
  EXPECT_TRUE(accepted(issued->secret));
  const auto ledger = site_.store->ledger().entries(0, 10);
  ASSERT_TRUE(ledger.ok());
  const auto& note = ledger->back().note;
  EXPECT_EQ(note.action, "token.create");
  EXPECT_EQ(note.actor.id, "root");
  EXPECT_EQ(note.detail.at("label"), json::Value("ci"));
  EXPECT_EQ((json::dump(note.detail) + note.subject).find(issued->secret.reveal()), std::string::npos);
}

TEST_F(TokenServiceTest, only_the_hash_is_stored) {
  const auto issued = tokens_.create(request(), admin);
  const auto listed = tokens_.list();
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().hash, Sha256::of(issued->secret.reveal()));
}

TEST_F(TokenServiceTest, a_revoked_token_stops_working_at_once_and_stays_listed) {
  const auto issued = tokens_.create(request(), admin);
  ASSERT_TRUE(tokens_.revoke(issued->token.id, "leaked", admin).ok());
  EXPECT_FALSE(accepted(issued->secret));
  const auto listed = tokens_.list();
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().revoked, site_.clock.now());
  const auto ledger = site_.store->ledger().entries(0, 10);
  EXPECT_EQ(ledger->back().note.action, "token.revoke");
  EXPECT_EQ(ledger->back().note.reason, "leaked");
}

TEST_F(TokenServiceTest, a_reason_that_would_look_like_another_is_refused) {
  const auto issued = tokens_.create(request(), admin);
  EXPECT_EQ(tokens_.revoke(issued->token.id, "leaked\u202e", admin).error().code, Errc::invalid_input);
  EXPECT_TRUE(accepted(issued->secret)) << "nothing was changed";
}

TEST_F(TokenServiceTest, revoking_an_unknown_token_or_twice_is_an_error) {
  EXPECT_EQ(tokens_.revoke(99, "", admin).error().code, Errc::not_found);
  const auto issued = tokens_.create(request(), admin);
  ASSERT_TRUE(tokens_.revoke(issued->token.id, "", admin).ok());
  EXPECT_EQ(tokens_.revoke(issued->token.id, "", admin).error().code, Errc::conflict);
}

TEST_F(TokenServiceTest, a_token_expires_after_its_days) {
  const auto issued = tokens_.create(
      *TokenRequest::parse({.label = "ci", .permissions = "read", .expires_in_days = 2}), admin);
  site_.clock.sleep(std::chrono::hours{47});
  EXPECT_TRUE(accepted(issued->secret));
  site_.clock.sleep(std::chrono::hours{1});
  EXPECT_FALSE(accepted(issued->secret));
}

TEST_F(TokenServiceTest, a_token_expires_after_a_year_unless_it_is_asked_for_without_an_end) {
  EXPECT_EQ(tokens_.create(request(), admin)->token.expires, site_.clock.now() + std::chrono::days{365});
  const auto endless = TokenRequest::parse({.label = "ci", .permissions = "read", .expires_in_days = 0});
  EXPECT_EQ(tokens_.create(*endless, admin)->token.expires, std::nullopt);
}

TEST_F(TokenServiceTest, a_token_that_a_user_makes_ends_with_them_unless_it_is_of_a_service) {
  UserService users{site_.store->access(), site_.clock, authenticator_};
  for (const auto* name : {"alice", "bob"})
    ASSERT_TRUE(users.create(*UserRequest::parse(name, "admin", {}), admin).ok());
  const auto make = [&](const TokenWords& words) {
    return *tokens_.create(*TokenRequest::parse(words), admin, "alice");
  };
  const auto own = make({.label = "own", .permissions = "read"});
  const auto service = make({.label = "service", .permissions = "read", .service = true});
  const auto of_bob = make({.label = "of bob", .permissions = "read", .user = "bob"});
  EXPECT_EQ(own.token.user, "alice");
  EXPECT_EQ(service.token.user, std::nullopt);
  EXPECT_EQ(of_bob.token.user, "bob");
  for (const auto& token : *tokens_.list())
    EXPECT_EQ(token.made_by, "alice") << token.label;
  ASSERT_TRUE(users.disable("alice", true, "left", admin).ok());
  EXPECT_FALSE(accepted(own.secret));
  EXPECT_TRUE(accepted(service.secret));
  EXPECT_TRUE(accepted(of_bob.secret));
  EXPECT_EQ(TokenRequest::parse({.label = "x", .permissions = "read", .user = "bob", .service = true})
                .error()
                .message,
            "service: expected a token without a user, found one with both");
}

TEST_F(TokenServiceTest, a_use_is_stored) {
  const auto issued = tokens_.create(request(), admin);
  ASSERT_TRUE(accepted(issued->secret));
  ASSERT_TRUE(tokens_.write_uses().ok());
  EXPECT_EQ(tokens_.list()->front().last_used, site_.clock.now());
}

TEST_F(TokenServiceTest, tokens_of_another_process_are_known_after_a_refresh) {
  auth::Authenticator other;
  TokenService elsewhere{site_.store->access(), site_.clock, other};
  const auto issued = elsewhere.create(request(), admin);
  EXPECT_FALSE(accepted(issued->secret));
  ASSERT_TRUE(tokens_.refresh().ok());
  EXPECT_TRUE(accepted(issued->secret));
}

TEST(TokenRequest, names_the_option_at_fault) {
  const auto fault = [](std::string_view label, std::string_view allow,
                        const std::optional<std::string>& project, std::optional<std::int64_t> days) {
    const auto parsed = TokenRequest::parse(
        {.label = label, .permissions = allow, .project = project, .expires_in_days = days});
    return parsed.ok() ? std::string("accepted") : parsed.error().message;
  };
  EXPECT_EQ(fault("ci", "read,upload", "Demo.X", 30), "accepted");
  EXPECT_EQ(fault(" ", "read", {}, {}), "label: expected 1 to 100 bytes of printable text, found \" \"");
  EXPECT_TRUE(fault("a\x1b[1m", "read", {}, {}).starts_with("label: "));
  EXPECT_TRUE(fault("ci\u202e", "read", {}, {}).starts_with("label: "));
  EXPECT_TRUE(fault(std::string(101, 'x'), "read", {}, {}).starts_with("label: "));
  EXPECT_EQ(fault("ci", "read", {}, -1), "expires-days: expected 1 to 3650 days, or 0 for never, found -1");
  EXPECT_EQ(fault("ci", "read", {}, 4000),
            "expires-days: expected 1 to 3650 days, or 0 for never, found 4000");
  EXPECT_NE(fault("ci", "fly", {}, {}), "accepted");
  EXPECT_NE(fault("ci", "", {}, {}), "accepted");
  EXPECT_NE(fault("ci", "read", "-x-", {}), "accepted");
  EXPECT_EQ(TokenRequest::parse({.label = "ci", .permissions = "read", .project = "Demo.X"})->project,
            "demo-x");
}

}  // namespace
}  // namespace packhouse::index
