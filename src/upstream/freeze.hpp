#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/freeze.hpp"
#include "store/metadata_store.hpp"
#include "upstream/name_rules.hpp"
#include "upstream/policy.hpp"

namespace packhouse::upstream {

/// What is to stay readable, and who asks for it.
struct FreezeRequest {
  std::string index;
  std::string reason;
  Actor actor;
  /// Of the index's upstreams; unset: they are not known, and what was fetched counts as offered.
  std::optional<std::vector<NamedPolicy>> policies = {};
};

/// Keeps what the index offers at this moment, readable under the serial that it returns whatever becomes of
/// the index and of its upstreams: all its own projects, and of upstreams the files that were fetched, since
/// the bytes of no other are here. not_found for an index that does not exist; conflict where the index
/// changes faster than it can be read.
Result<Freeze> freeze_index(MetadataStore& store, const NameSet& reserved, const FreezeRequest& request,
                            Timestamp now);

}  // namespace packhouse::upstream
