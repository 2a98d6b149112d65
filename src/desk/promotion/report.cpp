#include "desk/promotion/report.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse::desk {

json::Object make_document(const PromotionContext& context, std::string_view outcome, const Checks& checks,
                           const journal::Journal* journal) {
  const PromotionReport& report = context.report;
  json::Object object{{"outcome", outcome},
                      {"project", context.project().str()},
                      {"version", context.version().str()},
                      {"repository", context.policy().repository},
                      {"dry_run", context.request.dry_run},
                      {"index", context.settings.upload.url.str()},
                      {"smoke_follows_exposure", !report.staged},
                      {"checks", to_json(checks)}};
  context.source.add_to_report(object);
  if (const auto label = context.source.label()) object["label"] = *label;
  if (const auto& manifest = context.source.candidate().manifest) {
    object["manifest"] = journal::to_json(*manifest);
    object["manifest_sha256"] = manifest->digest().hex();
  }
  if (journal != nullptr) object["journal"] = (journal->folder() / "journal.jsonl").string();
  if (!report.smoke_log.empty()) object["smoke_log"] = report.smoke_log.string();
  return object;
}

void show_plan(const PromotionContext& context, const Examined& examined) {
  console::Console& console = context.tools.console;
  console.line(fmt::format("dry run: nothing was uploaded. It would release {} to {}:",
                           context.release_name(), context.settings.upload.url.str()));
  for (const client::ReleaseFile* file : client::upload_order(examined.candidate.files)) {
    console.line(fmt::format("  {} {}  {}  sha256:{}", examined.is_served(*file) ? "keep  " : "upload",
                             file->filename, human_size(file->size), file->sha256.hex()));
  }
  console.line(examined.can_stage && !examined.missing().empty()
                   ? "staged where nobody sees them, published at once when the smoke check has passed"
                   : "then read them back, and run the smoke check");
  if (const auto required = context.source.approvals().required; required > 0) {
    console.line(fmt::format("it takes {} approval{} of manifest sha256:{}", required,
                             required == 1 ? "" : "s", examined.manifest().digest().hex()));
  }
}

}  // namespace packhouse::desk
