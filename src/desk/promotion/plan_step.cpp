#include "desk/promotion/plan_step.hpp"

#include <algorithm>

#include "base/time.hpp"
#include "journal/journal.hpp"

namespace packhouse::desk {
namespace {

/// Names the policy and the smoke check by which a release is decided.
Sha256 digest_of(const DeskSettings& settings) {
  return Sha256::of(
      json::canonical(json::Object{{"policy_sha256", source::digest_of(settings.source.policy).hex()},
                                   {"smoke", to_json(settings.smoke)}}));
}

}  // namespace

journal::Plan make_plan(const PromotionContext& context, const client::IndexRelease& served) {
  journal::Plan plan = context.source.plan();
  plan.project = context.project().str();
  plan.version = context.version().str();
  plan.repository = context.policy().repository;
  plan.settings_sha256 = digest_of(context.settings).hex();
  plan.upload_url = context.settings.upload.url.str();
  plan.simple_url = context.settings.simple.url.str();
  plan.made = to_iso8601(context.tools.clock.now());
  for (const client::ServedFile& file : served.files)
    plan.index_files.push_back({file.filename, file.sha256.hex()});
  std::ranges::sort(plan.index_files);
  return plan;
}

Result<source::Step> check_plan(source::StepContext& step, const journal::Plan& approved,
                                const journal::Plan& found) {
  return step.record(journal::decide_plan(approved, found, journal::sent_files(step.journal()->entries())));
}

}  // namespace packhouse::desk
