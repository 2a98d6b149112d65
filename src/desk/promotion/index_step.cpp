#include "desk/promotion/index_step.hpp"
#include "client/served_release.hpp"

namespace packhouse::desk {
namespace {

using source::Step;
using source::StepContext;

Result<Step> check_release(const PromotionContext& context, StepContext& step,
                           const client::IndexRelease& served) {
  CHECK_OK(step.store_evidence({served.evidence}));
  if (context.tools.index.sends_to_public_index()) {
    context.tools.console.warn(
        "this index sends readers on to the public index for projects that it lacks: anybody may put "
        "a file there under such a name. Switch the fallback off");
  }
  TRY(const auto proof, context.uploader().prove_simple());
  Checks checks{client::decide_simple(context.settings.simple.url, proof, context.settings.index_has_root)};
  if (checks.front().passed) {
    TRY(const auto takes_uploads, context.uploader().upload_identity());
    checks.push_back(client::decide_same_index(takes_uploads, context.tools.index.simple_identity()));
  }
  for (Check& each : client::decide_unused(*context.source.candidate().manifest, served))
    checks.push_back(std::move(each));
  for (Check& each : context.source.decide_index(served, step))
    checks.push_back(std::move(each));
  const auto state = context.tools.index.life().look(context.release());
  // A credential for uploads alone cannot read this; then the index itself refuses the upload.
  if (!state.ok() && state.error().code != Errc::unauthenticated) return state.error();
  if (state.ok() && *state) {
    CHECK_OK(step.store_evidence({(*state)->evidence()}));
    checks.push_back(client::decide_not_withdrawn(**state));
  }
  return step.record(checks);
}

/// Decided before a plan is made, since the plan shows it.
StepResult<bool> find_staging(const PromotionContext& context, StepContext& step) {
  const Staging staging = context.settings.staging;
  // Only a session carries a label: an index with sessions gets a labelled release through one.
  if (staging == Staging::off && !context.source.label()) return false;
  TRY(const bool can_stage, context.session_uploader().is_possible());
  step.detail()["staging"] = can_stage;
  const bool known = staging == Staging::automatic && context.knows_staging();
  if (staging != Staging::required && (can_stage || !known)) return can_stage;
  CheckBuilder exam;
  exam.on({"index"}).require(
      "index.staging", can_stage,
      "an index with publishing sessions at " + context.tools.sessions.root().str(),
      can_stage ? "it has them"
      : known   ? "none there, where this machine has staged before"
                : "none there",
      known ? "have the index or the proxy in front of it repaired, or say with `staging = \"off\"` that a "
              "release "
              "may be public before it is tried"
            : "use an index that stages, or allow legacy uploads with `staging = \"automatic\"`");
  TRY(const auto allowed, step.record(exam.take()));
  return allowed == Step::passed ? std::optional(can_stage) : std::nullopt;
}

}  // namespace

StepResult<IndexFindings> check_index(const PromotionContext& context, StepContext& step) {
  TRY(auto served, context.uploader().read_back(context.release()));
  TRY(const auto unused, check_release(context, step, served));
  if (unused == Step::refused) return std::nullopt;
  TRY(const auto can_stage, find_staging(context, step));
  if (!can_stage) return std::nullopt;
  return IndexFindings{.served = std::move(served), .can_stage = *can_stage};
}

}  // namespace packhouse::desk
