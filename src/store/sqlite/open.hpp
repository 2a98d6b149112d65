#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/metadata_store.hpp"

namespace packhouse {

/// Opens or makes the database at `path` (WAL, synchronous=FULL, foreign keys on, mode 0600), and brings its
/// schema up to date by the migrations compiled in. conflict when a newer program made it or when the file is
/// not ours (it is left as it was); unavailable when it cannot be opened. A write that other processes hold
/// up for longer than `patience` is unavailable.
Result<std::unique_ptr<MetadataStore>> open_sqlite_store(
    const std::string& path, std::chrono::milliseconds patience = std::chrono::seconds{10});

}  // namespace packhouse
