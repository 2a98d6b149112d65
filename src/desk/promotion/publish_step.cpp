#include "desk/promotion/publish_step.hpp"

namespace packhouse::desk {

using source::Step;
using source::StepContext;

StepResult<Published> publish_session(const PromotionContext& context, StepContext& step,
                                      const Tried& tried) {
  const Staged& staged = tried.staged;
  TRY(const auto current, context.source.before_publication(step));
  if (current == Step::refused) return std::nullopt;
  std::vector<std::string> nonces;
  for (const journal::Approval& approval : context.request.approvals)
    nonces.push_back(approval.nonce);
  TRY(const auto checks,
      context.session_uploader().publish(staged.session, staged.examined().missing(), nonces));
  TRY(const auto published, step.record(checks));
  if (published == Step::refused) return std::nullopt;
  return Published{.approved = staged.approved, .label_kept = staged.label_kept};
}

StepResult<Published> publish_files(const PromotionContext& context, StepContext& step,
                                    const Approved& approved) {
  const auto note = [&step](std::string_view phase, json::Object detail) {
    return step.journal()->append("upload", phase, {std::move(detail)});
  };
  TRY(const auto current, context.source.before_publication(step));
  if (current == Step::refused) return std::nullopt;
  const Examined& examined = approved.examined;
  TRY(const auto checks,
      context.uploader().publish(context.release(), examined.candidate.files, examined.served, note));
  TRY(const auto published, step.record(checks));
  if (published == Step::refused) return std::nullopt;
  return Published{.approved = approved};
}

}  // namespace packhouse::desk
