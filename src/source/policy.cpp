#include "source/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"

namespace packhouse::source {
namespace {

constexpr std::string_view version_mark = "{version}";

std::string show(const std::vector<ArtifactRule>& rules) {
  std::vector<std::string> words;
  for (const ArtifactRule& rule : rules)
    words.push_back(fmt::format("{} of {}", quote(rule.name.str()), quote(rule.job.str())));
  return join(words, ", ");
}

bool is_usual(const std::vector<ArtifactRule>& rules) {
  return rules.size() == 1 && !rules.front().name.has_star() && !rules.front().job.has_star();
}

/// One rule as it was always written, several as a list.
void add_artifacts(json::Object& object, const std::vector<ArtifactRule>& rules) {
  if (rules.size() == 1) {
    object["artifact"] = rules.front().name.str();
    object["build_job"] = rules.front().job.str();
    return;
  }
  json::Array list;
  for (const ArtifactRule& rule : rules)
    list.push_back(json::Object{{"artifact", rule.name.str()}, {"build_job", rule.job.str()}});
  object["artifacts"] = std::move(list);
}

/// What is as usual is left out: a plan that was made before there was such a setting stays valid.
void add_widenings(json::Object& object, const Policy& policy) {
  object["event"] = join(policy.events, " ");
  json::Array branches;
  for (const forge::NamePattern& branch : policy.other_branches)
    branches.emplace_back(branch.str());
  if (!branches.empty()) object["other_branches"] = std::move(branches);
  if (!policy.tags.empty()) object["tags"] = policy.tags;
  if (policy.local_versions == LocalVersions::allowed) object["local_versions"] = true;
  if (!policy.sidecars.empty())
    object["sidecars"] = json::Array(policy.sidecars.begin(), policy.sidecars.end());
}

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
  return version;
}

Status check_version(const Policy& policy, const Version& version) {
  if (!version.has_local() || policy.local_versions == LocalVersions::allowed) return success();
  return Error{Errc::invalid_input, "expected a version without a local part, found " + quote(version.str()),
               "local versions are for builds that are not released; `local-versions = true` releases them"};
}

std::vector<ArtifactRule> usual_artifacts() {
  return {{forge::NamePattern::parse("dist").value(), forge::NamePattern::parse("build").value()}};
}

forge::BuildJobs build_jobs(const Policy& policy) {
  forge::BuildJobs jobs;
  for (const ArtifactRule& rule : policy.artifacts)
    jobs.push_back(rule.job);
  return jobs;
}

const ArtifactRule* rule_of(const Policy& policy, std::string_view artifact, std::int64_t attempts) {
  const auto found = std::ranges::find_if(policy.artifacts, [&](const ArtifactRule& rule) {
    return rule.name.match(artifact, attempts).has_value();
  });
  return found == policy.artifacts.end() ? nullptr : &*found;
}

bool takes_branch(const Policy& policy, std::string_view branch) {
  return branch == policy.branch ||
         std::ranges::any_of(policy.other_branches, [&](const forge::NamePattern& pattern) {
           return forge::matches_branch(pattern, branch);
         });
}

bool takes_event(const Policy& policy, std::string_view event) {
  return std::ranges::find(policy.events, event) != policy.events.end();
}

std::string tag_of(const Policy& policy, const Version& version) {
  return replace_all(policy.tags, version_mark, version.str());
}

Status check_tags(std::string_view text) {
  const std::size_t mark = text.find(version_mark);
  const bool once = mark != std::string_view::npos &&
                    text.find(version_mark, mark + version_mark.size()) == std::string_view::npos;
  // What git takes in a name of a ref, and no more (git-check-ref-format).
  const std::string name = replace_all(std::string(text), version_mark, "1");
  const auto is_plain = [](char c) { return is_ascii_alnum(c) || std::string_view("-_./+@").contains(c); };
  const bool is_name = std::ranges::all_of(name, is_plain) && !name.starts_with('/') &&
                       !name.starts_with('-') && !name.ends_with('/') && !name.ends_with('.') &&
                       name.find("..") == std::string::npos && name.find("//") == std::string::npos;
  if (once && is_name) return success();
  return Error{Errc::invalid_input,
               fmt::format("expected the name of a tag with one {}, found {}", version_mark, quote(text)),
               "write tags = \"v{version}\""};
}

std::vector<std::string> widenings(const Policy& policy) {
  std::vector<std::string> lines;
  if (!is_usual(policy.artifacts)) lines.push_back("artifacts " + show(policy.artifacts));
  std::vector<std::string> branches;
  for (const forge::NamePattern& branch : policy.other_branches)
    branches.push_back(quote(branch.str()));
  if (!branches.empty()) lines.push_back("runs of the branches " + join(branches, ", "));
  if (!policy.tags.empty()) lines.push_back("runs of the tag " + quote(policy.tags));
  if (policy.events != std::vector<std::string>{"push"})
    lines.push_back("runs of the events " + join(policy.events, ", "));
  if (!policy.referenced_workflows.empty())
    lines.push_back("the called workflows " + join(policy.referenced_workflows, ", "));
  if (policy.local_versions == LocalVersions::allowed) lines.emplace_back("local versions");
  if (!policy.sidecars.empty()) lines.push_back("members named *" + join(policy.sidecars, ", *"));
  if (policy.allow_missing_artifact_digest) lines.emplace_back("artifacts without a digest");
  return lines;
}

Sha256 digest_of(const Policy& policy) {
  json::Object owners;
  for (const auto& [name, key] : policy.approvals.owners)
    owners[name] = key;
  const json::Object approvals{{"required", policy.approvals.required},
                               {"max_hours", std::int64_t{policy.approvals.max_validity.count()}},
                               {"owners", owners}};
  json::Object object{
      {"approvals", approvals},
      {"project", policy.project.str()},
      {"repository", policy.repository},
      {"repository_id", policy.repository_id ? json::Value(*policy.repository_id) : json::Value()},
      {"workflow", policy.workflow},
      {"branch", policy.branch},
      {"referenced_workflows",
       json::Array(policy.referenced_workflows.begin(), policy.referenced_workflows.end())},
      {"allow_missing_artifact_digest", policy.allow_missing_artifact_digest},
      {"attestations", policy.attestations.mode == AttestationPolicy::Mode::require ? "require" : "off"}};
  add_artifacts(object, policy.artifacts);
  add_widenings(object, policy);
  return Sha256::of(json::canonical(object));
}

}  // namespace packhouse::source
