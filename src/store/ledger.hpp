#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "model/ledger_entry.hpp"

namespace packhouse {

/// Is this the entry that follows number `sequence`, whose hash is `hash` (0 and 64 zeros: the first)?
/// conflict, and what is wrong, where it is not.
Status check_link(const LedgerEntry& entry, std::int64_t sequence, std::string_view hash);

}  // namespace packhouse
