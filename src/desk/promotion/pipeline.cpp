#include "desk/promotion/pipeline.hpp"

#include "console/command_outcome.hpp"

namespace packhouse::desk {

using source::Step;
using source::StepBody;

Status Pipeline::open_journal(const Path& folder) {
  TRY(lock_, journal::ReleaseLock::take(tools_.disk, folder));
  TRY(journal_, journal::Journal::open(tools_.disk, tools_.clock, tools_.redactor, folder));
  return success();
}

Status Pipeline::make_work_folder(std::string_view prefix) {
  TRY(work_, TemporaryFolder::make(prefix));
  return success();
}

std::future<void> Pipeline::remove_work_folder() {
  return std::async(std::launch::async, [this] { work_.reset(); });
}

Result<Step> Pipeline::run_step(std::string_view name, const StepBody& body, journal::Durable passed) {
  tools_.console.step(name);
  detail_ = {};
  if (journal_) {
    CHECK_OK(journal_->intent(name, intent_));
  }
  auto result = body(*this);
  CHECK_OK(record_outcome(name, result, passed));
  return result;
}

Result<Step> Pipeline::run_steps(const std::vector<source::ReleaseSource::NamedStep>& steps) {
  for (const auto& [name, body] : steps) {
    TRY(const auto step, run_step(name, body));
    if (step == Step::refused) return step;
  }
  return Step::passed;
}

Status Pipeline::record_outcome(std::string_view name, const Result<Step>& result, journal::Durable passed) {
  json::Object detail = std::exchange(detail_, {});
  const bool has_passed = result.ok() && *result == Step::passed;
  console::add_result(detail, result, has_passed);
  const Checks checks = checks_.take_new();
  if (!checks.empty()) tools_.console.summarise_checks(name, checks);
  if (!journal_) return success();
  detail["checks"] = to_json(checks);
  return journal_->outcome(name, std::move(detail), has_passed ? passed : journal::Durable::now);
}

Result<Step> Pipeline::record(const Checks& checks) {
  return checks_.record(checks) ? Step::passed : Step::refused;
}

Result<Step> Pipeline::add_shown(const Checks& checks) {
  return checks_.add(checks) ? Step::passed : Step::refused;
}

Status Pipeline::store_evidence(const std::vector<Evidence>& evidence) {
  json::Value& digests = detail_["evidence"];
  if (!digests.is_object()) digests.emplace_object();
  for (const Evidence& each : evidence)
    digests.get_object()[each.name] = each.digest().hex();
  return journal_ ? journal_->keep(evidence) : success();
}

}  // namespace packhouse::desk
