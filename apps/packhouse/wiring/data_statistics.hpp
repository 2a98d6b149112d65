#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/sqlite/open.hpp"
#include "sys/file_system.hpp"

namespace packhouse::app {

/// What the database of an index holds. unavailable for a fault.
Result<SqliteStatistics> statistics_of(const Path& folder);

/// A file in a data folder that is as old as its last complete backup.
inline constexpr std::string_view last_backup_name = "last-backup";
/// The same for its last audit that found it sound.
inline constexpr std::string_view last_audit_name = "last-audit";
/// And for its last garbage collection.
inline constexpr std::string_view last_collection_name = "last-gc";

/// Writes the file again. Does nothing in a folder that cannot be written.
void note_time(FileSystem& disk, const Path& file, std::string_view text);
/// When the file was last written; nullopt if it does not exist.
std::optional<Timestamp> last_change(const Path& file);

}  // namespace packhouse::app
