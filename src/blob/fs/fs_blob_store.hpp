#pragma once

#include <memory>

#include "blob/blob_store.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// Blobs as files: `folder`/blobs/sha256/ab/cdef…, the name being the rest of the digest, and files that are
/// being written in `folder`/blobs/tmp. Makes those folders where they are missing. `unavailable` when it
/// cannot. The caller keeps `disk` alive longer than the store.
Result<std::unique_ptr<BlobStore>> open_fs_blob_store(FileSystem& disk, const Path& folder);

/// The same, of a folder that is only read: makes nothing.
std::unique_ptr<BlobStore> read_fs_blob_store(FileSystem& disk, const Path& folder);

/// Where such a store has, or would have, that blob.
Path fs_blob_path(const Path& folder, const Sha256& digest);

}  // namespace packhouse
