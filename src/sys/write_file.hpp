#pragma once

#include <string_view>

#include "base/result.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// Makes a file of mode 0600 with these bytes; its content is durable then, its name once the folder is
/// synced. conflict when there is one: nothing is overwritten. `unavailable` for a fault of the disk.
Status write_new_file(FileSystem& disk, const Path& path, std::string_view bytes);

/// Makes the content of a file durable that something else has written.
Status sync_file(FileSystem& disk, const Path& path);

}  // namespace packhouse
