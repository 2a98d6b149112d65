#include "config/desk_secrets.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

namespace packhouse::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const forge::ForgeKind& github() {
  return forge::forge_kinds().front();
}

DeskSecrets secrets() {
  return {.repository_url = Secret{"https://index.example/legacy/"},
          .username = Secret{"desk"},
          .password = Secret{"canary"},
          .pip_index_url = Secret{"https://desk:canary@index.example/simple/"},
          .forge_tokens = {{"github", Secret{"forge-t0ken"}}}};
}

TEST(DeskSecrets, are_taken_out_of_the_environment) {
  ASSERT_EQ(::setenv("PRIVATE_INDEX_PASSWORD", " canary-secret\n", 1), 0);
  const char* place = std::getenv("PRIVATE_INDEX_PASSWORD");
  const auto taken = DeskSecrets::take();
  EXPECT_EQ(taken.password.reveal(), "canary-secret");
  EXPECT_EQ(std::getenv("PRIVATE_INDEX_PASSWORD"), nullptr);
  EXPECT_EQ(*place, '\0');  // nor in the memory that /proc shows
}

TEST(DeskSecrets, name_all_that_is_missing_at_once) {
  const auto error = upload_addresses(DeskSecrets{}, github()).error();
  EXPECT_EQ(error.code, Errc::unauthenticated);
  EXPECT_THAT(error.message, HasSubstr("PRIVATE_INDEX_REPOSITORY_URL, PRIVATE_INDEX_PIP_INDEX_URL, "
                                       "PRIVATE_INDEX_USERNAME, PRIVATE_INDEX_PASSWORD, GITHUB_TOKEN"));
}

TEST(DeskSecrets, credentials_in_urls_leave_the_url) {
  const auto addresses = upload_addresses(secrets(), github()).value();
  EXPECT_EQ(addresses.upload.auth->user, "desk");
  EXPECT_EQ(addresses.simple.url.str(), "https://index.example/simple/");
  EXPECT_EQ(addresses.simple.auth->password.reveal(), "canary");
  auto in_url = secrets();
  in_url.repository_url = Secret{"https://desk:canary@index.example/legacy/"};
  in_url.username = in_url.password = Secret{};
  EXPECT_EQ(upload_addresses(in_url, github()).value().upload.auth->password.reveal(), "canary");
}

TEST(DeskSecrets, one_that_is_too_short_to_be_masked_is_refused_with_a_hint) {
  const auto refused = [](const DeskSecrets& short_one) {
    const auto error = upload_addresses(short_one, github()).error();
    EXPECT_EQ(error.code, Errc::invalid_input);
    EXPECT_THAT(error.hint, HasSubstr("use a token"));
    return error.message;
  };
  auto password = secrets();
  password.password = Secret{"x"};
  EXPECT_EQ(refused(password), "expected a secret of at least 6 bytes in PRIVATE_INDEX_PASSWORD, found 1");
  auto in_url = secrets();
  in_url.pip_index_url = Secret{"https://desk:abcde@index.example/simple/"};
  EXPECT_EQ(refused(in_url), "expected a secret of at least 6 bytes in PRIVATE_INDEX_PIP_INDEX_URL, found 5");
  auto in_repository = secrets();
  in_repository.repository_url = Secret{"https://desk:ab@index.example/legacy/"};
  EXPECT_THAT(refused(in_repository), HasSubstr("PRIVATE_INDEX_REPOSITORY_URL, found 2"));
  auto token = secrets();
  token.forge_tokens["github"] = Secret{"abc"};
  EXPECT_THAT(refused(token), HasSubstr("GITHUB_TOKEN, found 3"));
  auto simple = DeskSecrets{};
  simple.pip_index_url = in_url.pip_index_url;
  EXPECT_EQ(simple_address(simple, false).error().code, Errc::invalid_input);
}

TEST(DeskSecrets, two_credentials_that_differ_are_an_error_that_shows_neither) {
  auto both = secrets();
  both.repository_url = Secret{"https://desk:otherword@index.example/legacy/"};
  const auto error = upload_addresses(both, github()).error();
  EXPECT_THAT(error.message, HasSubstr("expected one credential"));
  EXPECT_THAT(error.message + error.hint, Not(HasSubstr("otherword")));
  EXPECT_THAT(error.message + error.hint, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace packhouse::app
