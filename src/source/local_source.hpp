#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "source/checklist.hpp"
#include "source/ci_outage.hpp"
#include "source/release_source.hpp"
#include "source/source_settings.hpp"

namespace packhouse::source {

/// The permanent label of a release that no CI run built.
inline constexpr std::string_view local_label = "no-ci-provenance";
/// The least number of owners who approve it, whatever the policy requires of a promotion.
inline constexpr std::int32_t recovery_owners = 2;

/// Stands for the output folder in RecoverPolicy::build.
inline constexpr std::string_view build_folder = "{out}";

/// How files are built on this machine.
struct RecoverPolicy {
  /// The ref that a commit must be reachable from; empty: refs/remotes/origin/BRANCH of the policy.
  std::string main = {};
  /// Run in the project's folder. In its words `build_folder` stands for the folder that the files go to;
  /// where none has it, "--outdir FOLDER" and the folder of the sources are added.
  std::vector<std::string> build = {"python", "-m", "build"};
  std::chrono::seconds timeout{1800};
};

struct RecoverRequest {
  Version version;
  std::string reason = {};  ///< may be empty if an earlier call gave it
  bool anew = false;        ///< discard an earlier build and build again
  Path folder;              ///< the project's, in a git work tree
  Path state;               ///< the desk's state folder
  std::string actor;
  std::string api;  ///< the forge's address
  std::vector<journal::Approval> approvals = {};
  /// Of the commands: the caller's, without secrets.
  std::vector<std::pair<std::string, std::string>> environment = {};
};

/// Files that an earlier call built and planned.
struct RecordedBuild {
  std::string folder;  ///< below the journal's
  std::string plan_sha256;
  bool publishing = false;  ///< begun: only the index knows which files are public
};
/// nullopt if there is no such build, or if it was discarded.
std::optional<RecordedBuild> recorded_build(const std::vector<journal::JournalEntry>& entries);

/// The plan that owners approve, in the folder of such a build.
Path plan_path(const Path& journal_folder, const RecordedBuild& build);

/// The folder of its files.
Path files_path(const Path& journal_folder, const RecordedBuild& build);

/// Files that are built on this machine from a clean checkout of a commit of the main branch, when CI cannot
/// give them: tree → proof → checklist → build → verify. After the files are built and planned: proof →
/// verify, of the same bytes. The proof is repeated in each call until publishing has begun. Checks:
/// `recover.not-released`, `recover.owners`, `recover.reason`, `recover.anew`, `recover.plan-unchanged`;
/// `tree.commit`, `tree.clean`, `tree.on-main`; those of decide_ci_unavailable(); `recover.checklist`;
/// `build.command`, `build.members` and those of decide_files(); `recover.same-bytes`; `recover.unreleased`.
class LocalBuildSource final : public ReleaseSource {
 public:
  /// Everything outlives it.
  LocalBuildSource(const SourceSettings& settings, const RecoverPolicy& policy,
                   const ChecklistPolicy& checklist, const RecoverRequest& request, const SourceTools& tools)
      : settings_(settings), local_(policy), checklist_(checklist), request_(request), tools_(tools) {}

  json::Object journal_fields() const override;
  Result<Step> preflight(StepContext& context) override;
  std::vector<NamedStep> steps() override;
  const Candidate& candidate() const override { return candidate_; }
  journal::Plan plan() const override;
  const std::optional<journal::Plan>& approved_plan() const override { return approved_plan_; }
  Checks decide_index(const client::IndexRelease& served, StepContext& context) const override;
  Status on_plan(const journal::Plan& plan, StepContext& context) override;
  Result<Step> before_publication(StepContext&) override { return Step::passed; }
  ApprovalNeed approvals() const override;
  std::optional<std::string> label() const override { return std::string(local_label); }
  void add_to_report(json::Object& document) const override;

  /// The path of the plan that owners approve; empty: no plan was made.
  const Path& plan_file() const noexcept { return plan_file_; }

 private:
  Result<Step> find_build(StepContext& context, const RecordedBuild& build);
  Result<Step> examine_tree(StepContext& context);
  Result<Step> prove(StepContext& context);
  Result<Step> run_the_checklist(StepContext& context);
  Result<Step> build(StepContext& context);
  Result<Step> verify(StepContext& context);
  /// `project`: the project's folder in the checkout.
  Result<Check> run_build(const Path& project, const Path& out);
  const Policy& policy() const { return settings_.policy; }
  std::string main_ref() const;

  const SourceSettings& settings_;
  const RecoverPolicy& local_;
  const ChecklistPolicy& checklist_;
  const RecoverRequest& request_;
  SourceTools tools_;
  bool publishing_ = false;
  std::optional<journal::Plan> approved_plan_;
  std::string folder_;  // of the files, below the journal's
  std::string commit_;
  std::string reason_;
  std::string proof_;
  std::string builder_;
  Path plan_file_;
  Candidate candidate_;
};

}  // namespace packhouse::source
