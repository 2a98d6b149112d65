#include "source/policy.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"

namespace packhouse::source {
namespace {

constexpr std::string_view attempt_mark = "{attempt}";

}  // namespace

Result<RunId> RunId::parse(std::string_view text) {
  const auto number = parse_decimal(text);
  if (text.empty() || text.size() > 19 || text.front() == '0' || !number ||
      *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Error{
        Errc::invalid_input,
        "expected the number of a CI run (1 to 19 digits, not beginning with 0), found " + quote(text),
        "the number is at the end of the run's address: …/actions/runs/NUMBER"};
  }
  return RunId(static_cast<std::int64_t>(*number));
}

Result<Version> parse_release_version(std::string_view text) {
  TRY(auto version, Version::parse(text));
  if (version.str() != text) {
    return Error{Errc::invalid_input, "expected a version in its normal form, found " + quote(text),
                 "write it as " + version.str()};
  }
  if (version.has_local()) {
    return Error{Errc::invalid_input, "expected a version without a local part, found " + quote(text),
                 "local versions are for builds that are not released"};
  }
  return version;
}

bool names_the_attempt(const Policy& policy) {
  return policy.artifact.find(attempt_mark) != std::string::npos;
}

bool is_artifact_name(const Policy& policy, std::string_view name, std::int64_t attempts) {
  const std::size_t mark = policy.artifact.find(attempt_mark);
  if (mark == std::string::npos) return name == policy.artifact;
  if (name.size() < mark) return false;
  const std::string_view rest = name.substr(mark);
  const auto digits = rest.substr(0, rest.find_first_not_of("0123456789"));
  const auto attempt = parse_decimal(digits);
  return attempt && *attempt >= 1 && std::cmp_less_equal(*attempt, attempts) &&
         replace_all(policy.artifact, attempt_mark, std::to_string(*attempt)) == name;
}

Sha256 digest_of(const Policy& policy) {
  json::Object owners;
  for (const auto& [name, key] : policy.approvals.owners)
    owners[name] = key;
  const json::Object approvals{{"required", policy.approvals.required},
                               {"max_hours", std::int64_t{policy.approvals.max_validity.count()}},
                               {"owners", owners}};
  const json::Object object{
      {"approvals", approvals},
      {"project", policy.project.str()},
      {"repository", policy.repository},
      {"repository_id", policy.repository_id ? json::Value(*policy.repository_id) : json::Value()},
      {"workflow", policy.workflow},
      {"branch", policy.branch},
      {"artifact", policy.artifact},
      {"build_job", policy.build_job},
      {"event", policy.event},
      {"referenced_workflows",
       json::Array(policy.referenced_workflows.begin(), policy.referenced_workflows.end())},
      {"allow_missing_artifact_digest", policy.allow_missing_artifact_digest},
      {"attestations", policy.attestations.mode == AttestationPolicy::Mode::require ? "require" : "off"}};
  return Sha256::of(json::canonical(object));
}

}  // namespace packhouse::source
