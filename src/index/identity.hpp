#pragma once

#include <string>
#include <string_view>

#include "store/ledger_store.hpp"

namespace packhouse::index {

/// Which index this is, wherever it is reached: 32 hexadecimal digits, the same for as long as its data
/// lives, also in a copy of that data. Made of its name and the ledger's first entry. not_found: the ledger
/// is empty.
Result<std::string> identity_of(LedgerStore& ledger, std::string_view index);

}  // namespace packhouse::index
