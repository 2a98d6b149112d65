#pragma once

#include <memory>

#include "store/download_store.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// Who fetched what, in a database; `transactions` outlives it.
std::unique_ptr<DownloadStore> make_download_store(Transactions& transactions);

}  // namespace packhouse::sql
