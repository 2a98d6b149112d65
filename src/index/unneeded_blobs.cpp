#include "index/unneeded_blobs.hpp"

#include <mutex>

namespace packhouse::index {
namespace {

Status drop_if_unneeded(FileStore& files, BlobStore& blobs, const Sha256& digest) {
  const std::lock_guard alone(blobs.gc_lock());
  TRY(const bool needed, files.needs_blob(digest));
  if (needed) return success();
  auto removed = blobs.remove(digest);
  if (!removed.ok() && removed.error().code != Errc::not_found) return removed;
  return success();
}

}  // namespace

Status drop_unneeded(FileStore& files, BlobStore& blobs, std::span<const Sha256> digests) {
  for (const auto& digest : digests)
    CHECK_OK(drop_if_unneeded(files, blobs, digest));
  return success();
}

}  // namespace packhouse::index
