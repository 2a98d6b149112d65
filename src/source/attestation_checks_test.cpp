#include "source/attestation_checks.hpp"

#include <gmock/gmock.h>

#include "attest/testing/sigstore.hpp"
#include "source/testing/scripted_forge.hpp"

namespace packhouse::source {
namespace {

using attest::testing::FakeSigstore;
using attest::testing::Recipe;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ScriptedForge;

const std::string server = "https://github.com";

class AttestationTest : public ::testing::Test {
 protected:
  AttestationTest() {
    policy.attestations.mode = AttestationPolicy::Mode::require;
    file.filename = "nanonis_qcodes_controller-1.4.0-py3-none-any.whl";
  }

  /// What the build job of the good run attests.
  Recipe recipe() const {
    Recipe made;
    made.subject = file.sha256;
    made.filename = file.filename;
    made.repository = server + "/" + policy.repository;
    made.repository_id = testing::repository_number;
    made.commit = testing::built_commit;
    made.run_id = testing::run_number;
    made.attempt = 1;
    return made;
  }
  std::vector<std::string> refused(const std::vector<Recipe>& recipes) {
    forge.bundles.clear();
    for (const Recipe& each : recipes)
      forge.bundles.push_back(json::dump(sigstore.bundle(each)));
    Candidate candidate;
    candidate.files = {file};
    checks = check_attestations(forge, {policy, forge.evidence, server, roots}, candidate).value();
    return refused_ids(checks);
  }

  Policy policy = testing::good_policy();
  FakeSigstore sigstore{FakeSigstore::Kind::private_instance};
  std::vector<attest::TrustedRoot> roots{sigstore.root()};
  ScriptedForge forge{testing::good_evidence(), "zip"};
  client::ReleaseFile file{"/x", "x", 9, Sha256::of("the wheel"), {}};
  Checks checks;
};

TEST_F(AttestationTest, the_build_job_s_own_attestation_passes) {
  EXPECT_THAT(refused({recipe()}), IsEmpty());
  EXPECT_THAT(checks.back().found, HasSubstr(file.filename));
}

TEST_F(AttestationTest, nothing_is_asked_where_the_policy_asks_for_none) {
  policy.attestations.mode = AttestationPolicy::Mode::off;
  EXPECT_THAT(refused({}), IsEmpty());
  EXPECT_THAT(forge.calls, IsEmpty());
}

TEST_F(AttestationTest, attack_artifact_replaced_inside_the_run_has_no_attestation) {
  EXPECT_THAT(refused({}), Contains("attestation.verified"));
  auto other = recipe();
  other.subject = Sha256::of("another wheel");
  EXPECT_THAT(refused({other}), Contains("attestation.verified"));
}

TEST_F(AttestationTest, attack_attestation_of_another_attempt_run_commit_or_repository) {
  auto attempt = recipe();
  attempt.attempt = 2;
  EXPECT_THAT(refused({attempt}), Contains("attestation.verified"));
  auto run = recipe();
  run.run_id += 1;
  EXPECT_THAT(refused({run}), Contains("attestation.verified"));
  auto commit = recipe();
  commit.commit = testing::other_commit;
  EXPECT_THAT(refused({commit}), Contains("attestation.verified"));
  auto repository = recipe();
  repository.repository_id = testing::fork_number;
  EXPECT_THAT(refused({repository}), Contains("attestation.verified"));
}

TEST_F(AttestationTest, a_build_job_that_was_not_repeated_signed_in_the_first_attempt) {
  forge.evidence.latest.attempt = forge.evidence.attempt.attempt = std::int64_t{2};
  EXPECT_THAT(refused({recipe()}), Contains("attestation.verified"));
  forge.evidence.earlier_jobs = {forge.evidence.jobs};
  EXPECT_THAT(refused({recipe()}), IsEmpty());
  // It ran again: what it made in the first attempt is not what is promoted.
  forge.evidence.earlier_jobs.front().jobs.front().completed_at = testing::at("2026-11-22T10:01:10Z");
  EXPECT_THAT(refused({recipe()}), Contains("attestation.verified"));
}

TEST_F(AttestationTest, an_attestation_beside_the_file_counts_like_one_of_the_forge) {
  const std::string name = file.filename + ".publish.attestation";
  const auto refused_with = [&](const std::string& text) {
    Candidate candidate;
    candidate.files = {file};
    candidate.sidecars[name] = text;
    return refused_ids(check_attestations(forge, {policy, forge.evidence, server, roots}, candidate).value());
  };
  EXPECT_THAT(refused_with(json::dump(sigstore.attestation(recipe()))), IsEmpty());
  auto other = recipe();
  other.subject = Sha256::of("another wheel");
  EXPECT_THAT(refused_with(json::dump(sigstore.attestation(other))), Contains("attestation.verified"));
  EXPECT_THAT(refused_with("{}"), Contains("attestation.verified"));
  EXPECT_THAT(refused_with("no json"), Contains("attestation.verified"));
}

TEST_F(AttestationTest, attack_tag_named_main_is_told_from_the_branch) {
  auto tag = recipe();
  tag.ref = "refs/tags/main";
  EXPECT_THAT(refused({tag}), Contains("attestation.verified"));
}

TEST_F(AttestationTest, attack_other_workflow) {
  auto workflow = recipe();
  workflow.workflow = ".github/workflows/ci.yml.evil.yml";
  EXPECT_THAT(refused({workflow}), Contains("attestation.verified"));
}

TEST_F(AttestationTest, attack_another_sigstore_instance_is_not_trusted) {
  const FakeSigstore other(FakeSigstore::Kind::private_instance);
  forge.bundles = {json::dump(other.bundle(recipe()))};
  Candidate candidate;
  candidate.files = {file};
  const auto decided = check_attestations(forge, {policy, forge.evidence, server, roots}, candidate).value();
  EXPECT_THAT(refused_ids(decided), Contains("attestation.verified"));
}

TEST_F(AttestationTest, a_foreign_attestation_beside_the_good_one_does_no_harm) {
  auto other = recipe();
  other.attempt = 7;
  EXPECT_THAT(refused({other, recipe()}), IsEmpty());
}

}  // namespace
}  // namespace packhouse::source
