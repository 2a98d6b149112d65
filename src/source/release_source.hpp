#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "client/index_client.hpp"
#include "evidence/check.hpp"
#include "journal/journal.hpp"
#include "journal/plan.hpp"
#include "source/candidate.hpp"
#include "sys/file_system.hpp"

namespace packhouse::source {

/// How a step of a release ended, unless by an error.
enum class Step : std::uint8_t {
  passed,
  refused,  ///< a check refused the release: no step follows
};

/// What a step may use of the release that it is part of.
class StepContext {
 public:
  virtual ~StepContext() = default;
  /// Shows the checks, and records them with the current step.
  virtual Result<Step> record(const Checks& checks) = 0;
  /// Records checks that the console has shown already.
  virtual Result<Step> add_shown(const Checks& checks) = 0;
  /// Stores evidence beside the journal; the step's outcome names it.
  virtual Status store_evidence(const std::vector<Evidence>& evidence) = 0;
  /// Further members of the step's outcome.
  virtual json::Object& detail() = 0;
  /// nullptr in a dry run.
  virtual journal::Journal* journal() = 0;
  /// A folder for this run of the program alone.
  virtual const Path& work() const = 0;
};

/// The body of a step. An error: the step could not be completed.
using StepBody = std::function<Result<Step>(StepContext&)>;

/// Approvals that are required before the first upload.
struct ApprovalNeed {
  std::int32_t required = 0;   ///< number of owners
  std::set<std::string> self;  ///< the actor and the builder, who cannot approve their own release
};

/// Where the bytes of a release come from, and how that is proved: the first steps of a promotion. The steps
/// that follow (stage, smoke, publish, confirm) are the same for each source. Used on one thread.
class ReleaseSource {
 public:
  struct NamedStep {
    std::string_view name;
    StepBody body;
  };

  virtual ~ReleaseSource() = default;

  /// For the intent of every step and for the outcome of the whole: {"run": 12}.
  virtual json::Object journal_fields() const = 0;
  /// Whether this source may be used at all; the last part of the step "preflight".
  virtual Result<Step> preflight(StepContext& context) = 0;
  /// The steps that lead to candidate(). Called once preflight() has passed.
  virtual std::vector<NamedStep> steps() = 0;
  /// The files, inspected and sound once the steps have passed.
  virtual const Candidate& candidate() const = 0;
  /// The source's part of the plan: what the bytes are bound to.
  virtual journal::Plan plan() const = 0;
  /// Further checks of what the index has of that version.
  virtual Checks decide_index(const client::IndexRelease& served, StepContext& context) const = 0;
  /// The plan that was approved: nothing else is done. nullopt: no plan is applied.
  virtual const std::optional<journal::Plan>& approved_plan() const = 0;
  /// Called with the plan before the approvals are examined.
  virtual Status on_plan(const journal::Plan& plan, StepContext& context) = 0;
  /// The last question before the files become public: whether what could change meanwhile has not.
  virtual Result<Step> before_publication(StepContext& context) = 0;
  virtual ApprovalNeed approvals() const = 0;
  /// The release's permanent label; nullopt: no label.
  virtual std::optional<std::string> label() const = 0;
  /// Adds the source's members to the document of --json.
  virtual void add_to_report(json::Object& document) const = 0;
};

}  // namespace packhouse::source
