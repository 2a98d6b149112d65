#include "desk/promotion/promote.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "console/command_outcome.hpp"
#include "desk/promotion/approval_step.hpp"
#include "desk/promotion/confirm_step.hpp"
#include "desk/promotion/index_step.hpp"
#include "desk/promotion/pipeline.hpp"
#include "desk/promotion/plan_step.hpp"
#include "desk/promotion/preflight_step.hpp"
#include "desk/promotion/publish_step.hpp"
#include "desk/promotion/report.hpp"
#include "desk/promotion/smoke_step.hpp"
#include "desk/promotion/stage_step.hpp"
#include "desk/promotion/withdraw_step.hpp"

namespace packhouse::desk {
namespace {

using journal::ReleaseState;
using source::Step;
using source::StepContext;
using Kind = PromoteOutcome::Kind;

/// The order of the steps.
class Promotion {
 public:
  Promotion(source::ReleaseSource& source, const DeskSettings& settings, const ReleaseRequest& request,
            DeskTools& tools)
      : context_{source, settings, request, tools, report_}, pipeline_(tools) {}

  PromoteOutcome run();

 private:
  Result<Kind> execute();
  Result<ReleaseState> open_journal();
  json::Object intent() const;
  StepResult<Examined> examine(const ReleaseState& recorded);
  StepResult<Approved> approve(const Examined& examined, const ReleaseState& recorded,
                               SmokePreparation& preparation);
  Result<Step> release(const Approved& approved);
  Result<Step> release_staged(Staged& staged);
  Result<Step> release_unstaged(const Approved& approved);
  Status record_release(const Examined& examined);

  PromotionReport report_;
  PromotionContext context_;
  Pipeline pipeline_;
};

Result<Kind> Promotion::execute() {
  TRY(const auto recorded, open_journal());
  CHECK_OK(pipeline_.make_work_folder("packhouse-promote-"));
  pipeline_.set_intent(intent());
  std::optional<SmokePreparation> preparation;
  if (!context_.request.dry_run) preparation.emplace(context_);

  TRY(const auto examined, examine(recorded));
  if (!examined) return Kind::refused;
  if (!preparation) {
    show_plan(context_, *examined);
    return Kind::would_release;
  }
  CHECK_OK(context_.source.on_plan(examined->plan, pipeline_));
  TRY(const auto approved, approve(*examined, recorded, *preparation));
  if (!approved) return Kind::refused;
  TRY(const auto released, release(*approved));
  CHECK_OK(complete_withdrawal(context_, *pipeline_.journal()));
  if (released == Step::refused) return Kind::refused;
  CHECK_OK(record_release(*examined));
  return Kind::released;
}

StepResult<Examined> Promotion::examine(const ReleaseState& recorded) {
  TRY(const auto allowed, pipeline_.run_step("preflight", [&](StepContext& step) {
    return preflight(context_, step, recorded);
  }));
  if (allowed == Step::refused) return std::nullopt;
  TRY(const auto sound, pipeline_.run_steps(context_.source.steps()));
  if (sound == Step::refused) return std::nullopt;
  TRY(auto index, pipeline_.run_step<IndexFindings>(
                      "index", [&](StepContext& step) { return check_index(context_, step); }));
  if (!index) return std::nullopt;
  report_.plan = make_plan(context_, index->served);
  if (const auto& approved = context_.source.approved_plan()) {
    TRY(const auto same, pipeline_.run_step("plan", [&](StepContext& step) {
      return check_plan(step, *approved, *report_.plan);
    }));
    if (same == Step::refused) return std::nullopt;
  }
  return Examined{.candidate = context_.source.candidate(),
                  .served = std::move(index->served),
                  .can_stage = index->can_stage,
                  .plan = *report_.plan};
}

// The preparation is finished before anything is sent: a machine that cannot run the smoke check must not
// expose the release.
StepResult<Approved> Promotion::approve(const Examined& examined, const ReleaseState& recorded,
                                        SmokePreparation& preparation) {
  if (needs_approvals(context_, examined, recorded)) {
    TRY(const auto allowed, pipeline_.run_step("approvals", [&](StepContext& step) {
      return check_approvals(context_, step, examined);
    }));
    if (allowed == Step::refused) return std::nullopt;
  }
  TRY(auto approved, preparation.finish(examined));
  return approved;
}

Result<Step> Promotion::release(const Approved& approved) {
  if (!approved.examined.can_stage || approved.examined.missing().empty()) return release_unstaged(approved);
  TRY(const auto staged, pipeline_.run_step<std::unique_ptr<Staged>>(
                             "stage", [&](StepContext& step) { return stage(context_, step, approved); }));
  if (!staged) return Step::refused;
  return *staged ? release_staged(**staged) : release_unstaged(approved);
}

Result<Step> Promotion::release_staged(Staged& staged) {
  TRY(const auto tried, pipeline_.run_step<Tried>(
                            "smoke", [&](StepContext& step) { return try_staged(context_, step, staged); }));
  if (!tried) return Step::refused;
  TRY(const auto published, pipeline_.run_step<Published>("publish", [&](StepContext& step) {
    return publish_session(context_, step, *tried);
  }));
  if (!published) return Step::refused;
  return pipeline_.run_step("confirm", [&](StepContext& step) {
    return confirm_with_clients(context_, step, *published,
                                [this] { return pipeline_.remove_work_folder(); });
  });
}

Result<Step> Promotion::release_unstaged(const Approved& approved) {
  // The smoke check's pip fetches the release from its public address already.
  std::vector<std::string> clients = approved.clients;
  std::erase(clients, "pip");
  expect_clients(context_, clients, approved.environments);
  context_.tools.console.line(
      "nothing is staged: a file is public once it is uploaded, and the smoke check follows exposure");
  TRY(const auto published, pipeline_.run_step<Published>("publish", [&](StepContext& step) {
    return publish_files(context_, step, approved);
  }));
  if (!published) return Step::refused;
  TRY(const auto confirmed, pipeline_.run_step<Confirmed>("confirm", [&](StepContext& step) {
    return confirm(context_, step, *published);
  }));
  if (!confirmed) return Step::refused;
  return pipeline_.run_steps(
      {{"smoke", [&](StepContext& step) { return try_public(context_, step, *confirmed); }},
       {"clients",
        [&](StepContext& step) { return fetch_with_clients(context_, step, approved, clients); }}});
}

// ----- the record of the whole

/// Opens the journal; in a dry run it is only read. The state of the release before this promotion.
Result<ReleaseState> Promotion::open_journal() {
  DeskTools& tools = context_.tools;
  const Path folder = journal::release_folder(context_.request.state, context_.release());
  if (context_.request.dry_run) {
    const auto journal = journal::Journal::load(tools.disk, tools.clock, tools.redactor, folder);
    if (journal.ok()) return journal::state_of(journal->entries());
    if (journal.error().code == Errc::not_found) return ReleaseState{};
    return journal.error();
  }
  CHECK_OK(pipeline_.open_journal(folder));
  const auto& entries = pipeline_.journal()->entries();
  if (!entries.empty()) {
    tools.console.line(fmt::format("an earlier try is on record ({} entries): going on from what is true now",
                                   entries.size()));
  }
  return journal::state_of(entries);
}

json::Object Promotion::intent() const {
  json::Object intent{{"project", context_.project().str()},
                      {"version", context_.version().str()},
                      {"repository", context_.policy().repository},
                      {"policy_sha256", source::digest_of(context_.policy()).hex()},
                      {"actor", context_.request.actor}};
  for (const auto& [name, value] : context_.source.journal_fields())
    intent[name] = value;
  return intent;
}

Status Promotion::record_release(const Examined& examined) {
  json::Object outcome = context_.source.journal_fields();
  outcome["result"] = "released";
  outcome["manifest_sha256"] = examined.manifest().digest().hex();
  if (const auto label = context_.source.label()) outcome["label"] = *label;
  return pipeline_.journal()->outcome("release", std::move(outcome));
}

PromoteOutcome Promotion::run() {
  constexpr std::array<std::string_view, 4> words{"released", "would-release", "refused", "error"};
  auto kind = execute();
  PromoteOutcome outcome;
  outcome.plan = report_.plan;
  return console::ended(std::move(outcome), std::move(kind), pipeline_.checks(), words,
                        [this](std::string_view word) {
                          return make_document(context_, word, pipeline_.checks(), pipeline_.journal());
                        });
}

}  // namespace

PromoteOutcome release_from(source::ReleaseSource& source, const DeskSettings& settings,
                            const ReleaseRequest& request, DeskTools& tools) {
  return Promotion(source, settings, request, tools).run();
}

PromoteOutcome promote(const DeskSettings& settings, const source::PromoteRequest& request, DeskTools tools) {
  source::CiRunSource source(settings.source, request, tools.source());
  const ReleaseRequest release{.version = request.version,
                               .dry_run = request.dry_run,
                               .state = request.state,
                               .actor = request.actor,
                               .approvals = request.approvals};
  return release_from(source, settings, release, tools);
}

}  // namespace packhouse::desk
