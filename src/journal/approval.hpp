#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/signing_key.hpp"
#include "base/time.hpp"
#include "dist/manifest.hpp"
#include "evidence/check.hpp"
#include "journal/journal.hpp"
#include "journal/plan.hpp"

namespace packhouse::journal {

/// Who may say yes to a release, and how many of them have to.
struct ApprovalPolicy {
  std::int32_t required = 0;
  std::chrono::hours max_validity{24};
  /// Name to public key, as public_key_line() writes it. No key belongs to two of them.
  std::map<std::string, std::string> owners = {};
};

/// What an approval is for.
inline constexpr std::string_view promotion_purpose = "promote";
inline constexpr std::string_view recovery_purpose = "recover";

/// What an owner approves of: these files of this version, from there, to that index.
struct ApprovalSubject {
  std::string purpose = std::string(promotion_purpose);
  std::string project = {};
  std::string version = {};
  Sha256 manifest;              ///< of dist::Manifest::text()
  std::string index = {};       ///< the address that they are uploaded to
  std::string repository = {};  ///< on the forge
  std::int64_t run = 0;         ///< that built them; 0: they were built on a machine
  std::string commit = {};
  bool operator==(const ApprovalSubject&) const = default;
};

/// What such a plan needs approvals of.
ApprovalSubject subject_of(const Plan& plan);

/// One owner's yes to one release: this subject, for a time, once. The signature is Ed25519 (RFC 8032)
/// over the canonical JSON of all the rest, whose member "format" keeps it from being taken for anything else
/// that the key signed. It holds no secret.
struct Approval {
  ApprovalSubject subject;
  std::string owner = {};  ///< as the policy names them
  Timestamp made;
  Timestamp expires;
  std::string nonce = {};  ///< 32 hexadecimal digits: what makes it single use
  std::string signature = {};
};

/// What the signature is over.
std::string signed_bytes(const Approval& approval);

/// One line of canonical JSON.
std::string write_approval(const Approval& approval);
/// One or several, with blanks or new lines between them; none in an empty text. invalid_input for what is no
/// approval. Whether they are good ones, decide_approvals says.
Result<std::vector<Approval>> read_approvals(std::string_view text);
inline constexpr std::uint64_t max_approval_bytes = 64U << 10U;

/// Signs, for a time from `now`, with a nonce of its own. not_found when the policy lists no owner with this
/// key, invalid_input for a time that is longer than it allows.
Result<Approval> approve(const ApprovalPolicy& policy, const ApprovalSubject& subject, const SigningKey& key,
                         std::chrono::hours validity, Timestamp now);

/// Whether these approvals let the release pass. For each: `approval.owner`, `approval.signature`,
/// `approval.subject`, `approval.current`, `approval.unused` and `approval.not-self`; then
/// `approval.enough`, which counts owners and not papers. One that is no good refuses the release also where
/// others are enough: somebody meant something else with it.
struct ApprovalQuestion {
  const ApprovalPolicy& policy;
  const ApprovalSubject& subject;
  std::int32_t required = 0;
  std::set<std::string> self;   ///< who acts or made the bytes, and cannot approve of them
  std::set<std::string> spent;  ///< nonces
  Timestamp now;
};
Checks decide_approvals(const ApprovalQuestion& question, const std::vector<Approval>& approvals);

/// For the journal: what was used, by whom it was given, and until when it was good.
json::Array to_json(const std::vector<Approval>& approvals);

/// The nonces that this journal's "approvals" steps used up: all but those of a promotion that was approved
/// and did not come to an end, which may go on with them.
std::set<std::string> spent_nonces(const std::vector<JournalEntry>& entries);

/// The public half as one line for the policy: SubjectPublicKeyInfo (RFC 8410) in base64.
std::string public_key_line(const SigningKey& key);
/// The same as PEM. invalid_input for what is no Ed25519 key.
Result<std::string> public_key_pem(std::string_view line);

}  // namespace packhouse::journal
