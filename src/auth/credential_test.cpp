#include "auth/credential.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::auth {
namespace {

std::string basic(std::string_view user, const Secret& password) {
  return "Basic " + to_base64(std::string(user) + ":" + password.reveal());
}

TEST(Credential, a_new_token_has_the_prefix_and_256_random_bits) {
  const auto token = make_token();
  EXPECT_EQ(token.reveal().size(), 53U);
  EXPECT_TRUE(token.reveal().starts_with("phk_"));
  EXPECT_TRUE(std::ranges::all_of(token.reveal().substr(4), is_ascii_alnum)) << "one double-click selects it";
  EXPECT_NE(token.reveal(), make_token().reveal());
}

TEST(Credential, a_token_ends_with_a_checksum_that_scanners_can_compute) {
  const std::string random = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
  const std::string whole = "phk_" + random + "32L9Jw";  // zlib.crc32() in base 62
  EXPECT_TRUE(is_token(whole));
  EXPECT_TRUE(is_token(make_token().reveal()));
  for (std::size_t i = 4; i < whole.size(); ++i) {
    auto mistyped = whole;
    mistyped[i] = mistyped[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(is_token(mistyped)) << i;
  }
  EXPECT_TRUE(is_token("phk_" + random)) << "as tokens were made before";
  EXPECT_TRUE(is_token("phk_" + std::string(42, '-') + "_"));
}

TEST(Credential, basic_takes_the_password_whatever_the_user_name) {
  const auto token = make_token();
  for (const auto* user : {"__token__", "ci", ""}) {
    const auto found = presented_token(basic(user, token));
    ASSERT_TRUE(found) << user;
    EXPECT_EQ(found->reveal(), token.reveal());
  }
}

TEST(Credential, basic_takes_the_user_name_beside_an_empty_password) {
  const auto token = make_token();
  const auto found = presented_token(basic(token.reveal(), Secret{}));
  ASSERT_TRUE(found) << "as in https://TOKEN@host/";
  EXPECT_EQ(found->reveal(), token.reveal());
  EXPECT_FALSE(presented_token(basic(token.reveal(), Secret{"x"}))) << "a password counts";
  EXPECT_FALSE(presented_token(basic("alice", Secret{})));
  const auto other = make_token();
  EXPECT_EQ(presented_token(basic(other.reveal(), token))->reveal(), token.reveal());
}

TEST(Credential, a_password_is_read_as_utf_8_and_otherwise_as_latin_1) {
  for (const std::string sent : {"gr\xc3\xbc\xc3\x9f"
                                 "e",
                                 "gr\xfc\xdf"
                                 "e"}) {
    const auto login = presented_login("Basic " + to_base64("alice:" + sent));
    ASSERT_TRUE(login);
    EXPECT_EQ(login->password.reveal(), "grüße");
  }
}

TEST(Credential, bearer_and_token_schemes_are_read_in_any_case) {
  const auto token = make_token();
  for (const auto* scheme : {"Bearer ", "bearer ", "TOKEN ", "Token   "}) {
    const auto found = presented_token(scheme + token.reveal());
    ASSERT_TRUE(found) << scheme;
    EXPECT_EQ(found->reveal(), token.reveal());
  }
}

TEST(Credential, text_of_another_form_is_not_a_token) {
  const auto token = make_token();
  const auto digest = "Digest " + token.reveal();
  const auto extra = "Bearer " + token.reveal() + "x";
  const auto blank_inside = "Bearer phk_ " + std::string(42, 'a');
  const auto no_colon = "Basic " + to_base64(token.reveal());
  const auto broken_base64 = basic("u", token) + "!";
  const auto long_user = basic(std::string(2000, 'u'), token);
  for (const std::string_view field :
       {std::string_view{""}, std::string_view{"Basic"}, std::string_view{"Basic "},
        std::string_view{"Bearer x"}, std::string_view{digest}, std::string_view{extra},
        std::string_view{blank_inside}, std::string_view{no_colon}, std::string_view{broken_base64},
        std::string_view{long_user}}) {
    EXPECT_FALSE(presented_token(field)) << field;
  }
}

TEST(Credential, a_colon_in_the_user_name_does_not_move_the_password) {
  // RFC 7617 section 2: the first colon separates; a password may hold more of them, a token never does.
  const auto token = make_token();
  EXPECT_FALSE(presented_token("Basic " + to_base64("a:b:" + token.reveal())));
}

}  // namespace
}  // namespace packhouse::auth
