#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attest/verify.hpp"
#include "base/json.hpp"

// For tests: a local Sigstore instance that signs what a GitHub workflow run would have signed.
namespace packhouse::attest::testing {

class FakeSigstore;

/// One run that attests one file. The defaults are a plain push build; a test changes the one thing that it
/// is about.
struct Recipe {
  Sha256 subject = Sha256::of("the wheel");
  std::string filename = "demo-1.0-py3-none-any.whl";
  std::string repository = "https://github.com/acme/demo";
  std::int64_t repository_id = 4711;
  std::string workflow = ".github/workflows/ci.yml";
  std::string ref = "refs/heads/main";
  std::string commit = "0123456789abcdef0123456789abcdef01234567";
  std::string event = "push";
  std::int64_t run_id = 1001;
  std::int64_t attempt = 1;

  /// When the certificate begins, and how long after that each of the others falls.
  Timestamp certified = Timestamp(std::chrono::seconds(1'760'000'000));
  std::chrono::seconds lifetime{600};
  std::chrono::seconds stamped_after{2};
  std::chrono::seconds logged_after{3};

  /// Fulcio extensions 1.3.6.1.4.1.57264.1.N that are not what the rest says; nullopt leaves one out.
  std::map<int, std::optional<std::string>> extensions = {};
  /// Fulcio extensions that are added after those, as they are and not as UTF8String.
  std::vector<std::pair<int, std::string>> raw_extensions = {};
  std::string subject_uri = {};  ///< empty: the workflow
  std::string key_usage = "critical,digitalSignature";
  std::string extended_key_usage = "codeSigning";
  std::string basic_constraints = {};
  std::string leaf_curve = "P-256";
  int sct_count = 1;

  /// Change what is signed before it is.
  std::function<void(json::Object& statement)> edit_statement = {};
  std::function<void(json::Object& body)> edit_log_body = {};
  std::function<void(std::string& checkpoint_text)> edit_checkpoint = {};
  std::string payload_type = "application/vnd.in-toto+json";
  /// What the timestamp is of, if not of the signature.
  std::string stamped = {};
  /// Another certificate under the timestamp authority's anchor stamps, and the response brings it along.
  bool stamped_by_sibling = false;

  /// Who does each part, if not the instance itself.
  const FakeSigstore* ct_log = nullptr;
  const FakeSigstore* timestamp_authority = nullptr;
  const FakeSigstore* checkpoint_signer = nullptr;
};

/// What a verifier that knows the recipe expects.
Expectation expectation_of(const Recipe& recipe);
/// "https://github.com/acme/demo/.github/workflows/ci.yml@refs/heads/main"
std::string workflow_uri(const Recipe& recipe);

/// Keys are made in the constructor, so two instances never trust each other.
class FakeSigstore {
 public:
  enum class Kind {
    private_instance,  ///< as GitHub's: RFC 3161, no logs
    rekor_1,           ///< as public-good: SCT, signed entry timestamp, dsse 0.0.1
    rekor_2,           ///< SCT, RFC 3161, hashedrekord 0.0.2, Ed25519 checkpoints
  };
  /// `issuing_usage` is the extended key usage of the authority that issues the leaf.
  explicit FakeSigstore(Kind kind, const std::string& issuing_usage = "codeSigning");
  ~FakeSigstore();
  FakeSigstore(const FakeSigstore&) = delete;
  FakeSigstore& operator=(const FakeSigstore&) = delete;

  /// trusted_root.json, to be changed or printed.
  json::Object trusted_root() const;
  /// It, parsed.
  TrustedRoot root() const;
  /// A bundle of version 0.3.
  json::Object bundle(const Recipe& recipe) const;
  /// The same as an attestation object of PEP 740.
  json::Object attestation(const Recipe& recipe) const;

 private:
  struct Keys;
  Kind kind_;
  std::unique_ptr<Keys> keys_;
};

/// A Snappy block that holds `bytes`.
std::string snappy(std::string_view bytes);

}  // namespace packhouse::attest::testing
