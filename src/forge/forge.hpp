#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/progress.hpp"
#include "base/time.hpp"
#include "evidence/check.hpp"

namespace packhouse::forge {

struct RepositoryFacts {
  Field<std::int64_t> id;
  Field<std::string> full_name;
  Evidence evidence;
};

struct WorkflowFacts {
  Field<std::string> id;  ///< digits, or the name of its file: what the forge has
  Field<std::string> path;
  Field<std::string> state;
  Evidence evidence;
};

/// A reusable workflow that a run called.
struct CalledWorkflow {
  std::string path;      ///< "owner/repo/path@ref"
  std::string sha = {};  ///< the commit that it was read from; empty: not stated
  bool operator==(const CalledWorkflow&) const = default;
};

/// One attempt of a run.
struct RunFacts {
  Field<std::int64_t> id;
  Field<std::int64_t> repository_id;
  Field<std::string> repository_name;
  Field<std::int64_t> head_repository_id;
  Field<std::string> event;
  Field<std::string> status;
  Field<std::string> conclusion;
  /// The bare name of a branch; of a branch or of a tag where the forge does not tell them apart: then it
  /// proves nothing by itself.
  Field<std::string> head_branch;
  /// The bare name of a tag, where the forge tells them apart.
  Field<std::string> head_tag;
  bool tells_tags = false;
  Field<std::string> head_sha;
  Field<std::string> path;
  Field<std::string> workflow_id;
  Field<std::int64_t> attempt;
  Field<std::vector<CalledWorkflow>> referenced_workflows;
  Evidence evidence;
};

struct RunListing {
  std::vector<RunFacts> runs;
  Field<std::int64_t> stated_count;  ///< what the forge says there are
  Evidence evidence;
};

struct JobFacts {
  Field<std::string> name;
  Field<std::int64_t> run_id;
  Field<std::string> head_sha;
  Field<std::string> status;
  Field<std::string> conclusion;
  Field<Timestamp> started_at;
  Field<Timestamp> completed_at;
};

struct JobListing {
  std::vector<JobFacts> jobs;
  Field<std::int64_t> stated_count;  ///< what the forge says there are
  Evidence evidence;
};

struct ArtifactFacts {
  Field<std::int64_t> id;
  Field<std::string> name;
  std::string job = {};  ///< which made it, where the forge states that
  Field<std::int64_t> size;
  Field<bool> expired;
  Field<Timestamp> created_at;
  /// "sha256:…" of the archive as it was uploaded. `digest_stated` is false where the answer has no such
  /// member at all, as on older enterprise servers.
  Field<std::string> digest;
  bool digest_stated = false;
  Field<std::int64_t> run_id;
  Field<std::int64_t> repository_id;
  Field<std::int64_t> head_repository_id;
  Field<std::string> head_sha;
  Evidence evidence;
};

struct ArtifactListing {
  std::vector<ArtifactFacts> artifacts;
  Field<std::int64_t> stated_count;
  Evidence evidence;
};

/// Where a name such as refs/heads/main points to.
struct RefFacts {
  Field<std::string> ref;
  Field<std::string> sha;  ///< the commit, also of an annotated tag
  Evidence evidence;
};

/// How one commit stands to another.
struct AncestryFacts {
  Field<std::string> status;  ///< of the second as seen from the first: "ahead", "identical", …
  Field<std::string> base_sha;
  Field<std::string> merge_base_sha;
  Evidence evidence;
};

/// Where a download goes. A transfer that was cut may be taken up where it ended.
class DownloadSink {
 public:
  virtual ~DownloadSink() = default;
  virtual Status write(std::string_view chunk) = 0;
  /// Forgets all bytes so far.
  virtual Status restart() = 0;
  virtual std::uint64_t size() const noexcept = 0;
};

struct DownloadFacts {
  std::string content_type;
};

/// The CI host that a run is read from. It states facts; what they are worth is decided elsewhere. A fact
/// that it did not state is an absent Field, never an error of the call. The calls fail, after the retries
/// that the host asks for, with not_found or gone; unauthenticated (also for a token that may not);
/// rate_limited or unavailable; forbidden or too_large for an answer that must not be followed, such as a
/// redirect to another origin. Used on one thread.
class Forge {
 public:
  virtual ~Forge() = default;
  virtual Result<RepositoryFacts> repository() = 0;
  /// By the name of its file: "ci.yml".
  virtual Result<WorkflowFacts> workflow(std::string_view file_name) = 0;
  /// The newest attempt.
  virtual Result<RunFacts> run(std::int64_t id) = 0;
  virtual Result<RunFacts> attempt(std::int64_t id, std::int64_t number) = 0;
  /// Of that workflow and commit, whatever started them; of each its newest attempt.
  virtual Result<RunListing> runs(std::string_view workflow_file, std::string_view commit) = 0;
  virtual Result<JobListing> jobs(std::int64_t run_id, std::int64_t attempt) = 0;
  /// Those of that name, or all of the run where no name is given; expired ones too.
  virtual Result<ArtifactListing> artifacts(std::int64_t run_id, std::optional<std::string_view> name) = 0;
  virtual Result<ArtifactFacts> artifact(std::int64_t id) = 0;
  virtual Result<RefFacts> branch(std::string_view name) = 0;
  /// nullopt: there is no such tag.
  virtual Result<std::optional<RefFacts>> tag(std::string_view name) = 0;
  virtual Result<AncestryFacts> compare(std::string_view base_sha, std::string_view head_sha) = 0;
  /// Sigstore bundles (JSON) whose subject has that digest; empty: none.
  virtual Result<std::vector<std::string>> attestations(const Sha256& subject) = 0;
  /// The archive's bytes, at most `max_bytes`.
  virtual Result<DownloadFacts> download(std::int64_t artifact_id, std::uint64_t max_bytes,
                                         DownloadSink& sink, const Progress& progress) = 0;
};

}  // namespace packhouse::forge
