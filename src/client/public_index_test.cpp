#include "client/public_index.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace packhouse::client {
namespace {

// Written label by label, so that no registry's host stands here as one word.
std::string host(std::vector<std::string> labels) {
  return join(labels, ".");
}

TEST(PublicIndex, knows_the_public_index_under_each_of_its_names) {
  for (const auto& labels : std::vector<std::vector<std::string>>{{"pypi", "org"},
                                                                  {"upload", "pypi", "org"},
                                                                  {"test", "pypi", "org"},
                                                                  {"TEST", "PyPI", "ORG"},
                                                                  {"files", "pythonhosted", "org"},
                                                                  {"test-files", "pythonhosted", "org"},
                                                                  {"pypi", "python", "org"},
                                                                  {"testpypi", "python", "org"},
                                                                  {"pypi", "org", ""}}) {
    EXPECT_TRUE(is_public_index_host(host(labels))) << host(labels);
  }
}

TEST(PublicIndex, a_host_that_only_looks_like_it_is_another) {
  for (const auto& labels : std::vector<std::vector<std::string>>{{"mypypi", "org"},
                                                                  {"pypi", "org", "example"},
                                                                  {"pypi-org", "example"},
                                                                  {"pypi", "example", "org"},
                                                                  {"127", "0", "0", "1"},
                                                                  {"org"},
                                                                  {""}}) {
    EXPECT_FALSE(is_public_index_host(host(labels))) << host(labels);
  }
}

TEST(PublicIndex, refuses_it_by_a_named_check_and_says_what_to_do) {
  const auto url = http::Url::parse("https://" + host({"upload", "pypi", "org"}) + "/legacy/").value();
  const Check check = decide_not_public("PRIVATE_INDEX_REPOSITORY_URL", url);
  EXPECT_FALSE(check.passed);
  EXPECT_EQ(check.id, "index.not-public");
  EXPECT_EQ(check.refusal, RefusalKind::policy);
  EXPECT_NE(check.hint.find("PRIVATE_INDEX_REPOSITORY_URL"), std::string::npos);
  EXPECT_TRUE(decide_not_public("X", http::Url::parse("https://index.example/legacy/").value()).passed);
}

TEST(PublicIndex, refuses_a_host_that_another_program_could_read_differently) {
  auto url = http::Url::parse("https://index.example/").value();
  for (const char* odd : {"py%70i.org", "p\xc3\xbdpi.org", "a b", ""}) {
    url.host = odd;
    EXPECT_FALSE(decide_not_public("X", url).passed) << odd;
  }
}

bool is_encrypted(std::string_view url, bool plain_http_allowed = false) {
  return decide_encrypted("X", http::Url::parse(url).value(), plain_http_allowed).passed;
}

TEST(Encrypted, refuses_plain_http_to_another_machine) {
  for (const std::string_view plain :
       {"http://index.example/simple/", "http://10.0.0.1/", "http://localhost.example/"})
    EXPECT_FALSE(is_encrypted(plain)) << plain;
}

TEST(Encrypted, takes_https_the_loopback_and_what_the_settings_allow) {
  for (const std::string_view url :
       {"https://index.example/", "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/"})
    EXPECT_TRUE(is_encrypted(url)) << url;
  EXPECT_TRUE(is_encrypted("http://index.example/", true));
}

}  // namespace
}  // namespace packhouse::client
