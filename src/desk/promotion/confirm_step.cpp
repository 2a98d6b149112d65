#include "desk/promotion/confirm_step.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "client/served_release.hpp"
#include "desk/promotion/release_readback.hpp"
#include "smoke/client_check.hpp"

namespace packhouse::desk {
namespace {

using source::Step;
using source::StepContext;

/// Where every client reads it: on the index's page. An index of another make keeps no labels.
Result<Check> confirm_label(const PromotionContext& context, StepContext& step, bool label_kept) {
  const std::string label = context.source.label().value();
  TRY(const auto page, context.tools.index.page(context.project()));
  std::int64_t labelled = 0;
  std::int64_t files = 0;
  for (const client::PageFile& file : page) {
    if (client::version_in_filename(context.project(), file.filename) != context.version()) continue;
    ++files;
    if (file.label == label) ++labelled;
  }
  const auto state = context.tools.index.life().look(context.release());
  const bool kept = label_kept || labelled > 0 || (state.ok() && *state);
  if (!kept) {
    context.tools.console.warn(
        fmt::format("this index keeps no labels: that {} is {} stands in this machine's journal "
                    "and history, and in this summary, alone",
                    context.release_name(), label));
  }
  step.detail()["label"] = label;
  step.detail()["label_kept_by"] = kept ? "index" : "journal";
  CheckBuilder exam;
  exam.on({"index"}).require(
      "index.label", !kept || labelled == files, "every file called " + label,
      kept ? fmt::format("{} of {}", labelled, files) : "an index that keeps no labels",
      "tell the index's owner: a release that nobody's CI stands for is offered without "
      "saying so",
      RefusalKind::conflict);
  return exam.take().front();
}

Status wait_until_visible(const PromotionContext& context, const Published& published) {
  return context.uploader().wait_for(context.release(), published.approved.examined.manifest());
}

/// What withdraws a release is read twice: one answer may have been spoiled on its way.
Result<client::IndexRelease> read_again_where_it_differs(const PromotionContext& context,
                                                         const dist::Manifest& manifest,
                                                         client::IndexRelease served) {
  if (!client::serves_other_files(manifest, served)) return served;
  context.tools.console.warn("the index serves other files than were examined; reading it again");
  return context.uploader().read_back(context.release());
}

void block(const PromotionContext& context, StepContext& step) {
  step.detail()["state"] = "blocked";
  context.tools.console.line(
      fmt::format("{} is BLOCKED: the index serves files under this version that were not examined. Stop the "
                  "rollout, look at who added them, and release a higher version.",
                  context.release_name()));
}

Result<Step> check_served(const PromotionContext& context, StepContext& step, const Published& published,
                          const client::IndexRelease& first) {
  const dist::Manifest& manifest = published.approved.examined.manifest();
  TRY(const auto served, read_again_where_it_differs(context, manifest, first));
  CHECK_OK(step.store_evidence({served.evidence}));
  Checks checks = client::decide_served(manifest, served);
  if (client::serves_other_files(manifest, served)) block(context, step);
  if (context.source.label()) {
    TRY(auto label, confirm_label(context, step, published.label_kept));
    checks.push_back(std::move(label));
  }
  return step.record(checks);
}

}  // namespace

StepResult<Confirmed> confirm(const PromotionContext& context, StepContext& step,
                              const Published& published) {
  CHECK_OK(wait_until_visible(context, published));
  TRY(const auto served, context.uploader().read_back(context.release()));
  TRY(const auto same, check_served(context, step, published, served));
  if (same == Step::refused) return std::nullopt;
  return Confirmed{published.approved};
}

Result<Step> confirm_with_clients(const PromotionContext& context, StepContext& step,
                                  const Published& published,
                                  const std::function<std::future<void>()>& remove_work_folder) {
  CHECK_OK(wait_until_visible(context, published));
  ReleaseReadback readback(context.uploader(), context.release());
  const auto removal = remove_work_folder();
  const Approved& approved = published.approved;
  TRY(const auto fetched, fetch_with_clients(context, step, approved, approved.clients));
  TRY(const auto served, readback.get());
  TRY(const auto same, check_served(context, step, published, served));
  return same == Step::refused ? same : fetched;
}

Result<Step> fetch_with_clients(const PromotionContext& context, StepContext& step, const Approved& approved,
                                const std::vector<std::string>& clients) {
  step.detail()["clients"] = json::Array(clients.begin(), clients.end());
  if (clients.empty()) return Step::passed;
  const Path log = smoke::smoke_log_path(step.journal()->folder(), context.tools.clock.now(), "clients");
  step.detail()["log"] = log.filename().string();
  const smoke::PublicRelease release{context.release(), approved.examined.manifest(),
                                     context.settings.simple};
  TRY(const auto checks, smoke::fetch_with_clients(context.settings.smoke, release, clients, log,
                                                   context.smoke_tools(), approved.environments));
  return step.add_shown(checks);
}

}  // namespace packhouse::desk
