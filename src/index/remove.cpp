#include "index/remove.hpp"

#include <fmt/format.h>

#include "base/reason.hpp"

namespace packhouse::index {
Result<File> remove_file(const Context& context, std::string_view project, std::string_view filename,
                         std::string_view reason, const Actor& actor) {
  TRY(auto why, parse_reason(reason, "say why the file has to go: the ledger keeps it"));
  const auto there = context.store.files().find(context.index, filename);
  if (!there.ok() || (!project.empty() && there->release.project.str() != project)) {
    return Error{Errc::not_found, fmt::format("there is no file {}", quote(filename)),
                 "the project's page lists its files"};
  }
  const LedgerNote note{.actor = actor,
                        .action = "file.delete",
                        .subject = subject_of(context.index, *there),
                        .reason = std::move(why),
                        .detail = {{"sha256", there->sha256.hex()}, {"size", there->size}}};
  auto gone = context.store.files().remove(context.index, filename, note, context.clock.now());
  if (gone.ok()) context.changes.project_changed(gone->release.project.str());
  return gone;
}

}  // namespace packhouse::index
