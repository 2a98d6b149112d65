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

}  // namespace
}  // namespace packhouse::client
