#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "blob/blob_store.hpp"
#include "dist/policy.hpp"
#include "index/attestations.hpp"
#include "model/quotas.hpp"
#include "store/metadata_store.hpp"
#include "sys/clock.hpp"

namespace packhouse::index {

/// Is told of each change after it is durable and before anybody is answered, so that what is kept in memory
/// can be dropped. Called from any thread.
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;
  virtual void project_changed(std::string_view project) = 0;
};

/// What the use cases of one index work on. It outlives them all.
struct Context {
  std::string index;  ///< its name
  MetadataStore& store;
  BlobStore& blobs;
  const Clock& clock;
  const dist::Policy& policy;
  ChangeListener& changes;
  IndexPolicy rules = {};  ///< as the store keeps it; `policy` has its checks
  Quotas quotas = {};
  const AttestationPolicy* attestations = nullptr;  ///< unset: attestations are not kept
};

/// The checks that an index's policy asks for. invalid_input for a name or value that is none.
Result<dist::Policy> checks_of(const IndexPolicy& rules);

/// "main/demo/1.0"
std::string subject_of(std::string_view index, const ReleaseName& release);
/// "main/demo/1.0/demo-1.0-py3-none-any.whl": what a ledger entry is about.
std::string subject_of(std::string_view index, const File& file);

}  // namespace packhouse::index
