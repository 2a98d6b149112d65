#include "desk/promotion/stage_step.hpp"

#include "desk/promotion/smoke_step.hpp"
#include "desk/staging_memory.hpp"

namespace packhouse::desk {
namespace {

using source::StepContext;

/// nullopt: the credential may not stage, and the release does not have to be staged.
Result<std::optional<client::UploadSession>> open_session(const PromotionContext& context,
                                                          StepContext& step) {
  const auto label = context.source.label();
  auto opened = context.session_uploader().open(context.release(), label);
  const bool forbidden = !opened.ok() && context.tools.sessions.may_not_stage();
  const bool must = context.settings.staging == Staging::required || label || context.knows_staging();
  if (forbidden && !must) {
    context.tools.console.warn(
        "this credential may not stage on this index, so every file is public once it is uploaded: have "
        "it given the permissions `stage` and `publish`");
    step.detail()["staged"] = false;
    return std::nullopt;
  }
  if (!opened.ok()) return std::move(opened).error();
  context.tools.learn(client::session_secret(*opened));
  CHECK_OK(remember_staging(context.tools.disk, context.request.state, context.settings.upload.url));
  context.report.staged = true;
  return *std::move(opened);
}

}  // namespace

StepResult<std::unique_ptr<Staged>> stage(const PromotionContext& context, StepContext& step,
                                          const Approved& approved) {
  auto opened = open_session(context, step);
  if (!opened.ok() && opened.error().code == Errc::conflict) {
    CHECK_OK(step.record({client::stage_refusal(opened.error())}));
    return std::nullopt;
  }
  if (!opened.ok()) return std::move(opened).error();
  auto& session = *opened;
  if (!session) return std::unique_ptr<Staged>();
  const bool label_kept = session->label == context.source.label();
  auto staged = std::make_unique<Staged>(approved, *std::move(session), label_kept);
  expect_clients(context, approved.clients, approved.environments);
  begin_background_check(context, step, *staged);
  const auto note = [&step](std::string_view phase, std::vector<json::Object> details) {
    return step.journal()->append("upload", phase, std::move(details));
  };
  TRY(const auto checks,
      context.session_uploader().fill(staged->session, approved.examined.missing(), note, staged->uploads));
  TRY(const auto filled, step.record(checks));
  if (filled == source::Step::refused) return std::nullopt;
  return staged;
}

}  // namespace packhouse::desk
