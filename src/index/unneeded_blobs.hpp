#pragma once

#include <span>

#include "blob/blob_store.hpp"
#include "store/file_store.hpp"

namespace packhouse::index {

/// Removes those blobs that no row needs. Takes gc_lock() for each, so that uploads need not wait for all.
/// Call it without that lock, and only in the process that serves the folder: no other knows what its uploads
/// are about to need.
Status drop_unneeded(FileStore& files, BlobStore& blobs, std::span<const Sha256> digests);

}  // namespace packhouse::index
