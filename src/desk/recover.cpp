#include "desk/recover.hpp"

namespace packhouse::desk {

RecoverOutcome recover(const DeskSettings& settings, const source::RecoverPolicy& policy,
                       const source::ChecklistPolicy& checklist, const source::RecoverRequest& request,
                       DeskTools tools) {
  source::LocalBuildSource source(settings.source, policy, checklist, request, tools.source());
  const ReleaseRequest release{.version = request.version,
                               .dry_run = false,
                               .state = request.state,
                               .actor = request.actor,
                               .approvals = request.approvals};
  auto outcome = release_from(source, settings, release, tools);
  return {.release = std::move(outcome), .plan = source.plan_file()};
}

}  // namespace packhouse::desk
