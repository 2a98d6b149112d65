#pragma once

#include <memory>

#include "store/metadata_store.hpp"
#include "store/sql/database.hpp"

namespace packhouse::sql {

/// A MetadataStore over any database whose schema is up to date. What of its rows only a program can bring up
/// to date is brought up to date first; `now` is the time that the ledger has for it.
Result<std::unique_ptr<MetadataStore>> make_sql_store(std::unique_ptr<Database> database, Timestamp now);

}  // namespace packhouse::sql
