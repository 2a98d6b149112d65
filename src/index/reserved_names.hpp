#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/ledger_entry.hpp"
#include "model/upstream.hpp"
#include "store/metadata_store.hpp"

namespace packhouse::index {

/// What is reserved or lifted, by command or by the API. invalid_input for what is no project's name, and
/// without a reason.
Result<ReservedName> parse_reservation(std::string_view name, bool prefix, std::string_view reason,
                                       Timestamp now);

/// True when it is new; false when that name, or that prefix, was reserved already: nothing is written. The
/// ledger entry "name.reserve" is about "name/acme-*".
Result<bool> reserve(MetadataStore& store, const ReservedName& name, const Actor& actor);

/// With the entry "name.lift". not_found when it is not reserved so.
Status lift(MetadataStore& store, const ReservedName& name, const Actor& actor);

}  // namespace packhouse::index
