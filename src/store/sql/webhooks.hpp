#pragma once

#include <memory>

#include "store/sql/transactions.hpp"
#include "store/webhook_store.hpp"

namespace packhouse::sql {

/// `transactions` outlives it.
std::unique_ptr<WebhookStore> make_webhook_store(Transactions& transactions);

}  // namespace packhouse::sql
