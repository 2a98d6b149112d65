#include "desk/promotion/smoke_step.hpp"
#include "client/served_release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"
#include "desk/promotion/release_readback.hpp"
#include "desk/withdrawal.hpp"
#include "smoke/client_check.hpp"
#include "smoke/environment_pool.hpp"

namespace packhouse::desk {
namespace {

using source::Step;
using source::StepContext;

Path new_log(const PromotionContext& context, StepContext& step) {
  return smoke::smoke_log_path(step.journal()->folder(), context.tools.clock.now());
}

smoke::SmokeInput smoke_input(const PromotionContext& context, const Examined& examined) {
  const auto& files = examined.candidate.files;
  return {.release = context.release(),
          .manifest = examined.manifest(),
          .index = context.settings.simple,
          .links = {},
          .file = [&files](const dist::ManifestEntry& entry) -> Result<Path> {
            return std::ranges::find(files, entry.filename, &client::ReleaseFile::filename)->path;
          }};
}

/// `there`: the index, read at the stage.
Result<smoke::SmokeResult> check_stage(const PromotionContext& context, Staged& staged, const Path& log,
                                       client::IndexClient& there, const smoke::SmokeTools& tools) {
  smoke::SmokeInput input = smoke_input(context, staged.examined());
  input.stage = staged.session.stage;
  input.links = [&](const auto& filenames) -> Result<std::vector<client::PageLink>> {
    CHECK_OK(staged.uploads.wait_for(filenames, tools.stop));
    return context.uploader(there).links(context.release());
  };
  input.complete = [&] { return staged.uploads.wait_for_all(tools.stop); };
  return smoke::run_smoke(context.settings.smoke, input, log, tools, staged.approved.environments);
}

void describe(const PromotionContext& context, StepContext& step, const smoke::SmokeResult& result) {
  context.report.smoke_log = result.log;
  step.detail()["log"] = result.log.filename().string();
  step.detail()["python"] = result.python;
  step.detail()["pip"] = result.pip;
}

void show_block(const PromotionContext& context, std::string_view what_to_do) {
  context.tools.console.line(fmt::format(
      "{} is BLOCKED: its smoke check failed{} If the cause was not in the package, an owner may say so with "
      "`packhouse unblock {} --reason WHY`. Log: {}",
      context.release_name(), what_to_do, context.version().str(), context.report.smoke_log.string()));
}

/// What kept the check from being made says nothing of the release: the version stays usable.
void show_undecided(const PromotionContext& context, const Checks& checks, std::string_view standing) {
  context.tools.console.line(fmt::format(
      "{} is not blocked: {} failed for what the release needs, and not by the release. {} When that is "
      "there, "
      "give the same command again. Log: {}",
      context.release_name(), join(refused_ids(checks), ", "), standing, context.report.smoke_log.string()));
}

/// Whether the index keeps the verdict: otherwise a machine without this journal would try the version again.
Result<bool> refuse_staged(const PromotionContext& context, StepContext& step, const Staged& staged,
                           const Checks& checks) {
  const std::string reason = "its smoke check failed: " + join(refused_ids(checks), ", ").substr(0, 900);
  TRY(const bool kept, context.session_uploader().refuse(staged.session, reason));
  if (!kept) return false;
  CHECK_OK(record_block(*step.journal(),
                        {.release = context.release(), .reason = reason, .actor = context.request.actor}));
  return true;
}

}  // namespace

SmokePreparation::SmokePreparation(const PromotionContext& context)
    : environments_(context.settings.smoke, context.smoke_tools()) {
  const smoke::SmokePolicy& policy = context.settings.smoke;
  smoke::expect_smoke(policy, environments_);
  clients_ = std::async(std::launch::async,
                        [&policy, tools = context.smoke_tools()]() -> Result<std::vector<std::string>> {
                          CHECK_OK(smoke::find_further_pythons(policy, tools));
                          CHECK_OK(smoke::find_containment(policy, tools));
                          return smoke::find_clients(policy, tools);
                        });
}

Result<Approved> SmokePreparation::finish(const Examined& examined) {
  TRY(auto clients, clients_.get());
  CHECK_OK(environments_.look());
  return Approved{.examined = examined, .clients = std::move(clients), .environments = environments_};
}

void expect_clients(const PromotionContext& context, const std::vector<std::string>& clients,
                    smoke::EnvironmentPool& environments) {
  if (!clients.empty()) environments.expect(context.settings.smoke.pythons.front());
}

void begin_background_check(const PromotionContext& context, StepContext& step, Staged& staged) {
  const std::shared_ptr<client::IndexClient> there = context.tools.index.another_at(staged.address());
  if (!there) return;
  const Path log = new_log(context, step);
  staged.uploads.hold();
  staged.background_check.emplace(context.smoke_tools(),
                                  [&context, &staged, there, log](const smoke::SmokeTools& tools) {
                                    // Also where the check ends without naming a file.
                                    const client::UploadQueue::ResumeAtEnd resume(staged.uploads);
                                    return check_stage(context, staged, log, *there, tools);
                                  });
}

StepResult<Tried> try_staged(const PromotionContext& context, StepContext& step, Staged& staged) {
  auto there = context.tools.index.at(staged.address());
  std::optional<smoke::SmokeResult> result;
  if (!staged.background_check) {
    TRY(result, check_stage(context, staged, new_log(context, step), there, context.smoke_tools()));
    describe(context, step, *result);
  }
  ReleaseReadback readback(context.uploader(there), context.release());
  if (staged.background_check) {
    TRY(result, staged.background_check->get());
    describe(context, step, *result);
  }
  TRY(const auto served, readback.get());
  TRY(const auto same, step.record(client::decide_served(staged.examined().manifest(), served)));
  if (same == Step::refused) return std::nullopt;
  TRY(const auto works, step.add_shown(result->checks));
  if (works == Step::passed) return Tried{staged};
  if (!result->blames_release()) {
    show_undecided(context, result->checks, "Its files stay in the session, where nobody sees them.");
    return std::nullopt;
  }
  step.detail()["state"] = "blocked";
  TRY(const bool kept, refuse_staged(context, step, staged, result->checks));
  show_block(context, kept
                          ? ". Nobody saw it: the session was canceled, and the index blocks the version for "
                            "every machine. Release a higher version."
                          : ". Nobody saw it: the session was canceled. Release a higher version.");
  return std::nullopt;
}

Result<Step> try_public(const PromotionContext& context, StepContext& step, const Confirmed& confirmed) {
  TRY(const auto links, context.uploader().links(context.release()));
  smoke::SmokeInput input = smoke_input(context, confirmed.approved.examined);
  input.links = [&](const auto& /*filenames*/) { return links; };
  TRY(const auto result, smoke::run_smoke(context.settings.smoke, input, new_log(context, step),
                                          context.smoke_tools(), confirmed.approved.environments));
  describe(context, step, result);
  TRY(const auto works, step.add_shown(result.checks));
  if (works == Step::refused && !result.blames_release()) {
    show_undecided(context, result.checks, "It is public, and untried.");
  } else if (works == Step::refused) {
    step.detail()["state"] = "blocked";
    show_block(context,
               " after it was exposed. Stop the rollout, and release a higher version. Never overwrite it.");
  }
  return works;
}

}  // namespace packhouse::desk
