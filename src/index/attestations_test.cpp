#include "index/attestations.hpp"

#include <gmock/gmock.h>

#include "attest/testing/sigstore.hpp"
#include "base/json.hpp"

namespace packhouse::index {
namespace {

using attest::testing::FakeSigstore;
using attest::testing::Recipe;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const FakeSigstore& sigstore() {
  static const FakeSigstore instance(FakeSigstore::Kind::rekor_1);
  return instance;
}

AttestationPolicy policy() {
  return {.roots = {sigstore().root()},
          .publishers = {{"demo", {{.repository = "acme/demo", .workflow = ".github/workflows/ci.yml"}}}}};
}

File wheel() {
  const Recipe recipe;
  return {.release = *ReleaseName::parse("demo", "1.0"),
          .filename = recipe.filename,
          .sha256 = recipe.subject,
          .blake2b_256 = {},
          .requires_python = {},
          .metadata_sha256 = {},
          .uploaded = {},
          .yanked = {}};
}

std::string sent(const std::vector<Recipe>& recipes) {
  json::Array list;
  for (const auto& recipe : recipes)
    list.emplace_back(sigstore().attestation(recipe));
  return json::dump(list);
}

std::string refusal(std::string_view attestations, const AttestationPolicy& rules = policy()) {
  const auto made = provenance_of(rules, wheel(), attestations);
  EXPECT_FALSE(made.ok());
  if (made.ok()) return {};
  EXPECT_EQ(made.error().code, Errc::invalid_input);
  EXPECT_THAT(made.error().message, StartsWith("Invalid attestations supplied during upload: "));
  return made.error().message;
}

TEST(Provenance, names_the_publisher_and_holds_the_attestations_as_sent) {
  const auto made = provenance_of(policy(), wheel(), sent({Recipe{}}));
  ASSERT_TRUE(made.ok()) << made.error().message;
  const auto document = json::parse(*made).value();
  EXPECT_EQ(document.at("version").as_int64(), 1);
  const auto& bundle = document.at("attestation_bundles").at(0);
  EXPECT_EQ(bundle.at("publisher").at("kind").as_string(), "GitHub");
  EXPECT_EQ(bundle.at("publisher").at("repository").as_string(), "acme/demo");
  EXPECT_EQ(bundle.at("publisher").at("workflow").as_string(), "ci.yml");
  EXPECT_EQ(bundle.at("attestations").at(0).at("version").as_int64(), 1);
}

TEST(Provenance, of_every_kind_of_sigstore_instance) {
  for (const auto kind : {FakeSigstore::Kind::private_instance, FakeSigstore::Kind::rekor_2}) {
    const FakeSigstore other(kind);
    auto rules = policy();
    rules.roots = {other.root()};
    const auto text = json::dump(json::Array{other.attestation(Recipe{})});
    EXPECT_TRUE(provenance_of(rules, wheel(), text).ok()) << static_cast<int>(kind);
  }
}

TEST(Provenance, refuses_anything_but_a_list_of_one_or_two_attestations) {
  EXPECT_THAT(refusal("no json"), HasSubstr("malformed"));
  EXPECT_THAT(refusal("{}"), HasSubstr("malformed"));
  EXPECT_THAT(refusal("[]"), HasSubstr("expected 1 to 2 of them, found 0"));
  EXPECT_THAT(refusal("[1,2,3]"), HasSubstr("found 3"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("malformed"));
  EXPECT_THAT(refusal(R"([{"version":2}])"), HasSubstr("version 1, found 2"));
}

TEST(Provenance, refuses_two_of_one_predicate_and_an_unknown_one) {
  EXPECT_THAT(refusal(sent({Recipe{}, Recipe{}})), HasSubstr("two of predicate"));
  Recipe other;
  other.edit_statement = [](json::Object& statement) { statement["predicateType"] = "https://x.example/v1"; };
  EXPECT_THAT(refusal(sent({other})), HasSubstr("unsupported predicate"));
}

TEST(Provenance, takes_a_publish_attestation_beside_the_builds) {
  Recipe publish;
  publish.edit_statement = [](json::Object& statement) {
    statement["predicateType"] = "https://docs.index.example/attestations/publish/v1";
    statement["predicate"] = json::Object{};
  };
  const auto made = provenance_of(policy(), wheel(), sent({Recipe{}, publish}));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(json::parse(*made)->at("attestation_bundles").as_array().size(), 2U);
}

TEST(Provenance, of_another_file_or_another_name_is_refused) {
  Recipe other;
  other.subject = Sha256::of("another wheel");
  EXPECT_THAT(refusal(sent({other})), HasSubstr("attestation.subject"));
  Recipe renamed;
  renamed.filename = "demo-2.0-py3-none-any.whl";
  EXPECT_THAT(refusal(sent({renamed})), HasSubstr("attestation.subject"));
}

TEST(Provenance, accepts_only_publishers_of_the_project) {
  Recipe stranger;
  stranger.repository = "https://github.com/evil/demo";
  EXPECT_THAT(refusal(sent({stranger})), HasSubstr("attestation.repository"));
  Recipe other_workflow;
  other_workflow.workflow = ".github/workflows/other.yml";
  EXPECT_THAT(refusal(sent({other_workflow})), HasSubstr("attestation."));
  auto without_publishers = policy();
  without_publishers.publishers.clear();
  EXPECT_THAT(refusal(sent({Recipe{}}), without_publishers),
              HasSubstr("demo has no publisher on this index"));
}

TEST(Provenance, of_an_instance_that_is_not_trusted_is_refused) {
  const FakeSigstore other(FakeSigstore::Kind::rekor_1);
  auto rules = policy();
  rules.roots = {other.root()};
  EXPECT_THAT(refusal(sent({Recipe{}}), rules), HasSubstr("attestation."));
}

TEST(Provenance, of_a_pull_request_target_run_is_refused) {
  Recipe recipe;
  recipe.event = "pull_request_target";
  EXPECT_THAT(refusal(sent({recipe})), HasSubstr("another's pull request"));
}

TEST(PublisherText, is_a_workflow_of_a_repository) {
  EXPECT_EQ(TrustedPublisher::parse("o/n/.github/workflows/ci.yml").value(),
            (TrustedPublisher{.repository = "o/n", .workflow = ".github/workflows/ci.yml"}));
  for (const auto* text :
       {"", "o/n", "o/n/ci.yml", "n/.github/workflows/ci.yml", "/n/.github/workflows/a",
        "o/n/.github/workflows/", "o/n/.github/workflows/a/b", "a/o/n/.github/workflows/a"})
    EXPECT_FALSE(TrustedPublisher::parse(text).ok()) << text;
}

}  // namespace
}  // namespace packhouse::index
