#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "store/file_store.hpp"
#include "store/sql/connection.hpp"
#include "store/sql/ledger.hpp"

namespace packhouse::sql {

/// FileStore::copy_release(), within an open transaction.
Result<std::size_t> copy_release(Connection& connection, std::string_view index, const ReleaseCopy& copy,
                                 const DatedNote& dated, const CopyHooks& hooks);

}  // namespace packhouse::sql
