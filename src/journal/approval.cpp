#include "journal/approval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace packhouse::journal {
namespace {

constexpr std::string_view format_name = "packhouse-approval/2";
constexpr std::string_view pem_begin = "-----BEGIN PUBLIC KEY-----\n";
constexpr std::string_view pem_end = "\n-----END PUBLIC KEY-----\n";
// Of a key of 32 bytes, RFC 8410, section 4: the same 12 bytes before each.
constexpr std::size_t key_line_size = 60;
constexpr std::string_view key_line_begin = "MCowBQYDK2VwAyEA";
constexpr std::size_t nonce_bytes = 16;
// Between the clocks of the owner and of the promoter.
constexpr std::chrono::minutes skew{5};
constexpr std::string_view ask_again =
    "ask the owner for another: packhouse approve PLAN --key FILE --out FILE";

std::string text_of(const json::Object& detail, std::string_view key) {
  return json::get_string(detail, key).value_or("");
}

json::Object unsigned_json(const Approval& approval) {
  const ApprovalSubject& subject = approval.subject;
  return {{"format", format_name},
          {"purpose", subject.purpose},
          {"project", subject.project},
          {"version", subject.version},
          {"manifest_sha256", subject.manifest.hex()},
          {"index", subject.index},
          {"repository", subject.repository},
          {"run", subject.run},
          {"commit", subject.commit},
          {"owner", approval.owner},
          {"made", to_iso8601(approval.made)},
          {"expires", to_iso8601(approval.expires)},
          {"nonce", approval.nonce}};
}

Error no_approval(std::string_view what) {
  return {Errc::invalid_input, fmt::format("expected an approval, found {}", what),
          "name a file that `packhouse approve` wrote"};
}

Result<ApprovalSubject> read_subject(const json::Object& object) {
  TRY(const auto digest, json::get_string(object, "manifest_sha256"));
  TRY(const auto manifest, Sha256::parse(digest));
  ApprovalSubject subject{.manifest = manifest};
  TRY(subject.purpose, json::get_string(object, "purpose"));
  TRY(subject.project, json::get_string(object, "project"));
  TRY(subject.version, json::get_string(object, "version"));
  TRY(subject.index, json::get_string(object, "index"));
  TRY(subject.repository, json::get_string(object, "repository"));
  TRY(subject.run, json::get_int(object, "run"));
  TRY(subject.commit, json::get_string(object, "commit"));
  return subject;
}

Result<Approval> read_members(const json::Object& object) {
  TRY(auto subject, read_subject(object));
  Approval approval{.subject = std::move(subject), .made = {}, .expires = {}};
  TRY(approval.owner, json::get_string(object, "owner"));
  TRY(const auto made, json::get_string(object, "made"));
  TRY(approval.made, parse_iso8601(made));
  TRY(const auto expires, json::get_string(object, "expires"));
  TRY(approval.expires, parse_iso8601(expires));
  TRY(approval.nonce, json::get_string(object, "nonce"));
  TRY(const auto signature, json::get_string(object, "signature"));
  auto bytes = from_base64(signature);
  if (!bytes) return no_approval("a signature that is no base64");
  approval.signature = *std::move(bytes);
  return approval;
}

/// Behind the brace that ends the first of several objects, which hold none themselves.
std::size_t end_of_first(std::string_view text) {
  for (std::size_t at = text.find('}'); at != std::string_view::npos; at = text.find('}', at + 1)) {
    const std::string_view rest = trim(text.substr(at + 1));
    if (rest.empty() || rest.front() == '{') return at + 1;
  }
  return text.size();
}

Result<Approval> read_one(std::string_view text) {
  const auto document = json::parse(text, max_approval_bytes);
  if (!document.ok() || !document->is_object()) return no_approval("no JSON object");
  const json::Object& object = document->get_object();
  if (text_of(object, "format") != format_name) return no_approval("another format");
  TRY(auto approval, read_members(object));
  // A member that the signature does not cover says nothing, and must not seem to.
  if (json::canonical(object) + "\n" != write_approval(approval)) return no_approval("another form of one");
  return approval;
}

std::string describe(const ApprovalSubject& subject) {
  const std::string origin = subject.run == 0 ? "built on a machine" : fmt::format("run {}", subject.run);
  return fmt::format("{} {} {} of {} ({}, commit {}) to {}, manifest sha256:{}", quote(subject.purpose),
                     quote(subject.project), quote(subject.version), quote(subject.repository), origin,
                     quote(subject.commit), quote(subject.index), subject.manifest.hex());
}

bool is_signed_by(const Approval& approval, const std::string& key_line) {
  const auto pem = public_key_pem(key_line);
  return pem.ok() && verify_signature(*pem, signed_bytes(approval), approval.signature).ok();
}

void judge(const ApprovalQuestion& question, const Approval& approval, CheckBuilder& exam) {
  const ApprovalSubject& subject = question.subject;
  const auto owner = question.policy.owners.find(approval.owner);
  const bool known = owner != question.policy.owners.end();
  const std::string name = quote(approval.owner);
  const auto that = [&](std::string_view id, bool passed, std::string expected, std::string found) {
    exam.require(id, passed, std::move(expected), std::move(found), ask_again);
  };
  that("approval.owner", known, "an owner whom the settings list", name);
  const bool theirs = known && is_signed_by(approval, owner->second);
  that("approval.signature", theirs, "the signature of " + name + " over what it says",
       theirs ? "theirs" : "another, or over something else");
  that("approval.subject", approval.subject == subject, describe(subject), describe(approval.subject));
  const bool current = approval.made <= question.now + skew && question.now < approval.expires &&
                       approval.expires - approval.made <= question.policy.max_validity;
  that("approval.current", current,
       fmt::format("one of at most {} hours that holds at {}", question.policy.max_validity.count(),
                   to_iso8601(question.now)),
       fmt::format("from {} to {}", to_iso8601(approval.made), to_iso8601(approval.expires)));
  that("approval.unused", !question.spent.contains(approval.nonce), "one that was not used before",
       question.spent.contains(approval.nonce) ? "used before" : "new");
  const bool by_self = std::ranges::any_of(
      question.self, [&](const std::string& each) { return iequals(each, approval.owner); });
  that("approval.not-self", !by_self,
       "an owner who is not the one who acts, " +
           quote(join(std::vector(question.self.begin(), question.self.end()), ", ")),
       name);
}

/// After it, nothing is left of a promotion that could go on with its approvals.
bool ends_a_promotion(const JournalEntry& entry) {
  return entry.step == "release" || entry.step == "unblock" || !text_of(entry.detail, "state").empty();
}

}  // namespace

ApprovalSubject subject_of(const Plan& plan) {
  return {.purpose = std::string(plan.recovery ? recovery_purpose : promotion_purpose),
          .project = plan.project,
          .version = plan.version,
          .manifest = plan.manifest.digest(),
          .index = plan.upload_url,
          .repository = plan.repository,
          .run = plan.run,
          .commit = plan.commit};
}

std::string signed_bytes(const Approval& approval) {
  return json::canonical(unsigned_json(approval));
}

std::string write_approval(const Approval& approval) {
  json::Object object = unsigned_json(approval);
  object["signature"] = to_base64(approval.signature);
  return json::canonical(object) + "\n";
}

Result<std::vector<Approval>> read_approvals(std::string_view text) {
  std::vector<Approval> approvals;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    const std::size_t end = end_of_first(text);
    TRY(auto approval, read_one(text.substr(0, end)));
    approvals.push_back(std::move(approval));
    text.remove_prefix(end);
  }
  return approvals;
}

Result<Approval> approve(const ApprovalPolicy& policy, const ApprovalSubject& subject, const SigningKey& key,
                         std::chrono::hours validity, Timestamp now) {
  const std::string line = public_key_line(key);
  const auto owner =
      std::ranges::find_if(policy.owners, [&](const auto& each) { return each.second == line; });
  if (owner == policy.owners.end()) {
    return Error{Errc::not_found, "expected the key of an owner whom the settings list, found another",
                 fmt::format("have this line listed in [approvals.owners]: NAME = \"{}\"", line)};
  }
  if (validity < std::chrono::hours{1} || validity > policy.max_validity) {
    return Error{Errc::invalid_input, fmt::format("expected 1 to {} hours, found {}",
                                                  policy.max_validity.count(), validity.count())};
  }
  const std::string random = random_bytes(nonce_bytes);
  Approval approval{.subject = subject,
                    .owner = owner->first,
                    .made = now,
                    .expires = now + validity,
                    .nonce = to_hex(std::vector<std::uint8_t>(random.begin(), random.end()))};
  approval.signature = key.sign(signed_bytes(approval));
  return approval;
}

Checks decide_approvals(const ApprovalQuestion& question, const std::vector<Approval>& approvals) {
  CheckBuilder exam;
  exam.on({"approvals"});
  std::set<std::string> owners;
  for (const Approval& approval : approvals) {
    judge(question, approval, exam);
    owners.insert(approval.owner);
  }
  exam.require(
      "approval.enough", std::ssize(owners) >= question.required,
      fmt::format("approvals of {} owners", question.required),
      fmt::format("of {}: {}", owners.size(), quote(join(std::vector(owners.begin(), owners.end()), ", "))),
      "have owners read the plan and run: packhouse approve PLAN --key FILE --out FILE",
      RefusalKind::approval);
  return exam.take();
}

json::Array to_json(const std::vector<Approval>& approvals) {
  json::Array list;
  for (const Approval& approval : approvals) {
    json::Object object = unsigned_json(approval);
    object["signature"] = to_base64(approval.signature);
    list.push_back(std::move(object));
  }
  return list;
}

std::set<std::string> spent_nonces(const std::vector<JournalEntry>& entries) {
  std::set<std::string> spent;
  std::set<std::string> in_use;
  for (const JournalEntry& entry : entries) {
    if (ends_a_promotion(entry)) spent.merge(std::exchange(in_use, {}));
    if (entry.step != "approvals" || text_of(entry.detail, "result") != "passed") continue;
    const auto used = json::get_array(entry.detail, "approvals");
    if (!used.ok()) continue;
    for (const json::Value& each : *used)
      if (const auto* object = each.if_object()) in_use.insert(text_of(*object, "nonce"));
  }
  return spent;
}

std::string public_key_line(const SigningKey& key) {
  const std::string pem = key.public_pem();
  const std::string_view body = trim(std::string_view(pem).substr(pem_begin.size()));
  return std::string(body.substr(0, body.find('\n')));
}

Result<std::string> public_key_pem(std::string_view line) {
  if (line.size() != key_line_size || !line.starts_with(key_line_begin) || !from_base64(line)) {
    return Error{Errc::invalid_input, "expected the public line of an Ed25519 key, found " + quote(line),
                 "`packhouse approve --new-key FILE` makes a key and prints its line"};
  }
  return std::string(pem_begin) + std::string(line) + std::string(pem_end);
}

}  // namespace packhouse::journal
