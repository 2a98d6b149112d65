#include "oidc/publisher_rules.hpp"

#include <gtest/gtest.h>

#include "oidc/testing/signer.hpp"

namespace packhouse::oidc {
namespace {

constexpr std::int64_t second = 1'763'000'000;

Publisher github() {
  return {.project = "nqctl",
          .kind = IssuerKind::github,
          .issuer = "https://token.actions.githubusercontent.com",
          .conditions = {.repository = "lab/nqctl", .workflow = ".github/workflows/publish-private.yml"}};
}

Publisher gitlab() {
  return {.project = "nqctl",
          .kind = IssuerKind::gitlab,
          .issuer = "https://gitlab.example.org",
          .conditions = {.repository = "lab/nqctl", .workflow = ".gitlab-ci.yml"}};
}

Publisher forgejo() {
  return {.project = "nqctl",
          .kind = IssuerKind::forgejo,
          .issuer = "https://forge.example.org/api/actions",
          .conditions = {.repository = "lab/nqctl", .workflow = ".forgejo/workflows/publish-private.yml"}};
}

std::string verdict(const Publisher& publisher, const json::Object& claims) {
  const auto fits = check_conditions(publisher, claims);
  if (fits.ok()) return "fits";
  EXPECT_EQ(fits.error().code, Errc::refused);
  return fits.error().message;
}

json::Object with(json::Object claims, std::string_view name, const json::Value& value) {
  claims[name] = value;
  return claims;
}

TEST(PublisherRules, take_the_run_of_the_publisher) {
  EXPECT_EQ(verdict(github(), github_claims(second)), "fits");
  EXPECT_EQ(verdict(gitlab(), gitlab_claims(second)), "fits");
  EXPECT_EQ(verdict(forgejo(), forgejo_claims(second)), "fits");
}

TEST(PublisherRules, compare_repositories_as_forges_do) {
  const auto spelt = with(with(github_claims(second), "repository", "Lab/NQCTL"), "job_workflow_ref",
                          "Lab/NQCTL/.github/workflows/publish-private.yml@refs/heads/main");
  EXPECT_EQ(verdict(github(), spelt), "fits");
}

TEST(PublisherRules, refuse_another_repository) {
  EXPECT_EQ(verdict(github(), with(github_claims(second), "repository", "lab/other")),
            R"(expected "lab/nqctl" at repository, found "lab/other")");
  EXPECT_NE(verdict(github(), with(github_claims(second), "repository", nullptr)), "fits");
  EXPECT_NE(verdict(gitlab(), with(gitlab_claims(second), "project_path", "lab/nqctl2")), "fits");
}

TEST(PublisherRules, refuse_a_repository_that_was_made_anew_under_the_name) {
  auto publisher = github();
  publisher.conditions.repository_id = "71234567";
  publisher.conditions.owner_id = "4711";
  EXPECT_EQ(verdict(publisher, github_claims(second)), "fits");
  EXPECT_EQ(verdict(publisher, with(github_claims(second), "repository_id", "99")),
            R"(expected "71234567" at repository_id, found "99")");
  EXPECT_NE(verdict(publisher, with(github_claims(second), "repository_owner_id", "99")), "fits");
  auto of_gitlab = gitlab();
  of_gitlab.conditions.repository_id = "22";
  EXPECT_EQ(verdict(of_gitlab, with(gitlab_claims(second), "project_id", 22)), "fits")
      << "a number or a text";
  EXPECT_NE(verdict(of_gitlab, with(gitlab_claims(second), "project_id", "23")), "fits");
}

TEST(PublisherRules, refuse_another_workflow) {
  EXPECT_EQ(
      verdict(github(), with(github_claims(second), "job_workflow_ref",
                             "lab/nqctl/.github/workflows/ci.yml@refs/heads/main")),
      R"(expected "lab/nqctl/.github/workflows/publish-private.yml@refs/heads/main" at job_workflow_ref, )"
      R"(found "lab/nqctl/.github/workflows/ci.yml@refs/heads/main")");
  EXPECT_NE(verdict(github(), with(github_claims(second), "job_workflow_ref",
                                   "lab/nqctl/.github/workflows/evil/publish-private.yml@refs/heads/main")),
            "fits");
  EXPECT_NE(verdict(gitlab(), with(gitlab_claims(second), "ci_config_ref_uri",
                                   "gitlab.example.org/lab/nqctl//other.yml@refs/heads/main")),
            "fits");
}

TEST(PublisherRules, refuse_a_reusable_workflow_of_another_repository) {
  EXPECT_NE(verdict(github(), with(github_claims(second), "job_workflow_ref",
                                   "evil/nqctl/.github/workflows/publish-private.yml@refs/heads/main")),
            "fits");
  EXPECT_NE(verdict(gitlab(), with(gitlab_claims(second), "ci_config_ref_uri",
                                   "gitlab.example.org/evil/nqctl//.gitlab-ci.yml@refs/heads/main")),
            "fits");
  EXPECT_NE(verdict(gitlab(), with(gitlab_claims(second), "ci_config_ref_uri",
                                   "evil.example.org/lab/nqctl//.gitlab-ci.yml@refs/heads/main")),
            "fits");
}

TEST(PublisherRules, refuse_a_workflow_at_another_ref_than_the_run) {
  EXPECT_NE(verdict(github(), with(github_claims(second), "job_workflow_ref",
                                   "lab/nqctl/.github/workflows/publish-private.yml@refs/heads/evil")),
            "fits");
  const auto at_commit = with(github_claims(second), "job_workflow_ref",
                              "lab/nqctl/.github/workflows/publish-private.yml@"
                              "0123456789abcdef0123456789abcdef01234567");
  EXPECT_EQ(verdict(github(), at_commit), "fits") << "a deployment's run has no ref";
  auto nowhere = with(with(github_claims(second), "ref", nullptr), "sha", nullptr);
  nowhere["job_workflow_ref"] = "lab/nqctl/.github/workflows/publish-private.yml@";
  EXPECT_NE(verdict(github(), nowhere), "fits");
}

TEST(PublisherRules, hold_a_run_to_ref_environment_and_event) {
  auto strict = github();
  strict.conditions.ref = "refs/heads/main";
  strict.conditions.environment = "release";
  strict.conditions.event = "workflow_dispatch";
  EXPECT_EQ(verdict(strict, github_claims(second)), "fits");
  auto of_branch = with(github_claims(second), "ref", "refs/heads/dev");
  of_branch["job_workflow_ref"] = "lab/nqctl/.github/workflows/publish-private.yml@refs/heads/dev";
  EXPECT_EQ(verdict(strict, of_branch), R"(expected "refs/heads/main" at ref, found "refs/heads/dev")");
  EXPECT_EQ(verdict(strict, with(github_claims(second), "environment", nullptr)),
            R"(expected "release" at environment, found nothing)");
  EXPECT_NE(verdict(strict, with(github_claims(second), "environment", "Release")), "fits");
  EXPECT_NE(verdict(strict, with(github_claims(second), "event_name", "push")), "fits");
  auto of_forgejo = forgejo();
  of_forgejo.conditions.environment = "release";
  EXPECT_NE(verdict(of_forgejo, with(forgejo_claims(second), "environment", "release")), "fits")
      << "Forgejo states no environment, so that its tokens prove none";
}

TEST(PublisherRules, refuse_events_that_run_code_of_others) {
  for (const auto* event : {"pull_request", "pull_request_target"}) {
    auto publisher = github();
    publisher.conditions.event = event;
    EXPECT_NE(verdict(publisher, with(github_claims(second), "event_name", event)), "fits") << event;
  }
  EXPECT_NE(verdict(gitlab(), with(gitlab_claims(second), "pipeline_source", "merge_request_event")), "fits");
}

TEST(PublisherRules, hold_gitlabs_subject_to_its_project) {
  EXPECT_NE(verdict(gitlab(), with(gitlab_claims(second), "sub", "project_path:lab/nqctl-evil:ref:main")),
            "fits");
  EXPECT_NE(verdict(gitlab(), with(gitlab_claims(second), "sub", nullptr)), "fits");
}

TEST(PublisherRules, compare_claims_of_other_issuers) {
  const Publisher publisher{.kind = IssuerKind::other,
                            .issuer = "https://ci.example.org",
                            .conditions = {.claims = {{"sub", "pipeline:nqctl"}, {"branch", "main"}}}};
  EXPECT_EQ(verdict(publisher, {{"sub", "pipeline:nqctl"}, {"branch", "main"}}), "fits");
  EXPECT_EQ(verdict(publisher, {{"sub", "pipeline:nqctl"}}), R"(expected "main" at branch, found nothing)");
  EXPECT_NE(verdict(publisher, {{"sub", "pipeline:other"}, {"branch", "main"}}), "fits");
}

TEST(PublisherRules, describe_the_run) {
  EXPECT_EQ(run_of(IssuerKind::github, github_claims(second)).str(), "run 42, attempt 1, of lab/nqctl");
  EXPECT_EQ(run_of(IssuerKind::gitlab, gitlab_claims(second)).str(), "run 42 of lab/nqctl");
  EXPECT_EQ(run_of(IssuerKind::other, {{"sub", "pipeline:nqctl"}}).str(), "pipeline:nqctl");
}

}  // namespace
}  // namespace packhouse::oidc
