#pragma once

#include <memory>

#include "store/metadata_store.hpp"
#include "store/sql/database.hpp"

namespace packhouse::sql {

/// A MetadataStore over any database whose schema is up to date. Rows that a migration could not convert are
/// converted first; `now` is the time of their ledger entries.
Result<std::unique_ptr<MetadataStore>> make_sql_store(std::unique_ptr<Database> database, Timestamp now);

/// The same without that conversion, for a database that is only read.
std::unique_ptr<MetadataStore> make_sql_reader(std::unique_ptr<Database> database);

}  // namespace packhouse::sql
