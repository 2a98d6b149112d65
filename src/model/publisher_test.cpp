#include "model/publisher.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(PublisherConditions, come_back_from_JSON) {
  const PublisherConditions conditions{.repository = "lab/nqctl",
                                       .repository_id = "7",
                                       .owner_id = "8",
                                       .workflow = ".github/workflows/publish.yml",
                                       .ref = "refs/heads/main",
                                       .environment = "release",
                                       .event = "push",
                                       .claims = {{"runner_environment", "github-hosted"}}};
  EXPECT_EQ(PublisherConditions::from_json(conditions.to_json()), conditions);
  EXPECT_EQ(PublisherConditions::from_json({}), PublisherConditions{});
  EXPECT_TRUE(PublisherConditions{}.to_json().empty());
}

TEST(PublisherConditions, know_their_names) {
  EXPECT_FALSE(PublisherConditions::from_json({{"repo", "lab/nqctl"}}).ok());
  EXPECT_FALSE(PublisherConditions::from_json({{"repository", 7}}).ok());
  EXPECT_FALSE(PublisherConditions::from_json({{"claims", json::Object{{"sub", 7}}}}).ok());
  EXPECT_FALSE(PublisherConditions::from_json({{"claims", "sub"}}).ok());
}

TEST(IssuerKind, has_a_name) {
  for (const auto kind : {IssuerKind::github, IssuerKind::gitlab, IssuerKind::forgejo, IssuerKind::other})
    EXPECT_EQ(parse_issuer_kind(to_string(kind)), kind);
  EXPECT_FALSE(parse_issuer_kind("GitHub").ok());
}

}  // namespace
}  // namespace packhouse
