#include "index/reserved_names.hpp"

#include <utility>

#include "base/reason.hpp"
#include "pep/project_name.hpp"

namespace packhouse::index {
namespace {

LedgerNote note_of(std::string_view action, const ReservedName& name, const Actor& actor) {
  return {.actor = actor,
          .action = std::string(action),
          .subject = "name/" + name.pattern(),
          .reason = name.reason,
          .detail = {}};
}

}  // namespace

Result<ReservedName> parse_reservation(std::string_view name, bool prefix, std::string_view reason,
                                       Timestamp now) {
  TRY(const auto project, ProjectName::parse(name));
  TRY(auto why, parse_reason(reason, "say why: the ledger keeps it"));
  return ReservedName{.name = project.str(), .prefix = prefix, .reason = std::move(why), .made = now};
}

Result<bool> reserve(MetadataStore& store, const ReservedName& name, const Actor& actor) {
  return store.upstreams().reserve(name, note_of("name.reserve", name, actor));
}

Status lift(MetadataStore& store, const ReservedName& name, const Actor& actor) {
  return store.upstreams().lift(name.name, name.prefix, note_of("name.lift", name, actor), name.made);
}

}  // namespace packhouse::index
