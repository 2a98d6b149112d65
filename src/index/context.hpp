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

/// Called after each change of a project is durable, and after a session takes a name, before the caller gets
/// the answer, so that caches can drop what is stale. From any thread.
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;
  virtual void project_changed(std::string_view project) = 0;
};

/// The parts of one index that its use cases share. It outlives them.
struct Context {
  std::string index;  ///< its name
  MetadataStore& store;
  BlobStore& blobs;
  const Clock& clock;
  const dist::Policy& policy;
  ChangeListener& changes;
  IndexPolicy rules = {};  ///< as stored; `policy` has its checks
  Quotas quotas = {};
  const AttestationPolicy* attestations = nullptr;  ///< unset: attestations are not kept
};

/// The checks of an index's policy. invalid_input for an unknown name or value.
Result<dist::Policy> checks_of(const IndexPolicy& rules);

/// "main/demo/1.0"
std::string subject_of(std::string_view index, const ReleaseName& release);
/// "main/demo/1.0/demo-1.0-py3-none-any.whl": what a ledger entry is about.
std::string subject_of(std::string_view index, const File& file);

}  // namespace packhouse::index
