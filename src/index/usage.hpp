#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "blob/blob_store.hpp"
#include "model/quotas.hpp"
#include "store/metadata_store.hpp"

namespace packhouse::index {

/// What is on the disk, and what of it `packhouse gc` would remove.
struct StoredBlobs {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unneeded = 0;
  std::uint64_t unneeded_bytes = 0;
};

struct Usage {
  std::vector<IndexUsage> indexes;
  std::vector<ProjectUsage> largest;
  Growth week;   ///< uploaded within seven days
  Growth month;  ///< and within thirty
  StoredBlobs stored;

  json::Object to_json() const;
};

/// May run beside a server: an upload in between is seen or not, and never counts as unneeded once its row is
/// there. Lists every blob.
Result<Usage> read_usage(MetadataStore& store, BlobStore& blobs, Timestamp now, std::size_t projects);

/// How much of a limit is used, from 0 to 1; of the two about projects by the project that uses most. 0 where
/// there is no limit.
struct LimitShare {
  std::string_view limit;
  double share = 0;
};
std::array<LimitShare, 4> limit_shares(const IndexUsage& usage, const Quotas& quotas);

/// A limit of an index, and how much of it is used.
struct LimitUse {
  std::string subject;  ///< "main", or "main/demo"
  std::string limit;    ///< "index-size"
  std::uint64_t used = 0;
  std::uint64_t most = 0;
};

/// The limits of an index of which at least four fifths are used; of its projects the first hundred.
Result<std::vector<LimitUse>> scarce_limits(UsageStore& usage, std::string_view index, const Quotas& quotas);

}  // namespace packhouse::index
