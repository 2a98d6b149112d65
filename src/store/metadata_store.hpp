#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/access_store.hpp"
#include "store/catalog_store.hpp"
#include "store/download_store.hpp"
#include "store/file_store.hpp"
#include "store/freeze_store.hpp"
#include "store/ledger_store.hpp"
#include "store/publisher_store.hpp"
#include "store/release_state_store.hpp"
#include "store/session_store.hpp"
#include "store/upstream_store.hpp"
#include "store/usage_store.hpp"
#include "store/webhook_store.hpp"

namespace packhouse {

/// The database of a server, in parts. Every change is one transaction that holds its rows, its ledger entry
/// and the project's new serial; when a call returns success, the change is durable. A text that is not UTF-8
/// or holds a NUL is invalid_input; a writer that other processes hold up for too long is `unavailable`; a
/// broken database throws StoreError. Thread-safe; writers take turns. The parts live as long as this store.
class MetadataStore {
 public:
  virtual ~MetadataStore() = default;

  virtual CatalogStore& catalog() noexcept = 0;
  virtual FileStore& files() noexcept = 0;
  virtual ReleaseStateStore& release_states() noexcept = 0;
  virtual AccessStore& access() noexcept = 0;
  virtual LedgerStore& ledger() noexcept = 0;
  virtual SessionStore& sessions() noexcept = 0;
  virtual UpstreamStore& upstreams() noexcept = 0;
  virtual DownloadStore& downloads() noexcept = 0;
  virtual FreezeStore& freezes() noexcept = 0;
  virtual PublisherStore& publishers() noexcept = 0;
  virtual UsageStore& usage() noexcept = 0;
  virtual WebhookStore& webhooks() noexcept = 0;

  /// Grows when another process changed the database: caches are then stale. What this store itself writes
  /// does not count: its callers know what they change.
  virtual std::int64_t change_counter() = 0;

  /// What the database engine finds wrong with its own tables and indexes, a line each, the first hundred.
  /// Empty: nothing. Reads all of it; sees no bytes of files.
  virtual Result<std::vector<std::string>> damage() = 0;
};

}  // namespace packhouse
