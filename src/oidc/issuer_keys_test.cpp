#include "oidc/issuer_keys.hpp"

#include <gtest/gtest.h>

#include "oidc/testing/issuer.hpp"

namespace packhouse::oidc {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class IssuerKeysTest : public ::testing::Test {
 protected:
  /// Whether there is a key of that id, or why there is none at all.
  std::string ask(std::string_view key_id) {
    const auto keys = keys_.with(key_id);
    if (!keys.ok()) return keys.error().message;
    return (*keys)->has(key_id) ? "there" : "not there";
  }

  TestIssuer issuer_{"https://issuer.example.org"};
  ManualClock clock_{Timestamp{seconds{1'763'000'000}}};
  IssuerKeys keys_{*http::Url::parse("https://issuer.example.org"), issuer_.make_client(), clock_};
};

TEST_F(IssuerKeysTest, asks_once_for_what_it_needs_often) {
  EXPECT_EQ(ask("key-1"), "there");
  EXPECT_EQ(ask("key-1"), "there");
  EXPECT_EQ(issuer_.requests(), 2) << "the configuration and the keys";
}

TEST_F(IssuerKeysTest, asks_again_for_a_new_key_but_once_a_minute) {
  EXPECT_EQ(ask("key-1"), "there");
  issuer_.rotate("key-2");
  EXPECT_EQ(ask("key-2"), "not there") << "anybody can send a token with an unknown key";
  clock_.sleep(minutes{1});
  EXPECT_EQ(ask("key-2"), "there");
  EXPECT_EQ(ask("key-1"), "not there");
  EXPECT_EQ(issuer_.requests(), 4);
}

TEST_F(IssuerKeysTest, gives_up_a_withdrawn_key_after_an_hour) {
  EXPECT_EQ(ask("key-1"), "there");
  issuer_.rotate("key-2");
  clock_.sleep(hours{1} + seconds{1});
  EXPECT_EQ(ask("key-1"), "not there");
}

TEST_F(IssuerKeysTest, keeps_keys_for_a_day_while_the_issuer_is_away) {
  EXPECT_EQ(ask("key-1"), "there");
  issuer_.go_away(true);
  clock_.sleep(hours{24});
  EXPECT_EQ(ask("key-1"), "there");
  clock_.sleep(hours{1});
  EXPECT_EQ(ask("key-1"), "the issuer issuer.example.org: the connection was refused");
}

TEST_F(IssuerKeysTest, leaves_an_issuer_that_failed_alone_for_a_minute) {
  issuer_.go_away(true);
  EXPECT_EQ(ask("key-1"), "the issuer issuer.example.org: the connection was refused");
  issuer_.go_away(false);
  EXPECT_EQ(ask("key-1"), "the issuer issuer.example.org failed a moment ago");
  EXPECT_EQ(issuer_.requests(), 1);
  clock_.sleep(minutes{1});
  EXPECT_EQ(ask("key-1"), "there");
}

TEST_F(IssuerKeysTest, takes_the_configuration_of_its_own_issuer_alone) {
  issuer_.set_configuration(
      R"({"issuer": "https://other.example.org", "jwks_uri": "https://issuer.example.org/keys"})");
  EXPECT_NE(ask("key-1").find("expected the configuration of \"https://issuer.example.org\""),
            std::string::npos);
}

TEST_F(IssuerKeysTest, takes_no_keys_over_a_connection_that_anybody_can_change) {
  issuer_.set_configuration(
      R"({"issuer": "https://issuer.example.org", "jwks_uri": "http://issuer.example.org/keys"})");
  EXPECT_NE(ask("key-1").find("to begin with https"), std::string::npos);
}

TEST_F(IssuerKeysTest, says_what_is_wrong_with_an_answer) {
  issuer_.set_configuration("[]");
  EXPECT_NE(ask("key-1").find("expected a JSON object"), std::string::npos);
  clock_.sleep(minutes{1});
  issuer_.set_configuration(
      R"({"issuer": "https://issuer.example.org", "jwks_uri": "https://issuer.example.org/nothing"})");
  EXPECT_NE(ask("key-1").find("found 404"), std::string::npos);
}

}  // namespace
}  // namespace packhouse::oidc
