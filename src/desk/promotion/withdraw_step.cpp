#include "desk/promotion/withdraw_step.hpp"

#include <fmt/format.h>

#include "desk/withdrawal.hpp"

namespace packhouse::desk {

Status complete_withdrawal(const PromotionContext& context, journal::Journal& journal) {
  const auto recorded = recorded_withdrawal(journal.entries());
  if (!recorded || recorded->index != RecordedWithdrawal::Index::pending) return success();
  DeskTools& tools = context.tools;
  const WithdrawalRequest request{.release = context.release(),
                                  .mode = recorded->mode,
                                  .reason = recorded->reason.substr(0, 1000),
                                  .actor = context.request.actor};
  const auto effect = withdraw(request, {journal, tools.index.life(), tools.clock, tools.console});
  if (effect.ok() && *effect == IndexEffect::absent) return success();
  if (effect.ok() && *effect == IndexEffect::done) {
    tools.console.line(
        fmt::format("{} is {} on the index too", context.release_name(), client::state_after(request.mode)));
    return success();
  }
  tools.console.warn(fmt::format(
      "{} is withdrawn in this machine's journal alone, and NOT on the index: {}. Have it blocked, "
      "yanked or removed there by hand",
      context.release_name(), effect.ok() ? "this index has no such ability" : effect.error().message));
  return success();
}

}  // namespace packhouse::desk
