#pragma once

#include <memory>

#include "blob/blob_store.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// Blobs as files: `folder`/blobs/sha256/ab/cdef…, the name being the rest of the digest, and files that are
/// being written in `folder`/blobs/tmp. Makes those folders where they are missing. `unavailable` when it
/// cannot. The caller keeps `disk` alive longer than the store.
Result<std::unique_ptr<BlobStore>> open_fs_blob_store(FileSystem& disk, const Path& folder);

}  // namespace packhouse
