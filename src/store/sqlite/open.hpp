#pragma once

#include <chrono>
#include <cstdint>
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

struct SqliteSchema {
  std::int64_t found = 0;  ///< 0: an empty database
  std::int64_t known = 0;  ///< what open_sqlite_store() makes of it
};
/// Changes nothing. conflict when the file is not ours; unavailable when it cannot be opened.
Result<SqliteSchema> sqlite_schema(const std::string& path);

/// Reads a database that nothing writes to: a finished copy, or one on a disk that is read-only. Makes no
/// file and takes no lock; a write throws StoreError. conflict as above, and where its schema is not that of
/// this program; unavailable when it cannot be opened.
Result<std::unique_ptr<MetadataStore>> read_sqlite_copy(const std::string& path);

/// Whether the database can be read and changed: begins a change and undoes it. `unavailable` where not; what
/// only a commit would find, such as a full disk, is not found.
Status probe_sqlite_database(const std::string& path);

/// What a database holds, for people and machines that watch it.
struct SqliteStatistics {
  std::int64_t projects = 0;  ///< that have files
  std::int64_t files = 0;
  std::int64_t bytes = 0;  ///< of these files
  std::int64_t open_sessions = 0;
  std::int64_t ledger_entries = 0;
  std::int64_t last_entry = 0;  ///< when, in microseconds since 1970; 0: there is none
};
/// Through a connection of its own, which waits for no writer. unavailable for a fault of the database, and
/// where it has another schema.
Result<SqliteStatistics> sqlite_statistics(const std::string& path);

/// Writes the committed state of the database at `from`, which servers may be using, to `to` as one file of
/// mode 0600, which is not yet durable. Of any schema. conflict when `to` exists, when `from` is not ours or
/// is damaged; unavailable for any other fault, which may leave a part of `to`.
Status copy_sqlite_database(const std::string& from, const std::string& to);

}  // namespace packhouse
