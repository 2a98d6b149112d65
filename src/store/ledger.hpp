#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/ledger_entry.hpp"
#include "store/ledger_store.hpp"

/// The chain of hashes that the ledger's entries form.
namespace packhouse {

/// SHA-256 over the canonical JSON of every field of `entry` but its hash.
std::string ledger_hash(const LedgerEntry& entry);

/// Is this the entry that follows number `sequence`, whose hash is `hash` (0 and 64 zeros: the first)?
/// conflict, with what is wrong, where it is not.
Status check_link(const LedgerEntry& entry, std::int64_t sequence, std::string_view hash);

/// Checks every link: the number of entries, or the first broken link (conflict).
Result<std::int64_t> verify_ledger(LedgerStore& ledger);

}  // namespace packhouse
