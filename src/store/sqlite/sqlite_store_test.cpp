#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "store/sqlite/open.hpp"
#include "store/testing/access_store_contract.hpp"
#include "store/testing/catalog_store_contract.hpp"
#include "store/testing/download_store_contract.hpp"
#include "store/testing/durability_contract.hpp"
#include "store/testing/file_store_contract.hpp"
#include "store/testing/freeze_store_contract.hpp"
#include "store/testing/ledger_store_contract.hpp"
#include "store/testing/raw_sqlite.hpp"
#include "store/testing/release_copy_contract.hpp"
#include "store/testing/release_state_store_contract.hpp"
#include "store/testing/scratch_folder.hpp"
#include "store/testing/session_store_contract.hpp"
#include "store/testing/upstream_store_contract.hpp"

namespace packhouse::testing {
namespace {

class SqliteHome final : public MetadataStoreHome {
 public:
  std::unique_ptr<MetadataStore> open() override {
    auto store = open_sqlite_store(path());
    if (!store.ok()) throw std::runtime_error(store.error().message);
    return *std::move(store);
  }

  void rewrite_ledger(std::int64_t sequence, const std::string& column, const std::string& value) override {
    past_the_guards(fmt::format("UPDATE ledger SET {} = '{}' WHERE sequence = {}", column,
                                replace_all(value, "'", "''"), sequence));
  }

  void cut_ledger(std::int64_t sequence) override {
    past_the_guards(fmt::format("DELETE FROM ledger WHERE sequence = {}", sequence));
  }

  std::string refusal(const std::string& statement) override { return RawSqlite{path()}.refusal(statement); }

 private:
  std::string path() const { return (folder_.path() / "packhouse.db").native(); }

  void past_the_guards(const std::string& statement) {
    RawSqlite raw{path()};
    raw.run("BEGIN");
    const std::string update =
        raw.ask("SELECT sql FROM sqlite_master WHERE name = 'ledger_is_never_rewritten'");
    const std::string remove = raw.ask("SELECT sql FROM sqlite_master WHERE name = 'ledger_is_never_cut'");
    raw.run("DROP TRIGGER ledger_is_never_rewritten; DROP TRIGGER ledger_is_never_cut");
    raw.run(statement);
    raw.run(update);
    raw.run(remove);
    raw.run("COMMIT");
  }

  ScratchFolder folder_;
};

const auto kinds =
    ::testing::Values(MetadataStoreKind{"sqlite", [] { return std::make_unique<SqliteHome>(); }});
const auto name_of = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogStoreContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, FileStoreContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, ReleaseCopyContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, ReleaseStateStoreContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, AccessStoreContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerStoreContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, SessionStoreContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, UpstreamStoreContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, DownloadStoreContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, FreezeStoreContract, kinds, name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, DurabilityContract, kinds, name_of);

}  // namespace
}  // namespace packhouse::testing
