#pragma once

#include <memory>

#include "base/result.hpp"
#include "store/metadata_store.hpp"

namespace packhouse {

/// Opens or makes the database at `path` (WAL, synchronous=FULL, foreign keys on, mode 0600), and brings its
/// schema up to date by the migrations compiled in. conflict when a newer program made it; unavailable when
/// it cannot be opened. Throws StoreError when the disk fails.
Result<std::unique_ptr<MetadataStore>> open_sqlite_store(const std::string& path);

}  // namespace packhouse
