#include "release/recover.hpp"

namespace packhouse::release {

RecoverOutcome recover(const DeskSettings& settings, const RecoverPolicy& policy,
                       const ChecklistPolicy& checklist, const RecoverRequest& request, DeskTools tools) {
  LocalOrigin origin(settings, policy, checklist, request, tools);
  const ReleaseOrder order{.version = request.version,
                           .dry_run = false,
                           .state = request.state,
                           .actor = request.actor,
                           .approvals = request.approvals};
  auto released = release_from(origin, settings, order, tools);
  return {.release = std::move(released), .plan = origin.plan_file()};
}

}  // namespace packhouse::release
