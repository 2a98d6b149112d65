#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "forge/name_pattern.hpp"
#include "journal/approval.hpp"
#include "pep/project_name.hpp"
#include "pep/version.hpp"

namespace packhouse::source {

/// The number of a CI run, as given on the command line: `^[1-9][0-9]{0,18}$`.
class RunId {
 public:
  static Result<RunId> parse(std::string_view text);
  std::int64_t number() const noexcept { return number_; }
  std::string str() const { return std::to_string(number_); }
  bool operator==(const RunId&) const = default;

 private:
  explicit RunId(std::int64_t number) : number_(number) {}
  std::int64_t number_;
};

enum class LocalVersions : std::uint8_t { refused, allowed };

/// A version in PEP 440's normal form, exactly: "1.0.0RC1" is refused with the form to use.
Result<Version> parse_release_version(std::string_view text);

struct AttestationPolicy {
  enum class Mode : std::uint8_t { off, require };
  Mode mode = Mode::off;
  std::string trusted_root = {};  ///< path of a sigstore trusted_root.json; empty: the built-in one
};

/// What a run hands over, and which of its jobs make it. A name has "{attempt}" for the attempt of its job:
/// repeating that job leaves an artifact of each.
struct ArtifactRule {
  forge::NamePattern name;
  forge::NamePattern job;
};

/// The artifact "dist" of the job "build".
std::vector<ArtifactRule> usual_artifacts();

/// What a CI run must show before its artifacts may become a release.
struct Policy {
  ProjectName project;
  std::string repository;                                    ///< "owner/name"
  std::optional<std::int64_t> repository_id = std::nullopt;  ///< pinned, where the configuration does
  std::string workflow = ".github/workflows/ci.yml";
  std::string branch = "main";
  std::vector<forge::NamePattern> other_branches = {};
  /// With "{version}" in it: a run of the tag that the version has by it is taken too. Empty: of no tag.
  std::string tags = {};
  std::vector<std::string> events = {"push"};
  /// Each of them required. An artifact is of the first whose name it has.
  std::vector<ArtifactRule> artifacts = usual_artifacts();
  /// Reusable workflows that the run may have called: "owner/repo/path@ref" exactly, or the path of one in
  /// this repository, which must be the one at the run's own commit.
  std::vector<std::string> referenced_workflows = {};
  LocalVersions local_versions = LocalVersions::refused;
  /// Endings of members of an artifact that are no files of the release, such as ".publish.attestation".
  std::vector<std::string> sidecars = {};
  /// Enterprise servers before 3.20 state no digest of an artifact.
  bool allow_missing_artifact_digest = false;
  AttestationPolicy attestations = {};
  journal::ApprovalPolicy approvals = {};
};

/// invalid_input for a version with a local part, which no index has to accept, unless the settings allow it.
Status check_version(const Policy& policy, const Version& version);

forge::BuildJobs build_jobs(const Policy& policy);
/// The first rule that has this artifact; nullptr: none.
const ArtifactRule* rule_of(const Policy& policy, std::string_view artifact, std::int64_t attempts);
bool takes_branch(const Policy& policy, std::string_view branch);
bool takes_event(const Policy& policy, std::string_view event);
/// The name of the tag that this version has; empty where runs of tags are not taken.
std::string tag_of(const Policy& policy, const Version& version);
/// invalid_input for what cannot be `tags`: no "{version}", more than one, or no name of a tag.
Status check_tags(std::string_view text);

/// What the settings take that is not a push to the one branch with its one artifact, each in a line; empty:
/// nothing.
std::vector<std::string> widenings(const Policy& policy);

/// Of the policy as canonical JSON: names what a release was decided by.
Sha256 digest_of(const Policy& policy);

}  // namespace packhouse::source
