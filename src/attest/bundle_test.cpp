#include "attest/bundle.hpp"

#include <gtest/gtest.h>

#include "attest/testing/sigstore.hpp"
#include "base/text.hpp"

namespace packhouse::attest {
namespace {

using testing::FakeSigstore;

const FakeSigstore& sigstore() {
  static const FakeSigstore instance(FakeSigstore::Kind::rekor_1);
  return instance;
}

json::Object good() {
  return sigstore().bundle({});
}

std::string error_of(const json::Object& bundle) {
  const auto parsed = Bundle::parse(json::dump(bundle));
  return parsed.ok() ? "none" : parsed.error().message;
}

TEST(Bundle, holds_the_bytes_of_what_it_was_read_from) {
  const auto bundle = Bundle::parse(json::dump(good()));
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_EQ(bundle->payload_type, "application/vnd.in-toto+json");
  EXPECT_TRUE(bundle->payload.starts_with(R"({"_type":"https://in-toto.io/Statement/v1")"));
  ASSERT_EQ(bundle->log_entries.size(), 1U);
  EXPECT_EQ(bundle->log_entries[0].kind, "dsse");
  EXPECT_EQ(bundle->log_entries[0].log_index, 1000005);
  EXPECT_EQ(bundle->log_entries[0].proof.log_index, 5);
  EXPECT_EQ(bundle->log_entries[0].proof.tree_size, 7);
  EXPECT_EQ(bundle->log_entries[0].proof.hashes.size(), 3U);
  EXPECT_TRUE(bundle->timestamps.empty());
}

TEST(Bundle, takes_the_older_versions_with_a_chain_of_the_leaf_alone) {
  auto bundle = good();
  auto& material = bundle["verificationMaterial"].as_object();
  const auto leaf = material["certificate"];
  material.erase("certificate");
  material["x509CertificateChain"].emplace_object()["certificates"] = json::Array{leaf};
  for (const auto* type : {"application/vnd.dev.sigstore.bundle+json;version=0.1",
                           "application/vnd.dev.sigstore.bundle+json;version=0.2",
                           "application/vnd.dev.sigstore.bundle+json;version=0.3"}) {
    bundle["mediaType"] = type;
    EXPECT_EQ(error_of(bundle), "none") << type;
  }
  material["x509CertificateChain"].as_object()["certificates"].as_array().push_back(leaf);
  EXPECT_EQ(error_of(bundle), "expected one certificate in x509CertificateChain, found 2");
  material["x509CertificateChain"].as_object()["certificates"].as_array().clear();
  EXPECT_EQ(error_of(bundle), "expected one certificate in x509CertificateChain, found 0");
}

TEST(Bundle, takes_integers_as_strings_as_numbers_and_a_zero_that_is_left_out) {
  auto bundle = good();
  auto& entry = bundle["verificationMaterial"].at("tlogEntries").at(0).as_object();
  entry["logIndex"] = 12;
  entry["inclusionProof"].as_object().erase("logIndex");
  const auto parsed = Bundle::parse(json::dump(bundle));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->log_entries[0].log_index, 12);
  EXPECT_EQ(parsed->log_entries[0].proof.log_index, 0);
}

TEST(Bundle, refuses_another_media_type) {
  auto bundle = good();
  bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.4+json";
  EXPECT_EQ(error_of(bundle),
            "expected a bundle of media type application/vnd.dev.sigstore.bundle.v0.3+json, found "
            "\"application/vnd.dev.sigstore.bundle.v0.4+json\"");
}

TEST(Bundle, refuses_two_signatures_and_none) {
  auto bundle = good();
  auto& signatures = bundle["dsseEnvelope"].at("signatures").as_array();
  signatures.push_back(signatures.front());
  EXPECT_EQ(error_of(bundle), "expected exactly one signature in the envelope, found 2");
  signatures.clear();
  EXPECT_EQ(error_of(bundle), "expected exactly one signature in the envelope, found 0");
}

TEST(Bundle, refuses_a_bare_message_signature) {
  auto bundle = good();
  bundle.erase("dsseEnvelope");
  bundle["messageSignature"] = {{"signature", "c2ln"}};
  EXPECT_EQ(error_of(bundle), "expected an object at bundle.dsseEnvelope, found nothing");
}

TEST(Bundle, refuses_a_named_key_in_place_of_a_certificate) {
  auto bundle = good();
  auto& material = bundle["verificationMaterial"].as_object();
  material.erase("certificate");
  material["publicKey"] = {{"hint", "mine"}};
  EXPECT_EQ(error_of(bundle), "expected verificationMaterial.certificate, found none");
}

TEST(Bundle, refuses_a_log_entry_without_an_inclusion_proof) {
  auto bundle = good();
  bundle["verificationMaterial"].at("tlogEntries").at(0).as_object().erase("inclusionProof");
  EXPECT_EQ(error_of(bundle), "expected an object at tlogEntries.inclusionProof, found nothing");
}

TEST(Bundle, refuses_negative_numbers_and_other_spellings_of_base64) {
  auto bundle = good();
  auto& entry = bundle["verificationMaterial"].at("tlogEntries").at(0).as_object();
  entry["logIndex"] = "-1";
  EXPECT_EQ(error_of(bundle), R"(expected an integer from 0 at tlogEntries.logIndex, found "\"-1\"")");
  entry["logIndex"] = -1;
  EXPECT_EQ(error_of(bundle), R"(expected an integer from 0 at tlogEntries.logIndex, found "-1")");
  entry["logIndex"] = "9223372036854775808";
  EXPECT_EQ(error_of(bundle),
            R"(expected an integer from 0 at tlogEntries.logIndex, found "\"9223372036854775808\"")");
  bundle = good();
  bundle["dsseEnvelope"].as_object()["payload"] = "e30";
  EXPECT_EQ(error_of(bundle), R"(expected base64 at dsseEnvelope.payload, found "e30")");
}

TEST(Bundle, refuses_duplicate_keys) {
  const auto text = json::dump(good());
  const auto twice = R"({"dsseEnvelope":{},)" + text.substr(1);
  const auto parsed = Bundle::parse(twice);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message, R"(expected JSON with unique keys, found the key "dsseEnvelope" twice)");
}

TEST(Bundle, has_bounds_for_bytes_and_lists) {
  const auto parsed = Bundle::parse(std::string(Bundle::max_bytes + 1, ' '));
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code, Errc::too_large);

  auto bundle = good();
  auto& material = bundle["verificationMaterial"].as_object();
  json::Array many;
  for (int i = 0; i < 17; ++i)
    many.push_back({{"signedTimestamp", "AAAA"}});
  material["timestampVerificationData"].emplace_object()["rfc3161Timestamps"] = many;
  EXPECT_EQ(error_of(bundle),
            "expected at most 16 elements at timestampVerificationData.rfc3161Timestamps, found 17");

  material.erase("timestampVerificationData");
  material["certificate"] = {{"rawBytes", to_base64(std::string(20'000, 'x'))}};
  EXPECT_EQ(error_of(bundle), "expected at most 16384 bytes at certificate.rawBytes, found 20000");
}

TEST(Unsnappy, gives_back_what_was_packed) {
  const auto text = json::dump(good());
  const auto block = testing::snappy(text);
  EXPECT_LT(block.size(), text.size());
  const auto bytes = unsnappy(block);
  ASSERT_TRUE(bytes.ok()) << bytes.error().message;
  EXPECT_EQ(*bytes, text);
}

TEST(Unsnappy, compares_the_claimed_length_before_it_takes_memory) {
  // The varint of 2^32-1, and nothing that would fill it.
  const auto huge = unsnappy("\xff\xff\xff\xff\x0f");
  ASSERT_FALSE(huge.ok());
  EXPECT_EQ(huge.error().code, Errc::too_large);
  EXPECT_EQ(huge.error().message,
            "expected at most 4194304 bytes in the Snappy block, found a claim of 4294967295");

  EXPECT_TRUE(unsnappy(testing::snappy("12345"), 5).ok());
  EXPECT_EQ(unsnappy(testing::snappy("123456"), 5).error().code, Errc::too_large);
}

TEST(Unsnappy, refuses_a_broken_block) {
  const auto block = testing::snappy("a text that is long enough to be worth it");
  EXPECT_EQ(unsnappy(block.substr(0, block.size() - 1)).error().message,
            "expected a Snappy block of 41 bytes, found a broken one");
  EXPECT_EQ(unsnappy("").error().message, "expected a Snappy block, found none");
  EXPECT_EQ(unsnappy("\x05").error().message, "expected a Snappy block of 5 bytes, found a broken one");
}

}  // namespace
}  // namespace packhouse::attest
