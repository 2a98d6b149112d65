#pragma once

#include "store/metadata_store.hpp"
#include "store/sql/life.hpp"

namespace packhouse::sql {

/// MetadataStore::copy_release(), within an open transaction.
Result<std::size_t> copy_release(Connection& connection, std::string_view index, const ReleaseCopy& copy,
                                 const Telling& telling, const CopyHooks& hooks);

}  // namespace packhouse::sql
