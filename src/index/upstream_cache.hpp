#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "blob/blob_store.hpp"
#include "store/metadata_store.hpp"

namespace packhouse::index {

/// Keeps the bytes of upstreams' files below a limit: those used longest ago go, never one that a freeze or a
/// file of the server's own needs. Used on one thread, in the process that serves the folder.
class UpstreamCache {
 public:
  /// At most so many bytes stay. The stores outlive it.
  UpstreamCache(MetadataStore& store, BlobStore& blobs, std::uint64_t most)
      : store_(store), blobs_(blobs), most_(most) {}

  struct Evicted {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
  };
  /// A bounded piece of the work. A file is first forgotten (`forget` drops what is cached of its project),
  /// and its bytes go with the next call: an answer that was about to open them still can.
  Result<Evicted> step(Timestamp now, const std::function<void(const std::string& project)>& forget);

 private:
  MetadataStore& store_;
  BlobStore& blobs_;
  const std::uint64_t most_;
  std::vector<Sha256> leaving_;
};

}  // namespace packhouse::index
