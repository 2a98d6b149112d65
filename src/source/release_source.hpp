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

/// How a step of a release ended that could be done to its end.
enum class Step : std::uint8_t {
  passed,
  refused,  ///< a check said no: nothing after it is done
};

/// What an origin's steps may use of the release that they are made for.
class StepContext {
 public:
  virtual ~StepContext() = default;
  /// Shows the checks, and records them with the step that is at work.
  virtual Result<Step> record(Checks checks) = 0;
  /// Keeps evidence beside the journal; the step's outcome names it.
  virtual Status store_evidence(const std::vector<Evidence>& evidence) = 0;
  /// What else the step's outcome is to say.
  virtual json::Object& detail() = 0;
  /// nullptr in a dry run.
  virtual journal::Journal* journal() = 0;
  /// A folder for this run of the program alone.
  virtual const Path& work() const = 0;
};

/// Whose yes a release takes before anything of it is sent.
struct ApprovalNeed {
  std::string purpose;         ///< of the approvals: "promote"
  std::int32_t required = 0;   ///< so many owners
  std::set<std::string> self;  ///< who acts or made the bytes, and cannot approve of them
};

/// Where the bytes of a release come from, and how that is made sure: the first steps of its way. What
/// follows (stage, smoke, publish, confirm) is the same for each. Used on one thread.
class ReleaseSource {
 public:
  struct NamedStep {
    std::string_view name;
    std::function<Result<Step>(StepContext&)> doing;
  };

  virtual ~ReleaseSource() = default;

  /// For the intent of every step and for the outcome of the whole: {"run": 12}.
  virtual json::Object journal_fields() const = 0;
  /// Whether bytes may come from here at all; the last part of the step "preflight".
  virtual Result<Step> preflight(StepContext& context) = 0;
  /// The steps that lead to candidate(). Asked for once preflight() has passed.
  virtual std::vector<NamedStep> steps() = 0;
  /// The files, looked at and all of them sound; once the steps have passed.
  virtual const Candidate& candidate() const = 0;
  /// Its part of the plan: what the bytes are bound to.
  virtual journal::Plan plan() const = 0;
  /// What else to ask of what the index has of that version.
  virtual Checks decide_index(const client::IndexRelease& served, StepContext& context) const = 0;
  /// Just that is to be done, or nothing.
  virtual const std::optional<journal::Plan>& approved_plan() const = 0;
  /// Told of what would be done, before the first approval is asked for.
  virtual Status on_plan(const journal::Plan& plan, StepContext& context) = 0;
  virtual ApprovalNeed approvals() const = 0;
  /// What the release is called for ever; nullopt: nothing.
  virtual std::optional<std::string> label() const = 0;
  /// For the document of --json.
  virtual void add_to_report(json::Object& document) const = 0;
};

}  // namespace packhouse::source
