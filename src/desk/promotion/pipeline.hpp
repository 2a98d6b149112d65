#pragma once

#include <functional>
#include <future>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "desk/check_log.hpp"
#include "desk/promotion/states.hpp"
#include "desk/settings.hpp"
#include "journal/journal.hpp"
#include "source/release_source.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::desk {

/// Runs the steps of one release and keeps their record: for each its intent in the journal, the body, its
/// outcome with the checks. It owns the lock, the journal and the work folder, and knows no step. Used on one
/// thread; `tools` outlive it.
class Pipeline final : public source::StepContext {
 public:
  explicit Pipeline(DeskTools& tools) : tools_(tools), checks_(tools.console) {}

  /// Locks the release and opens its journal; without this call nothing is recorded. conflict when another
  /// process holds the lock, or when the journal was changed.
  Status open_journal(const Path& folder);
  Status make_work_folder(std::string_view prefix);
  /// What the intent of each step says.
  void set_intent(json::Object intent) { intent_ = std::move(intent); }

  /// Runs `body` as the step `name`. The outcome of a step that passed is durable as `passed` says: the
  /// intent of the next step follows it, or the outcome of the release.
  Result<source::Step> run_step(std::string_view name, const source::StepBody& body,
                                journal::Durable passed = journal::Durable::with_the_next);
  Result<source::Step> run_steps(const std::vector<source::ReleaseSource::NamedStep>& steps);
  /// The same for a body that gives the release's next state.
  template <typename State>
  StepResult<State> run_step(std::string_view name,
                             const std::function<StepResult<State>(source::StepContext&)>& body);

  /// Removes the work folder on another thread: it may hold hundreds of megabytes. Nothing uses it
  /// afterwards.
  std::future<void> remove_work_folder();

  const Checks& checks() const noexcept { return checks_.all(); }

  Result<source::Step> record(const Checks& checks) override;
  Result<source::Step> add_shown(const Checks& checks) override;
  Status store_evidence(const std::vector<Evidence>& evidence) override;
  json::Object& detail() override { return detail_; }
  journal::Journal* journal() override { return journal_ ? &*journal_ : nullptr; }
  const Path& work() const override { return work_->path(); }

 private:
  Status record_outcome(std::string_view name, const Result<source::Step>& result, journal::Durable passed);

  DeskTools& tools_;
  std::optional<journal::ReleaseLock> lock_;
  std::optional<journal::Journal> journal_;  ///< unset in a dry run
  std::optional<TemporaryFolder> work_;
  json::Object intent_;
  json::Object detail_;  ///< of the outcome of the current step
  CheckLog checks_;
};

template <typename State>
StepResult<State> Pipeline::run_step(std::string_view name,
                                     const std::function<StepResult<State>(source::StepContext&)>& body) {
  std::optional<StepResult<State>> state;
  const auto step = run_step(name, [&](source::StepContext& context) -> Result<source::Step> {
    const StepResult<State>& result = state.emplace(body(context));
    if (!result.ok()) return result.error();
    return *result ? source::Step::passed : source::Step::refused;
  });
  if (!step.ok()) return step.error();
  return *std::move(state);
}

}  // namespace packhouse::desk
