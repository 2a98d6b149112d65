#pragma once

#include <memory>

#include "store/file_store.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// The files of a database; `transactions` outlives them.
std::unique_ptr<FileStore> make_file_store(Transactions& transactions);

}  // namespace packhouse::sql
