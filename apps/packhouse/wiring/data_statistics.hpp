#pragma once

#include <string_view>

#include "base/result.hpp"
#include "store/sqlite/open.hpp"
#include "sys/file_system.hpp"

namespace packhouse::app {

/// What the database of an index holds. unavailable for a fault.
Result<SqliteStatistics> statistics_of(const Path& folder);

/// A file in a data folder that is as old as its last complete backup.
inline constexpr std::string_view last_backup_name = "last-backup";

}  // namespace packhouse::app
