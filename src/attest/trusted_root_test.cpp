#include "attest/trusted_root.hpp"

#include <gtest/gtest.h>

#include "attest/testing/sigstore.hpp"

namespace packhouse::attest {
namespace {

using testing::FakeSigstore;

json::Object published() {
  static const FakeSigstore instance(FakeSigstore::Kind::rekor_1);
  return instance.trusted_root();
}

std::string error_of(const json::Object& root) {
  const auto parsed = TrustedRoot::parse(json::dump(root));
  return parsed.ok() ? "none" : parsed.error().message;
}

TEST(TrustedRootFile, holds_authorities_and_logs) {
  const auto root = TrustedRoot::parse(json::dump(published()));
  ASSERT_TRUE(root.ok()) << root.error().message;
  ASSERT_EQ(root->certificate_authorities.size(), 1U);
  EXPECT_EQ(root->certificate_authorities[0].uri, "https://ca.example");
  EXPECT_EQ(root->certificate_authorities[0].chain.size(), 2U);
  EXPECT_EQ(root->timestamp_authorities.size(), 1U);
  EXPECT_EQ(root->ct_logs.size(), 1U);
  ASSERT_EQ(root->transparency_logs.size(), 1U);
  EXPECT_EQ(root->transparency_logs[0].base_url, "https://log.example");
  EXPECT_EQ(root->transparency_logs[0].key_id.size(), 32U);
  EXPECT_TRUE(root->keeps_logs());
}

TEST(TrustedRootFile, of_a_private_instance_keeps_no_logs) {
  const FakeSigstore instance(FakeSigstore::Kind::private_instance);
  EXPECT_FALSE(instance.root().keeps_logs());
}

TEST(TrustedRootFile, is_refused_with_a_log_of_one_kind_alone) {
  auto root = published();
  root.erase("tlogs");
  EXPECT_EQ(error_of(root),
            "expected a trusted root with both kinds of log or with none, found 1 ctlogs and 0 tlogs");
  root = published();
  root["ctlogs"] = json::Array();
  EXPECT_EQ(error_of(root),
            "expected a trusted root with both kinds of log or with none, found 0 ctlogs and 1 tlogs");
}

TEST(TrustedRootFile, still_keeps_logs_when_it_knows_none_of_their_keys) {
  auto root = published();
  root["tlogs"].at(0).at("publicKey").as_object()["rawBytes"] = "AAAA";
  const auto parsed = TrustedRoot::parse(json::dump(root));
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->keeps_logs());
}

TEST(TrustedRootFile, is_refused_without_a_start_of_validity) {
  auto root = published();
  root["tlogs"].at(0).at("publicKey").at("validFor").as_object().erase("start");
  EXPECT_EQ(error_of(root), "expected a string at tlogs.validFor.start, found nothing");
  root = published();
  root["certificateAuthorities"].at(0).as_object().erase("validFor");
  EXPECT_EQ(error_of(root), "expected an object at certificateAuthorities.validFor, found nothing");
}

TEST(TrustedRootFile, may_have_an_end_of_validity_that_is_null) {
  auto root = published();
  root["ctlogs"].at(0).at("publicKey").at("validFor").as_object()["end"] = nullptr;
  EXPECT_EQ(error_of(root), "none");
}

TEST(TrustedRootFile, is_refused_with_another_media_type_or_no_authority) {
  auto root = published();
  root["mediaType"] = "application/json";
  EXPECT_EQ(
      error_of(root),
      "expected a trusted root of media type application/vnd.dev.sigstore.trustedroot+json;version=0.1, "
      "found \"application/json\"");
  root = published();
  root["certificateAuthorities"] = json::Array();
  EXPECT_EQ(error_of(root), "expected a trusted root with a certificate authority, found none");
}

TEST(TrustedRootFile, is_refused_with_a_certificate_that_does_not_parse) {
  auto root = published();
  auto& certificates = root["certificateAuthorities"].at(0).at("certChain").at("certificates").as_array();
  certificates[0].as_object()["rawBytes"] = "AAAA";
  const auto message = error_of(root);
  EXPECT_TRUE(message.starts_with("certificateAuthorities: expected an X.509 certificate, found")) << message;
  certificates.clear();
  EXPECT_EQ(error_of(root), "expected certificates at certificateAuthorities.certChain, found none");
}

TEST(Validity, is_closed_at_both_ends) {
  const auto at = [](int second) { return Timestamp(std::chrono::seconds(second)); };
  const Validity validity{.start = at(10), .end = at(20)};
  EXPECT_FALSE(validity.contains(at(9)));
  EXPECT_TRUE(validity.contains(at(10)));
  EXPECT_TRUE(validity.contains(at(20)));
  EXPECT_FALSE(validity.contains(at(21)));
  EXPECT_TRUE((Validity{.start = at(10)}.contains(at(1'000'000'000))));
}

TEST(TrustedRoots, come_one_a_line_or_as_one_document_over_lines) {
  const auto line = json::dump(published());
  EXPECT_EQ(parse_trusted_roots(line + "\n" + line + "\n")->size(), 2U);
  EXPECT_EQ(parse_trusted_roots(line)->size(), 1U);
  EXPECT_EQ(parse_trusted_roots(json::dump_pretty(published()))->size(), 1U);
}

TEST(TrustedRoots, are_refused_together_if_one_is_broken) {
  const auto line = json::dump(published());
  EXPECT_FALSE(parse_trusted_roots("").ok());
  EXPECT_EQ(parse_trusted_roots(line + "\n{}\n").error().message,
            "expected a string at trusted root.mediaType, found nothing");
  std::string many;
  for (int i = 0; i < 17; ++i)
    many += "{}\n";
  EXPECT_EQ(parse_trusted_roots(many).error().message, "expected at most 16 trusted roots, found 17");
}

}  // namespace
}  // namespace packhouse::attest
