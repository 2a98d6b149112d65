#include "desk/promotion/preflight_step.hpp"

#include "client/public_index.hpp"
#include "desk/promotion/withdraw_step.hpp"

namespace packhouse::desk {

using source::Step;

Result<Step> preflight(const PromotionContext& context, source::StepContext& step,
                       const journal::ReleaseState& recorded) {
  TRY(const auto usable, step.record({journal::decide_not_blocked(recorded)}));
  if (usable == Step::refused) {
    if (step.journal() != nullptr) CHECK_OK(complete_withdrawal(context, *step.journal()));
    return usable;
  }
  const DeskSettings& settings = context.settings;
  const bool plain = settings.plain_http_allowed;
  TRY(const auto private_index,
      step.record({client::decide_not_public("PRIVATE_INDEX_REPOSITORY_URL", settings.upload.url),
                   client::decide_not_public("PRIVATE_INDEX_PIP_INDEX_URL", settings.simple.url),
                   client::decide_encrypted("PRIVATE_INDEX_REPOSITORY_URL", settings.upload.url, plain),
                   client::decide_encrypted("PRIVATE_INDEX_PIP_INDEX_URL", settings.simple.url, plain)}));
  if (private_index == Step::refused) return private_index;
  return context.source.preflight(step);
}

}  // namespace packhouse::desk
