#include "desk/promotion/approval_step.hpp"

namespace packhouse::desk {

bool needs_approvals(const PromotionContext& context, const Examined& examined,
                     const journal::ReleaseState& recorded) {
  if (context.source.approvals().required == 0 && context.request.approvals.empty()) return false;
  const bool all_served = examined.served.files.size() == examined.manifest().entries().size();
  return recorded.kind != journal::ReleaseState::Kind::released || !all_served;
}

Result<source::Step> check_approvals(const PromotionContext& context, source::StepContext& step,
                                     const Examined& examined) {
  const source::ApprovalNeed need = context.source.approvals();
  const journal::ApprovalSubject subject = journal::subject_of(examined.plan);
  const journal::ApprovalQuestion question{.policy = context.policy().approvals,
                                           .subject = subject,
                                           .required = need.required,
                                           .self = need.self,
                                           .spent = journal::spent_nonces(step.journal()->entries()),
                                           .now = context.tools.clock.now()};
  step.detail()["approvals"] = to_json(context.request.approvals);
  step.detail()["manifest_sha256"] = subject.manifest.hex();
  return step.record(journal::decide_approvals(question, context.request.approvals));
}

}  // namespace packhouse::desk
