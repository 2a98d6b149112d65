#include "attest/verify.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "attest/testing/sigstore.hpp"
#include "base/text.hpp"

namespace packhouse::attest {
namespace {

using testing::expectation_of;
using testing::FakeSigstore;
using testing::Recipe;
using Kind = FakeSigstore::Kind;

/// One instance of each kind for the whole program: making keys costs more than a test.
const FakeSigstore& instance(Kind kind) {
  static const FakeSigstore private_instance(Kind::private_instance);
  static const FakeSigstore rekor_1(Kind::rekor_1);
  static const FakeSigstore rekor_2(Kind::rekor_2);
  return kind == Kind::private_instance ? private_instance : kind == Kind::rekor_1 ? rekor_1 : rekor_2;
}

const FakeSigstore& stranger(Kind kind) {
  static const FakeSigstore ecdsa(Kind::rekor_1);
  static const FakeSigstore ed25519(Kind::rekor_2);
  return kind == Kind::rekor_2 ? ed25519 : ecdsa;
}

Verdict verify_text(const std::string& bundle, const TrustedRoot& root, const Expectation& expected) {
  return verify_any(std::vector{bundle}, std::span(&root, 1), expected);
}

/// The ids of what was refused, for a bundle of `recipe` against what `expected` says.
std::string refused(const Verdict& verdict) {
  std::vector<std::string> ids;
  for (const auto& check : verdict.checks) {
    if (!check.passed) ids.push_back(check.id);
  }
  EXPECT_EQ(verdict.passed(), ids.empty());
  return join(ids, " ");
}

std::string refused(Kind kind, const Recipe& recipe, const Expectation& expected) {
  return refused(verify_text(json::dump(instance(kind).bundle(recipe)), instance(kind).root(), expected));
}

std::string refused(Kind kind, const Recipe& recipe) {
  return refused(kind, recipe, expectation_of(recipe));
}

std::string refused(Kind kind, const json::Object& bundle) {
  return refused(verify_text(json::dump(bundle), instance(kind).root(), expectation_of({})));
}

std::string found_at(const Verdict& verdict, std::string_view id) {
  for (const auto& check : verdict.checks) {
    if (check.id == id) return check.found;
  }
  return "no such check";
}

json::Object& log_entry(json::Object& bundle) {
  return bundle["verificationMaterial"].at("tlogEntries").at(0).as_object();
}

/// The same text with a bit of its bytes changed, as base64.
void spoil(json::Value& base64) {
  auto bytes = from_base64(std::string_view(base64.as_string()));
  bytes->back() = static_cast<char>(bytes->back() ^ 1);
  base64 = to_base64(*bytes);
}

class EveryKind : public ::testing::TestWithParam<Kind> {};
class LoggingKind : public ::testing::TestWithParam<Kind> {};
class StampingKind : public ::testing::TestWithParam<Kind> {};

std::string kind_name(const ::testing::TestParamInfo<Kind>& info) {
  return info.param == Kind::private_instance ? "private"
         : info.param == Kind::rekor_1        ? "rekor_1"
                                              : "rekor_2";
}
INSTANTIATE_TEST_SUITE_P(Attestation, EveryKind,
                         ::testing::Values(Kind::private_instance, Kind::rekor_1, Kind::rekor_2), kind_name);
INSTANTIATE_TEST_SUITE_P(Attestation, LoggingKind, ::testing::Values(Kind::rekor_1, Kind::rekor_2),
                         kind_name);
INSTANTIATE_TEST_SUITE_P(Attestation, StampingKind, ::testing::Values(Kind::private_instance, Kind::rekor_2),
                         kind_name);

// --- What passes ---

TEST_P(EveryKind, passes_for_the_run_that_built_the_file) {
  const Recipe recipe;
  const auto verdict = verify_text(json::dump(instance(GetParam()).bundle(recipe)),
                                   instance(GetParam()).root(), expectation_of(recipe));
  ASSERT_EQ(refused(verdict), "");
  ASSERT_TRUE(verdict.passed());
  EXPECT_EQ(verdict.attested->authority, "https://ca.example");
  EXPECT_EQ(verdict.attested->signer.run_invocation_uri,
            "https://github.com/acme/demo/actions/runs/1001/attempts/1");
  EXPECT_EQ(verdict.attested->signer.runner, "github-hosted");
  const auto after = GetParam() == Kind::rekor_1 ? recipe.logged_after : recipe.stamped_after;
  EXPECT_EQ(verdict.attested->signed_at, std::vector{recipe.certified + after});
  // Only a promise signs the index over all shards; without one it is the proof's.
  const std::map<Kind, std::optional<std::int64_t>> indices = {
      {Kind::private_instance, std::nullopt}, {Kind::rekor_1, 1'000'005}, {Kind::rekor_2, 5}};
  EXPECT_EQ(verdict.attested->log_index, indices.at(GetParam()));
}

TEST(AttestationChecks, come_in_the_order_in_which_they_may_be_believed) {
  const auto verdict = verify_text(json::dump(instance(Kind::rekor_1).bundle({})),
                                   instance(Kind::rekor_1).root(), expectation_of({}));
  std::vector<std::string> ids;
  for (const auto& check : verdict.checks)
    ids.push_back(check.id.substr(check.id.find('.') + 1));
  EXPECT_EQ(
      join(ids, " "),
      "bundle certificate signature chain timestamp transparency-log sct identity issuer repository workflow "
      "signer ref commit event run statement predicate subject build");
}

TEST(AttestationChecks, of_logs_are_not_made_for_an_instance_that_keeps_none) {
  const auto verdict = verify_text(json::dump(instance(Kind::private_instance).bundle({})),
                                   instance(Kind::private_instance).root(), expectation_of({}));
  EXPECT_EQ(found_at(verdict, "attestation.sct"), "no such check");
  EXPECT_EQ(found_at(verdict, "attestation.transparency-log"), "no such check");
}

TEST_P(EveryKind, passes_with_several_subjects_of_which_one_is_the_file) {
  Recipe recipe;
  recipe.edit_statement = [](json::Object& statement) {
    const json::Object other = {{"name", "demo-1.0.tar.gz"},
                                {"digest", {{"sha256", Sha256::of("sdist").hex()}}}};
    auto& subjects = statement["subject"].as_array();
    subjects.insert(subjects.begin(), other);
  };
  EXPECT_EQ(refused(GetParam(), recipe), "");
}

TEST_P(EveryKind, passes_under_the_root_of_several_that_the_certificate_chains_to) {
  const std::vector roots = {stranger(Kind::rekor_1).root(), stranger(Kind::rekor_2).root(),
                             instance(GetParam()).root()};
  const std::vector bundles = {json::dump(instance(GetParam()).bundle({}))};
  EXPECT_TRUE(verify_any(bundles, roots, expectation_of({})).passed());
}

TEST(Attestation, passes_by_the_generation_of_an_authority_that_was_in_use) {
  auto root = instance(Kind::private_instance).root();
  auto retired = root.certificate_authorities.front();
  retired.valid_for.end = retired.valid_for.start + std::chrono::hours(1);
  retired.uri = "https://retired.example";
  root.certificate_authorities.insert(root.certificate_authorities.begin(), retired);
  const auto verdict =
      verify_text(json::dump(instance(Kind::private_instance).bundle({})), root, expectation_of({}));
  ASSERT_TRUE(verdict.passed());
  EXPECT_EQ(verdict.attested->authority, "https://ca.example");
}

TEST(Attestation, of_a_reusable_workflow_passes_only_if_that_is_expected) {
  const std::string reusable = "https://github.com/acme/shared/.github/workflows/build.yml@refs/tags/v2";
  Recipe recipe;
  recipe.subject_uri = reusable;
  recipe.extensions[9] = reusable;
  auto expected = expectation_of(recipe);
  EXPECT_EQ(refused(Kind::private_instance, recipe, expected), "attestation.signer");
  expected.signer_uri = reusable;
  EXPECT_EQ(refused(Kind::private_instance, recipe, expected), "");
}

TEST(Attestation, of_another_predicate_type_passes_only_if_that_is_expected) {
  Recipe recipe;
  recipe.edit_statement = [](json::Object& statement) {
    statement["predicateType"] = "https://example.com/sbom";
  };
  auto expected = expectation_of(recipe);
  EXPECT_EQ(refused(Kind::private_instance, recipe, expected), "attestation.predicate");
  expected.predicate_type = "https://example.com/sbom";
  EXPECT_EQ(refused(Kind::private_instance, recipe, expected), "");
}

// --- Signature and certificate ---

TEST_P(EveryKind, refuses_a_wrong_signature_and_believes_nothing_then) {
  auto bundle = instance(GetParam()).bundle({});
  bundle["dsseEnvelope"].at("signatures").at(0).at("sig") =
      instance(GetParam()).bundle({})["dsseEnvelope"].at("signatures").at(0).at("sig");
  const auto verdict = verify_text(json::dump(bundle), instance(GetParam()).root(), expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.signature");
  EXPECT_EQ(verdict.checks.back().id, "attestation.signature");
  EXPECT_EQ(verdict.checks.back().found, "a signature of other bytes or by another key");
}

TEST_P(EveryKind, refuses_a_changed_payload) {
  auto bundle = instance(GetParam()).bundle({});
  spoil(bundle["dsseEnvelope"].at("payload"));
  EXPECT_EQ(refused(GetParam(), bundle), "attestation.signature");
}

TEST_P(EveryKind, refuses_a_changed_payload_type) {
  auto bundle = instance(GetParam()).bundle({});
  bundle["dsseEnvelope"].at("payloadType") = "application/json";
  EXPECT_EQ(refused(GetParam(), bundle), "attestation.signature");
}

TEST_P(EveryKind, refuses_another_payload_type_that_was_signed) {
  Recipe recipe;
  recipe.payload_type = "application/json";
  EXPECT_EQ(refused(GetParam(), recipe), "attestation.statement");
}

TEST_P(EveryKind, refuses_an_authority_that_the_root_does_not_name) {
  const auto verdict = verify_text(json::dump(stranger(GetParam()).bundle({})), instance(GetParam()).root(),
                                   expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.chain");
  EXPECT_EQ(verdict.checks.back().id, "attestation.chain");
  EXPECT_TRUE(found_at(verdict, "attestation.chain").ends_with("(issuer \"CN=intermediate\")"));
}

TEST(Attestation, is_refused_without_any_trusted_root) {
  const std::vector bundles = {json::dump(instance(Kind::rekor_1).bundle({}))};
  const auto verdict = verify_any(bundles, {}, expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.chain");
}

TEST_P(EveryKind, refuses_a_certificate_that_may_not_sign_code) {
  const auto found_for = [](const Recipe& recipe) {
    const auto verdict = verify_text(json::dump(instance(GetParam()).bundle(recipe)),
                                     instance(GetParam()).root(), expectation_of(recipe));
    EXPECT_EQ(refused(verdict), "attestation.certificate");
    return found_at(verdict, "attestation.certificate");
  };
  EXPECT_EQ(found_for({.extended_key_usage = "serverAuth"}), "an extended key usage without code signing");
  EXPECT_EQ(found_for({.extended_key_usage = ""}), "an extended key usage without code signing");
  EXPECT_EQ(found_for({.key_usage = "critical,keyEncipherment"}), "a key usage without digitalSignature");
  EXPECT_EQ(found_for({.key_usage = ""}), "a key usage without digitalSignature");
  EXPECT_EQ(found_for({.key_usage = "critical,digitalSignature,keyCertSign",
                       .basic_constraints = "critical,CA:TRUE"}),
            "the certificate of an authority");
  EXPECT_EQ(found_for({.leaf_curve = "P-384"}), "a key that is not ECDSA P-256");
}

TEST(Attestation, is_refused_if_its_certificate_is_no_certificate_or_has_bytes_after_it) {
  auto bundle = instance(Kind::private_instance).bundle({});
  auto& certificate = bundle["verificationMaterial"].at("certificate").at("rawBytes");
  const auto der = *from_base64(std::string_view(certificate.as_string()));
  certificate = to_base64(der + "x");
  EXPECT_EQ(refused(Kind::private_instance, bundle), "attestation.certificate");
  certificate = "AAAA";
  EXPECT_EQ(refused(Kind::private_instance, bundle), "attestation.certificate");
}

TEST(Attestation, is_refused_if_the_trusted_root_names_the_signers_certificate_as_authority) {
  auto bundle = instance(Kind::private_instance).bundle({});
  const auto der = *from_base64(
      std::string_view(bundle["verificationMaterial"].at("certificate").at("rawBytes").as_string()));
  auto root = instance(Kind::private_instance).root();
  root.certificate_authorities.front().chain = {der};
  const auto verdict = verify_text(json::dump(bundle), root, expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.chain");
  EXPECT_EQ(found_at(verdict, "attestation.chain"), "a certificate that is itself the anchor");
}

TEST(Attestation, is_refused_under_an_authority_that_issues_for_another_purpose) {
  const FakeSigstore other(Kind::private_instance, "serverAuth");
  const auto verdict = verify_text(json::dump(other.bundle({})), other.root(), expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.chain");
  EXPECT_EQ(found_at(verdict, "attestation.chain"), "an authority that may not issue for code signing");
  const FakeSigstore unlimited(Kind::private_instance, "");
  EXPECT_TRUE(verify_text(json::dump(unlimited.bundle({})), unlimited.root(), expectation_of({})).passed());
}

// --- Time ---

TEST_P(EveryKind, refuses_a_certificate_that_had_expired_when_it_signed) {
  Recipe recipe;
  recipe.stamped_after = recipe.logged_after = std::chrono::seconds(601);
  const auto verdict = verify_text(json::dump(instance(GetParam()).bundle(recipe)),
                                   instance(GetParam()).root(), expectation_of(recipe));
  EXPECT_EQ(refused(verdict), "attestation.timestamp");
  EXPECT_EQ(found_at(verdict, "attestation.timestamp"),
            "certificate has expired (issuer \"CN=intermediate\") at 2025-10-09T09:03:21.000000Z");
}

TEST_P(EveryKind, refuses_a_certificate_that_was_not_valid_yet) {
  Recipe recipe;
  recipe.stamped_after = recipe.logged_after = std::chrono::seconds(-1);
  EXPECT_EQ(refused(GetParam(), recipe), "attestation.timestamp");
}

TEST_P(EveryKind, passes_from_the_first_second_of_the_certificate_to_its_last) {
  Recipe recipe;
  recipe.stamped_after = recipe.logged_after = std::chrono::seconds(0);
  EXPECT_EQ(refused(GetParam(), recipe), "");
  recipe.stamped_after = recipe.logged_after = recipe.lifetime - std::chrono::seconds(1);
  EXPECT_EQ(refused(GetParam(), recipe), "");
}

TEST_P(EveryKind, refuses_an_authority_that_was_not_in_use) {
  auto root = instance(GetParam()).root();
  root.certificate_authorities.front().valid_for.end = Recipe().certified;
  const auto verdict = verify_text(json::dump(instance(GetParam()).bundle({})), root, expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.timestamp");
  EXPECT_NE(found_at(verdict, "attestation.timestamp").find("when \"https://ca.example\" was not in use"),
            std::string::npos);
}

TEST_P(StampingKind, refuses_a_timestamp_of_another_signature) {
  Recipe recipe;
  recipe.stamped = "another signature";
  const auto verdict = verify_text(json::dump(instance(GetParam()).bundle(recipe)),
                                   instance(GetParam()).root(), expectation_of(recipe));
  EXPECT_EQ(refused(verdict), "attestation.timestamp");
  EXPECT_EQ(found_at(verdict, "attestation.timestamp"), "a timestamp of other bytes than the signature");
}

TEST_P(StampingKind, refuses_a_timestamp_of_an_unknown_authority) {
  Recipe recipe;
  recipe.timestamp_authority = &stranger(GetParam());
  EXPECT_EQ(refused(GetParam(), recipe), "attestation.timestamp");
}

TEST_P(StampingKind, refuses_a_timestamp_authority_that_was_not_in_use) {
  auto root = instance(GetParam()).root();
  root.timestamp_authorities.front().valid_for.end = Recipe().certified;
  const auto verdict = verify_text(json::dump(instance(GetParam()).bundle({})), root, expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.timestamp");
  EXPECT_EQ(found_at(verdict, "attestation.timestamp"),
            "a timestamp of 2025-10-09T08:53:22.000000Z, when no timestamp authority of the trusted root was "
            "in use");
}

TEST_P(StampingKind, refuses_a_signer_under_the_anchor_that_is_not_the_authority_itself) {
  Recipe recipe;
  recipe.stamped_by_sibling = true;
  const auto bundle = json::dump(instance(GetParam()).bundle(recipe));
  auto root = instance(GetParam()).root();
  const auto verdict = verify_text(bundle, root, expectation_of(recipe));
  EXPECT_EQ(refused(verdict), "attestation.timestamp");
  EXPECT_EQ(found_at(verdict, "attestation.timestamp"),
            "a timestamp of another signer under the authority's anchor");
  // A root that names the anchor alone trusts whom the anchor does.
  auto& chain = root.timestamp_authorities.front().chain;
  chain.erase(chain.begin());
  EXPECT_EQ(refused(verify_text(bundle, root, expectation_of(recipe))), "");
}

TEST_P(StampingKind, refuses_a_timestamp_of_a_time_when_the_authoritys_certificate_had_expired) {
  Recipe recipe;
  recipe.certified = Timestamp(std::chrono::seconds(2'400'000'000));  // 2046; it ends in 2040
  const auto verdict = verify_text(json::dump(instance(GetParam()).bundle(recipe)),
                                   instance(GetParam()).root(), expectation_of(recipe));
  EXPECT_EQ(refused(verdict), "attestation.timestamp");
  EXPECT_EQ(found_at(verdict, "attestation.timestamp"),
            "a timestamp that does not verify: certificate verify error");
}

TEST_P(StampingKind, refuses_a_bundle_without_a_timestamp) {
  auto bundle = instance(GetParam()).bundle({});
  bundle["verificationMaterial"].as_object().erase("timestampVerificationData");
  const auto verdict = verify_text(json::dump(bundle), instance(GetParam()).root(), expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.timestamp");
  EXPECT_EQ(found_at(verdict, "attestation.timestamp"), "no timestamp");
}

TEST_P(StampingKind, refuses_a_timestamp_with_a_changed_bit_and_with_bytes_after_it) {
  auto bundle = instance(GetParam()).bundle({});
  auto& token = bundle["verificationMaterial"]
                    .at("timestampVerificationData")
                    .at("rfc3161Timestamps")
                    .at(0)
                    .at("signedTimestamp");
  const auto good = token;
  spoil(token);
  EXPECT_EQ(refused(GetParam(), bundle), "attestation.timestamp");
  token = to_base64(*from_base64(std::string_view(good.as_string())) + "x");
  EXPECT_EQ(refused(GetParam(), bundle), "attestation.timestamp");
}

TEST_P(StampingKind, passes_beside_a_timestamp_that_proves_nothing) {
  auto bundle = instance(GetParam()).bundle({});
  auto& tokens =
      bundle["verificationMaterial"].at("timestampVerificationData").at("rfc3161Timestamps").as_array();
  tokens.insert(tokens.begin(), json::Object{{"signedTimestamp", "AAAA"}});
  EXPECT_EQ(refused(GetParam(), bundle), "");
}

TEST(Attestation, is_refused_if_one_of_two_verified_times_is_outside_the_certificates) {
  Recipe recipe;
  auto bundle = instance(Kind::rekor_2).bundle(recipe);
  const auto tokens_of = [](json::Object& object) -> json::Array& {
    return object["verificationMaterial"].at("timestampVerificationData").at("rfc3161Timestamps").as_array();
  };
  recipe.stamped =
      *from_base64(std::string_view(bundle["dsseEnvelope"].at("signatures").at(0).at("sig").as_string()));
  recipe.stamped_after = std::chrono::hours(24);
  auto late = instance(Kind::rekor_2).bundle(recipe);
  tokens_of(bundle).push_back(tokens_of(late).front());
  EXPECT_EQ(refused(Kind::rekor_2, bundle), "attestation.timestamp");
}

TEST(Attestation, does_not_believe_an_integrated_time_that_no_promise_signs) {
  auto bundle = instance(Kind::rekor_1).bundle({});
  log_entry(bundle).erase("inclusionPromise");
  EXPECT_EQ(refused(Kind::rekor_1, bundle), "attestation.timestamp");

  bundle = instance(Kind::rekor_1).bundle({});
  log_entry(bundle)["integratedTime"] = "1760000004";
  EXPECT_EQ(refused(Kind::rekor_1, bundle), "attestation.timestamp attestation.transparency-log");
}

// --- Logs ---

TEST_P(LoggingKind, refuses_a_certificate_without_an_sct) {
  Recipe recipe;
  recipe.sct_count = 0;
  const auto verdict = verify_text(json::dump(instance(GetParam()).bundle(recipe)),
                                   instance(GetParam()).root(), expectation_of(recipe));
  EXPECT_EQ(refused(verdict), "attestation.sct");
  EXPECT_EQ(found_at(verdict, "attestation.sct"), "0 SCTs in the certificate");
}

TEST_P(LoggingKind, refuses_an_sct_of_an_unknown_log) {
  Recipe recipe;
  recipe.ct_log = &stranger(GetParam());
  const auto verdict = verify_text(json::dump(instance(GetParam()).bundle(recipe)),
                                   instance(GetParam()).root(), expectation_of(recipe));
  EXPECT_EQ(refused(verdict), "attestation.sct");
  EXPECT_EQ(found_at(verdict, "attestation.sct"), "SCTs of unknown logs only");
}

TEST_P(LoggingKind, refuses_an_sct_that_only_claims_to_be_of_the_log) {
  Recipe recipe;
  recipe.ct_log = &stranger(GetParam());
  auto root = instance(GetParam()).root();
  root.ct_logs.front().key_id = stranger(GetParam()).root().ct_logs.front().key_id;
  const auto verdict =
      verify_text(json::dump(instance(GetParam()).bundle(recipe)), root, expectation_of(recipe));
  EXPECT_EQ(refused(verdict), "attestation.sct");
  EXPECT_EQ(found_at(verdict, "attestation.sct"), "an SCT that \"https://ct.example\" did not sign");
}

TEST_P(LoggingKind, refuses_an_sct_of_a_time_when_the_log_was_not_in_use) {
  auto root = instance(GetParam()).root();
  root.ct_logs.front().valid_for.end = Recipe().certified - std::chrono::seconds(1);
  EXPECT_EQ(refused(verify_text(json::dump(instance(GetParam()).bundle({})), root, expectation_of({}))),
            "attestation.sct");
}

TEST_P(LoggingKind, accepts_several_scts_up_to_a_bound) {
  Recipe recipe;
  recipe.sct_count = 16;
  EXPECT_EQ(refused(GetParam(), recipe), "");
  recipe.sct_count = 17;
  EXPECT_EQ(refused(GetParam(), recipe), "attestation.sct");
}

TEST_P(LoggingKind, refuses_a_bundle_without_a_log_entry_and_with_two) {
  const auto refused_log = [](const json::Object& bundle) {
    const auto verdict = verify_text(json::dump(bundle), instance(GetParam()).root(), expectation_of({}));
    EXPECT_FALSE(verdict.passed());
    return found_at(verdict, "attestation.transparency-log");
  };
  auto bundle = instance(GetParam()).bundle({});
  auto& entries = bundle["verificationMaterial"].at("tlogEntries").as_array();
  entries.push_back(entries.front());
  EXPECT_EQ(refused_log(bundle), "2 log entries");
  entries.clear();
  EXPECT_EQ(refused_log(bundle), "0 log entries");
}

class LogEntryOf : public LoggingKind {
 protected:
  /// What the log check found in a bundle whose entry `change` changed.
  static std::string found_after(const std::function<void(json::Object& entry)>& change) {
    auto bundle = instance(GetParam()).bundle({});
    change(log_entry(bundle));
    return found(json::dump(bundle));
  }
  static std::string found_for(const Recipe& recipe) {
    return found(json::dump(instance(GetParam()).bundle(recipe)));
  }

 private:
  static std::string found(const std::string& bundle) {
    const auto verdict = verify_text(bundle, instance(GetParam()).root(), expectation_of({}));
    // Where the time comes from the entry, refusing the entry refuses the time as well.
    EXPECT_EQ(refused(verdict), GetParam() == Kind::rekor_1
                                    ? "attestation.timestamp attestation.transparency-log"
                                    : "attestation.transparency-log");
    return found_at(verdict, "attestation.transparency-log");
  }
};
INSTANTIATE_TEST_SUITE_P(Attestation, LogEntryOf, ::testing::Values(Kind::rekor_1, Kind::rekor_2), kind_name);

TEST_P(LogEntryOf, another_log_is_refused) {
  EXPECT_EQ(
      found_after([](json::Object& entry) { entry["logId"].at("keyId") = to_base64(std::string(32, 'x')); }),
      "an entry of a log that the trusted root does not name");
}

TEST_P(LogEntryOf, a_broken_inclusion_proof_is_refused) {
  constexpr std::string_view broken = "an inclusion proof that does not lead to the tree's root";
  EXPECT_EQ(found_after([](json::Object& entry) { spoil(entry["inclusionProof"].at("hashes").at(1)); }),
            broken);
  EXPECT_EQ(found_after([](json::Object& entry) { entry["inclusionProof"].at("logIndex") = "4"; }), broken);
  EXPECT_EQ(
      found_after([](json::Object& entry) { entry["inclusionProof"].at("hashes").as_array().pop_back(); }),
      broken);
  EXPECT_EQ(found_after([](json::Object& entry) { spoil(entry["inclusionProof"].at("rootHash")); }), broken);
}

TEST_P(LogEntryOf, a_proof_against_a_root_that_the_checkpoint_does_not_sign_is_refused) {
  EXPECT_EQ(
      found_for({.edit_checkpoint = [](std::string& text) { text = replace_all(text, "\n7\n", "\n8\n"); }}),
      "a checkpoint of another tree than the inclusion proof's");
  EXPECT_EQ(found_for({.edit_checkpoint =
                           [](std::string& text) {
                             text = fmt::format("log.example\n7\n{}\n", to_base64(std::string(32, 'x')));
                           }}),
            "a checkpoint of another tree than the inclusion proof's");
}

TEST_P(LogEntryOf, a_checkpoint_of_another_log_is_refused) {
  EXPECT_EQ(found_for({.checkpoint_signer = &stranger(GetParam())}),
            "a checkpoint that \"https://log.example\" did not sign");
  EXPECT_EQ(found_for({.edit_checkpoint = [](std::string& text) { text.replace(0, 11, "log.evil.org"); }}),
            "a checkpoint of \"log.evil.org\", not of \"https://log.example\"");
  EXPECT_EQ(
      found_for({.edit_checkpoint = [](std::string& text) { text.replace(0, 11, "log.example.evil.org"); }}),
      "a checkpoint of \"log.example.evil.org\", not of \"https://log.example\"");
}

TEST_P(LogEntryOf, a_checkpoint_without_its_origin_or_signatures_is_refused) {
  EXPECT_EQ(found_for({.edit_checkpoint = [](std::string& text) { text.erase(0, 12); }}),
            "a checkpoint of \"7\", not of \"https://log.example\"");
  EXPECT_EQ(found_after([](json::Object& entry) {
              entry["inclusionProof"].at("checkpoint").at("envelope") = "log.example\n7\n";
            }),
            "a checkpoint without signatures");
  EXPECT_EQ(found_after([](json::Object& entry) {
              auto& envelope = entry["inclusionProof"].at("checkpoint").at("envelope");
              envelope =
                  replace_all(std::string(envelope.as_string()), "\u2014 log.example ", "\u2014 log.evil ");
            }),
            "a checkpoint that \"https://log.example\" did not sign");
}

TEST_P(LogEntryOf, a_body_that_was_changed_is_refused) {
  EXPECT_EQ(found_after([](json::Object& entry) {
              auto body = *from_base64(std::string_view(entry["canonicalizedBody"].as_string()));
              entry["canonicalizedBody"] = to_base64(body + " ");
            }),
            "an inclusion proof that does not lead to the tree's root");
}

TEST_P(LogEntryOf, another_envelope_is_refused) {
  // The log has the entry, but it is about something else.
  const auto other = instance(GetParam()).bundle({.subject = Sha256::of("another file")});
  EXPECT_EQ(found_after([&other](json::Object& entry) {
              auto copy = other;
              entry = log_entry(copy);
            }),
            "a log entry of another payload");
  // ECDSA signatures differ each time, also over the same payload.
  const auto again = instance(GetParam()).bundle({});
  EXPECT_EQ(found_after([&again](json::Object& entry) {
              auto copy = again;
              entry = log_entry(copy);
            }),
            "a log entry of another signature");
}

TEST_P(LogEntryOf, another_certificate_is_refused) {
  const auto certificate = std::string(
      instance(GetParam()).bundle({})["verificationMaterial"].at("certificate").at("rawBytes").as_string());
  const auto swap = [&certificate](json::Object& body) {
    if (GetParam() == Kind::rekor_1) {
      const auto pem = "-----BEGIN CERTIFICATE-----\n" + certificate + "\n-----END CERTIFICATE-----\n";
      body["spec"].at("signatures").at(0).at("verifier") = to_base64(pem);
    } else {
      body["spec"]
          .at("hashedRekordV002")
          .at("signature")
          .at("verifier")
          .at("x509Certificate")
          .at("rawBytes") = certificate;
    }
  };
  EXPECT_EQ(found_for({.edit_log_body = swap}), "a log entry of another certificate");
}

TEST(Attestation, is_refused_if_its_log_entry_has_a_second_signature) {
  const auto twice = [](json::Object& body) {
    auto& signatures = body["spec"].at("signatures").as_array();
    signatures.push_back(signatures.front());
  };
  const auto verdict = verify_text(json::dump(instance(Kind::rekor_1).bundle({.edit_log_body = twice})),
                                   instance(Kind::rekor_1).root(), expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.timestamp attestation.transparency-log");
  EXPECT_EQ(found_at(verdict, "attestation.transparency-log"), "a log entry with 2 signatures");
}

TEST_P(LogEntryOf, another_kind_is_refused) {
  EXPECT_EQ(
      found_for({.edit_log_body = [](json::Object& body) { body["kind"] = "intoto"; }}),
      fmt::format("a log entry of kind \"intoto\" \"{}\"", GetParam() == Kind::rekor_1 ? "0.0.1" : "0.0.2"));
  EXPECT_NE(found_after([](json::Object& entry) {
              entry["kindVersion"].at("version") = "0.0.9";
            }).find("that claims to be"),
            std::string::npos);
  EXPECT_EQ(found_for({.edit_log_body = [](json::Object& body) { body.erase("spec"); }}),
            "broken data: expected an object at body.spec, found nothing");
}

TEST(Attestation, is_refused_with_a_broken_promise_of_the_log) {
  auto bundle = instance(Kind::rekor_1).bundle({});
  spoil(log_entry(bundle)["inclusionPromise"].at("signedEntryTimestamp"));
  const auto verdict = verify_text(json::dump(bundle), instance(Kind::rekor_1).root(), expectation_of({}));
  EXPECT_EQ(refused(verdict), "attestation.timestamp attestation.transparency-log");
  EXPECT_EQ(found_at(verdict, "attestation.transparency-log"),
            "a signed entry timestamp that \"https://log.example\" did not sign");
}

TEST_P(LoggingKind, refuses_a_log_whose_key_was_not_in_use) {
  auto root = instance(GetParam()).root();
  root.transparency_logs.front().valid_for.end = Recipe().certified;
  EXPECT_EQ(refused(verify_text(json::dump(instance(GetParam()).bundle({})), root, expectation_of({}))),
            "attestation.transparency-log");
}

TEST(Attestation, of_a_logging_instance_needs_its_log_even_if_the_bundle_looks_private) {
  auto bundle = instance(Kind::rekor_2).bundle({});
  bundle["verificationMaterial"].as_object().erase("tlogEntries");
  EXPECT_EQ(refused(Kind::rekor_2, bundle), "attestation.transparency-log");
}

// --- Content ---

struct Wrong {
  const char* name;
  std::function<void(Recipe&)> change;
  const char* refused;
};

class WrongRun : public ::testing::TestWithParam<Wrong> {};

/// The run differs in one thing from what is expected; everything about the signature is in order.
TEST_P(WrongRun, is_refused_by_the_check_of_that_thing) {
  Recipe recipe;
  GetParam().change(recipe);
  for (const auto kind : {Kind::private_instance, Kind::rekor_1})
    EXPECT_EQ(refused(kind, recipe, expectation_of({})), GetParam().refused);
}

const Wrong wrong_runs[] = {
    {"subject", [](Recipe& r) { r.subject = Sha256::of("another wheel"); }, "attestation.subject"},
    {"repository", [](Recipe& r) { r.extensions[12] = "https://github.com/evil/demo"; },
     "attestation.repository"},
    {"repository_case", [](Recipe& r) { r.extensions[12] = "https://github.com/Acme/demo"; },
     "attestation.repository"},
    {"repository_id", [](Recipe& r) { r.repository_id = 4712; }, "attestation.repository"},
    {"workflow_with_the_expected_one_as_prefix",
     [](Recipe& r) { r.workflow = ".github/workflows/ci.yml.evil.yml"; },
     "attestation.workflow attestation.signer attestation.build"},
    {"workflow_of_another_folder",
     [](Recipe& r) { r.extensions[18] = "https://github.com/acme/demo/workflows/ci.yml@refs/heads/main"; },
     "attestation.workflow"},
    {"tag_named_main", [](Recipe& r) { r.ref = "refs/tags/main"; },
     "attestation.workflow attestation.signer attestation.ref attestation.build"},
    {"ref_alone", [](Recipe& r) { r.extensions[14] = "refs/tags/main"; }, "attestation.ref"},
    {"bare_ref", [](Recipe& r) { r.extensions[14] = "main"; }, "attestation.ref"},
    {"commit", [](Recipe& r) { r.commit = "fedcba9876543210fedcba9876543210fedcba98"; },
     "attestation.commit"},
    {"source_of_another_commit",
     [](Recipe& r) { r.extensions[13] = "fedcba9876543210fedcba9876543210fedcba98"; }, "attestation.commit"},
    {"workflow_of_another_commit",
     [](Recipe& r) { r.extensions[19] = "fedcba9876543210fedcba9876543210fedcba98"; }, "attestation.commit"},
    {"event", [](Recipe& r) { r.event = "pull_request_target"; }, "attestation.event"},
    {"run", [](Recipe& r) { r.run_id = 1002; }, "attestation.run attestation.build"},
    {"attempt", [](Recipe& r) { r.attempt = 2; }, "attestation.run attestation.build"},
    {"attempt_with_the_expected_one_as_prefix", [](Recipe& r) { r.attempt = 11; },
     "attestation.run attestation.build"},
    {"issuer", [](Recipe& r) { r.extensions[8] = "https://token.actions.githubusercontent.com/evil"; },
     "attestation.issuer"},
    {"signer",
     [](Recipe& r) {
       r.subject_uri = "https://github.com/evil/shared/.github/workflows/x.yml@refs/heads/main";
       r.extensions[9] = r.subject_uri;
     },
     "attestation.signer"},
    {"subject_uri_that_is_not_the_signer",
     [](Recipe& r) {
       r.subject_uri = "https://github.com/evil/demo/.github/workflows/ci.yml@refs/heads/main";
     },
     "attestation.identity"},
    {"run_left_out", [](Recipe& r) { r.extensions[21] = std::nullopt; }, "attestation.identity"},
    {"repository_id_left_out", [](Recipe& r) { r.extensions[15] = std::nullopt; }, "attestation.identity"},
    {"empty_extension", [](Recipe& r) { r.extensions[20] = ""; }, "attestation.identity"},
    {"extension_that_is_no_utf8", [](Recipe& r) { r.extensions[20] = "\xff"; }, "attestation.identity"},
    {"extension_with_a_nul", [](Recipe& r) { r.extensions[20] = std::string("push\0", 5); },
     "attestation.identity"},
    {"statement_version",
     [](Recipe& r) {
       r.edit_statement = [](json::Object& s) { s["_type"] = "https://in-toto.io/Statement/v0.1"; };
     },
     "attestation.statement"},
    {"no_subjects",
     [](Recipe& r) { r.edit_statement = [](json::Object& s) { s["subject"] = json::Array(); }; },
     "attestation.statement"},
    {"predicate_type",
     [](Recipe& r) {
       r.edit_statement = [](json::Object& s) { s["predicateType"] = "https://slsa.dev/provenance/v0.2"; };
     },
     "attestation.predicate"},
    {"digest_of_another_algorithm",
     [](Recipe& r) {
       r.edit_statement = [](json::Object& s) {
         auto& digest = s["subject"].at(0).at("digest").as_object();
         digest["sha512"] = digest["sha256"];
         digest.erase("sha256");
       };
     },
     "attestation.subject"},
    {"build_type",
     [](Recipe& r) {
       r.edit_statement = [](json::Object& s) {
         s["predicate"].at("buildDefinition").at("buildType") = "https://example.com/by-hand";
       };
     },
     "attestation.build"},
    {"unknown_external_parameter",
     [](Recipe& r) {
       r.edit_statement = [](json::Object& s) {
         s["predicate"].at("buildDefinition").at("externalParameters").as_object()["flags"] = "-x";
       };
     },
     "attestation.build"},
    {"unknown_part_of_the_workflow_parameter",
     [](Recipe& r) {
       r.edit_statement = [](json::Object& s) {
         s["predicate"].at("buildDefinition").at("externalParameters").at("workflow").as_object()["inputs"] =
             "x";
       };
     },
     "attestation.build"},
    {"another_workflow_in_the_statement",
     [](Recipe& r) {
       r.edit_statement = [](json::Object& s) {
         s["predicate"].at("buildDefinition").at("externalParameters").at("workflow").at("path") = "x.yml";
       };
     },
     "attestation.build"},
    {"invocation_of_another_run_in_the_statement",
     [](Recipe& r) {
       r.edit_statement = [](json::Object& s) {
         s["predicate"].at("runDetails").at("metadata").at("invocationId") =
             "https://github.com/acme/demo/actions/runs/9";
       };
     },
     "attestation.build"},
    {"no_predicate", [](Recipe& r) { r.edit_statement = [](json::Object& s) { s.erase("predicate"); }; },
     "attestation.build"},
};

INSTANTIATE_TEST_SUITE_P(Attestation, WrongRun, ::testing::ValuesIn(wrong_runs),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Attestation, names_what_was_expected_and_what_was_found) {
  Recipe recipe;
  recipe.attempt = 2;
  const auto verdict = verify_text(json::dump(instance(Kind::private_instance).bundle(recipe)),
                                   instance(Kind::private_instance).root(), expectation_of({}));
  const AttestationCheck expected{
      .id = "attestation.run",
      .passed = false,
      .expected = R"("https://github.com/acme/demo/actions/runs/1001/attempts/1")",
      .found = R"("https://github.com/acme/demo/actions/runs/1001/attempts/2")"};
  EXPECT_NE(std::ranges::find(verdict.checks, expected), verdict.checks.end());
}

TEST(Attestation, is_refused_if_the_certificate_says_a_thing_twice_or_in_another_type) {
  const auto found_for = [](const Recipe& recipe) {
    const auto verdict = verify_text(json::dump(instance(Kind::private_instance).bundle(recipe)),
                                     instance(Kind::private_instance).root(), expectation_of({}));
    EXPECT_EQ(refused(verdict), "attestation.identity");
    return found_at(verdict, "attestation.identity");
  };
  // The first of two is the expected one.
  EXPECT_EQ(found_for({.raw_extensions = {{20, "\x0c\x04push"}}}), "two extensions 1.3.6.1.4.1.57264.1.20");
  const std::string not_text = "an extension 1.3.6.1.4.1.57264.1.20 that is no UTF8String";
  for (const std::string der : {"push", "\x13\x04push", "\x0c\x04pushx", "\x0c\x05push"}) {
    EXPECT_EQ(found_for({.extensions = {{20, std::nullopt}}, .raw_extensions = {{20, der}}}), not_text)
        << der;
  }
}

TEST(Attestation, compares_the_files_name_if_one_is_expected) {
  auto expected = expectation_of({});
  expected.subject_name = "demo-1.0-py3-none-any.whl";
  EXPECT_EQ(refused(Kind::private_instance, {}, expected), "");
  expected.subject_name = "demo-2.0-py3-none-any.whl";
  const auto verdict = verify_text(json::dump(instance(Kind::private_instance).bundle({})),
                                   instance(Kind::private_instance).root(), expected);
  EXPECT_EQ(refused(verdict), "attestation.subject");
  EXPECT_EQ(found_at(verdict, "attestation.subject"),
            "the digest under the name \"demo-1.0-py3-none-any.whl\"");
}

TEST(Attestation, compares_the_runner_if_one_is_expected) {
  auto expected = expectation_of({});
  expected.hosted_runner = true;
  EXPECT_EQ(refused(Kind::private_instance, {}, expected), "");
  Recipe self_hosted;
  self_hosted.extensions[11] = "self-hosted";
  EXPECT_EQ(refused(Kind::private_instance, self_hosted, expected), "attestation.runner");
  expected.hosted_runner = false;
  EXPECT_EQ(refused(Kind::private_instance, self_hosted, expected), "");
  expected.hosted_runner = std::nullopt;
  EXPECT_EQ(refused(Kind::private_instance, self_hosted, expected), "");
}

TEST(Attestation, matches_nothing_where_nothing_is_expected) {
  const Expectation empty{.subject = Recipe().subject,
                          .source_repository_uri = "",
                          .source_repository_id = 0,
                          .source_ref = "",
                          .source_commit = "",
                          .build_config_uri = "",
                          .event = "",
                          .run_invocation_uri = ""};
  EXPECT_EQ(
      refused(Kind::private_instance, {}, empty),
      "attestation.repository attestation.workflow attestation.signer attestation.ref attestation.commit "
      "attestation.event attestation.run attestation.build");
}

TEST(Attestation, has_a_bound_for_subjects) {
  Recipe recipe;
  const auto fill = [&recipe](std::size_t count) {
    recipe.edit_statement = [count](json::Object& statement) {
      auto& subjects = statement["subject"].as_array();
      const auto one = subjects.front();
      while (subjects.size() < count)
        subjects.push_back(one);
    };
  };
  fill(1024);
  EXPECT_EQ(refused(Kind::private_instance, recipe), "");
  fill(1025);
  EXPECT_EQ(refused(Kind::private_instance, recipe), "attestation.statement");
}

// --- Several bundles ---

TEST(Attestations, of_which_none_exists_are_refused) {
  const auto root = instance(Kind::private_instance).root();
  const auto verdict = verify_any({}, std::span(&root, 1), expectation_of({}));
  ASSERT_EQ(verdict.checks.size(), 1U);
  EXPECT_FALSE(verdict.passed());
  EXPECT_EQ(
      verdict.checks[0],
      (AttestationCheck{
          .id = "attestation.present", .passed = false, .expected = "1 to 100 attestations", .found = "0"}));
}

TEST(Attestations, of_which_there_are_too_many_are_refused_unread) {
  const auto root = instance(Kind::private_instance).root();
  const std::vector<std::string> many(most_bundles + 1,
                                      json::dump(instance(Kind::private_instance).bundle({})));
  EXPECT_EQ(refused(verify_any(many, std::span(&root, 1), expectation_of({}))), "attestation.present");
}

TEST(Attestations, pass_if_one_of_them_does_whatever_stands_beside_it) {
  const auto& signer = instance(Kind::private_instance);
  const auto root = signer.root();
  const std::vector<std::string> bundles = {"not JSON", json::dump(stranger(Kind::rekor_1).bundle({})),
                                            json::dump(signer.bundle({.attempt = 2})),
                                            json::dump(signer.bundle({}))};
  EXPECT_TRUE(verify_any(bundles, std::span(&root, 1), expectation_of({})).passed());
}

TEST(Attestations, that_all_fail_are_refused_with_what_got_furthest) {
  const auto& signer = instance(Kind::private_instance);
  const auto root = signer.root();
  const std::vector<std::string> bundles = {
      json::dump(signer.bundle({.event = "schedule", .run_id = 7, .attempt = 2})),
      json::dump(signer.bundle({.event = "schedule"})), "not JSON"};
  EXPECT_EQ(refused(verify_any(bundles, std::span(&root, 1), expectation_of({}))), "attestation.event");
}

/// No single bundle passes, and what two of them show can not be added up.
TEST(Attestations, are_judged_each_by_itself) {
  const auto& signer = instance(Kind::private_instance);
  const auto root = signer.root();
  const std::vector<std::string> bundles = {
      json::dump(signer.bundle({.event = "schedule"})),
      json::dump(signer.bundle({.subject = Sha256::of("another wheel")}))};
  EXPECT_FALSE(verify_any(bundles, std::span(&root, 1), expectation_of({})).passed());
}

}  // namespace
}  // namespace packhouse::attest
