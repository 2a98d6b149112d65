#pragma once

#include <memory>

#include "store/metadata_store.hpp"
#include "store/sql/database.hpp"

namespace packhouse::sql {

/// A MetadataStore over any database whose schema is up to date.
std::unique_ptr<MetadataStore> make_sql_store(std::unique_ptr<Database> database);

}  // namespace packhouse::sql
