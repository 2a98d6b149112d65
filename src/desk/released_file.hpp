#pragma once

#include "client/index_client.hpp"
#include "dist/manifest.hpp"
#include "sys/file_system.hpp"

namespace packhouse::desk {

/// One file of a release on the index, and where to store it.
struct ReleasedFile {
  ReleaseName release;
  const dist::ManifestEntry& entry;
  Path path;  ///< no file is there yet
};

/// Downloads the file. not_found when the index has no such file, conflict when it serves other bytes than
/// `entry` states.
Status fetch_released_file(client::IndexClient& index, FileSystem& disk, const ReleasedFile& file,
                           std::uint64_t max_bytes);

}  // namespace packhouse::desk
