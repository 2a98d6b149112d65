#include "store/sql/sql_store.hpp"

#include <utility>

#include "store/sql/access.hpp"
#include "store/sql/catalog.hpp"
#include "store/sql/closings.hpp"
#include "store/sql/downloads.hpp"
#include "store/sql/files.hpp"
#include "store/sql/freezes.hpp"
#include "store/sql/identities.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/publishers.hpp"
#include "store/sql/release_states.hpp"
#include "store/sql/sessions.hpp"
#include "store/sql/transactions.hpp"
#include "store/sql/upstreams.hpp"
#include "store/sql/usage.hpp"
#include "store/sql/webhooks.hpp"

namespace packhouse::sql {
namespace {

class SqlStore final : public MetadataStore {
 public:
  explicit SqlStore(std::unique_ptr<Database> database) : transactions_(std::move(database)) {}

  Status upgrade(Timestamp now) {
    CHECK_OK(adopt_identities(transactions_, now));
    return adopt_closings(transactions_);
  }

  CatalogStore& catalog() noexcept override { return *catalog_; }
  FileStore& files() noexcept override { return *files_; }
  ReleaseStateStore& release_states() noexcept override { return *release_states_; }
  AccessStore& access() noexcept override { return *access_; }
  LedgerStore& ledger() noexcept override { return *ledger_; }
  SessionStore& sessions() noexcept override { return *sessions_; }
  UpstreamStore& upstreams() noexcept override { return *upstreams_; }
  DownloadStore& downloads() noexcept override { return *downloads_; }
  FreezeStore& freezes() noexcept override { return *freezes_; }
  PublisherStore& publishers() noexcept override { return *publishers_; }
  UsageStore& usage() noexcept override { return *usage_; }
  WebhookStore& webhooks() noexcept override { return *webhooks_; }

  std::int64_t change_counter() override { return transactions_.change_counter(); }
  Result<std::vector<std::string>> damage() override { return transactions_.damage(); }

 private:
  Transactions transactions_;
  const std::unique_ptr<CatalogStore> catalog_ = make_catalog_store(transactions_);
  const std::unique_ptr<FileStore> files_ = make_file_store(transactions_);
  const std::unique_ptr<ReleaseStateStore> release_states_ = make_release_state_store(transactions_);
  const std::unique_ptr<AccessStore> access_ = make_access_store(transactions_);
  const std::unique_ptr<LedgerStore> ledger_ = make_ledger_store(transactions_);
  const std::unique_ptr<SessionStore> sessions_ = make_session_store(transactions_);
  const std::unique_ptr<UpstreamStore> upstreams_ = make_upstream_store(transactions_);
  const std::unique_ptr<DownloadStore> downloads_ = make_download_store(transactions_);
  const std::unique_ptr<FreezeStore> freezes_ = make_freeze_store(transactions_);
  const std::unique_ptr<PublisherStore> publishers_ = make_publisher_store(transactions_);
  const std::unique_ptr<UsageStore> usage_ = make_usage_store(transactions_);
  const std::unique_ptr<WebhookStore> webhooks_ = make_webhook_store(transactions_);
};

}  // namespace

Result<std::unique_ptr<MetadataStore>> make_sql_store(std::unique_ptr<Database> database, Timestamp now) {
  auto store = std::make_unique<SqlStore>(std::move(database));
  CHECK_OK(store->upgrade(now));
  return std::unique_ptr<MetadataStore>{std::move(store)};
}

std::unique_ptr<MetadataStore> make_sql_reader(std::unique_ptr<Database> database) {
  return std::make_unique<SqlStore>(std::move(database));
}

}  // namespace packhouse::sql
