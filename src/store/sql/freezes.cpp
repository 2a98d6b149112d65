#include "store/sql/freezes.hpp"

#include <fmt/format.h>

#include "store/sql/file_queries.hpp"
#include "store/sql/freeze_queries.hpp"
#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"

namespace packhouse::sql {
namespace {

Error changed() {
  return {Errc::conflict, "the index changed meanwhile", "try again"};
}

Result<Number> find_freeze(Connection& connection, std::string_view index, std::int64_t serial) {
  TRY(const auto found, find_index(connection, index));
  const auto row = connection.one<FindFreeze>({found.id, serial});
  if (row) return std::get<0>(*row);
  return Error{Errc::not_found, fmt::format("the index {} was not frozen at serial {}", index, serial),
               "`packhouse freeze --list` shows the freezes"};
}

/// conflict for a blob that no row needs: it may be gone.
Status require_blob(Connection& connection, const std::optional<Sha256>& digest) {
  if (!digest) return success();
  return std::get<0>(connection.one<NeedsBlob>({digest->hex()}).value()) != 0 ? success() : Status{changed()};
}

Result<Number> put_page(Connection& connection, const FrozenPage& page) {
  const auto digest = Sha256::of(page.document).hex();
  if (const auto there = connection.one<FindFrozenPage>({digest})) return std::get<0>(*there);
  const auto id = std::get<0>(connection.one<AddFrozenPage>({digest, page.document}).value());
  for (const auto& file : page.files) {
    CHECK_OK(require_blob(connection, file.sha256));
    CHECK_OK(require_blob(connection, file.metadata_sha256));
    connection.run<AddFrozenFile>({id, file.filename, file.sha256.hex(), digest_text(file.metadata_sha256)});
  }
  return id;
}

class SqlFreezes final : public FreezeStore {
 public:
  explicit SqlFreezes(Transactions& transactions) : transactions_(transactions) {}

  Result<std::int64_t> freeze(std::string_view index, std::int64_t seen, std::span<const FrozenPage> pages,
                              const FreezeNote& note, Timestamp now) override {
    for (const auto& page : pages)
      CHECK_OK(check_text("page", page.document));
    return transactions_.write([&](Connection& connection) -> Result<std::int64_t> {
      TRY(const auto found, find_index(connection, index));
      if (found.serial != seen) return changed();
      const auto serial = raise_serial(connection, found);
      const auto entry = note(serial);
      const auto id =
          std::get<0>(connection.one<AddFreeze>({found.id, serial, entry.reason, to_number(now)}).value());
      for (const auto& page : pages) {
        TRY(const auto page_id, put_page(connection, page));
        connection.run<AddFrozenProject>({id, page.project, page_id});
      }
      CHECK_OK(append_to_ledger(connection, entry, now));
      return serial;
    });
  }

  Result<std::vector<Freeze>> list(std::string_view index) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<Freeze>> {
      TRY(const auto found, find_index(connection, index));
      std::vector<Freeze> all;
      connection.each<ListFreezes>({found.id}, [&](const ListFreezes::Row& row) {
        const auto& [serial, reason, made, projects, files] = row;
        all.push_back({.serial = serial,
                       .reason = reason,
                       .made = to_time(made),
                       .projects = projects,
                       .files = files});
      });
      return all;
    });
  }

  Status remove(std::string_view index, std::int64_t serial, const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto id, find_freeze(connection, index, serial));
      connection.run<DropFreeze>({id});
      connection.run<DropUnusedPages>({});
      return append_to_ledger(connection, note, now);
    });
  }

  Result<std::vector<std::string>> projects(std::string_view index, std::int64_t serial) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<std::string>> {
      TRY(const auto id, find_freeze(connection, index, serial));
      std::vector<std::string> all;
      connection.each<ListFrozenProjects>(
          {id}, [&](const ListFrozenProjects::Row& row) { all.push_back(std::get<0>(row)); });
      return all;
    });
  }

  Result<std::optional<std::string>> page(std::string_view index, std::int64_t serial,
                                          std::string_view project) override {
    return transactions_.read([&](Connection& connection) -> Result<std::optional<std::string>> {
      TRY(const auto id, find_freeze(connection, index, serial));
      auto row = connection.one<FindFrozenDocument>({id, Text{project}});
      if (!row) return std::optional<std::string>{};
      return std::optional{std::get<0>(*std::move(row))};
    });
  }

  Result<std::optional<FrozenPlace>> file(std::string_view index, std::int64_t serial,
                                          std::string_view filename, const Sha256& sha256) override {
    return transactions_.read([&](Connection& connection) -> Result<std::optional<FrozenPlace>> {
      TRY(const auto id, find_freeze(connection, index, serial));
      const auto row = connection.one<FindFrozenFile>({sha256.hex(), Text{filename}, id});
      if (!row) return std::optional<FrozenPlace>{};
      const auto& [project, metadata] = *row;
      return std::optional{FrozenPlace{.project = project,
                                       .file = {.filename = std::string(filename),
                                                .sha256 = sha256,
                                                .metadata_sha256 = to_optional_sha256(metadata)}}};
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<FreezeStore> make_freeze_store(Transactions& transactions) {
  return std::make_unique<SqlFreezes>(transactions);
}

}  // namespace packhouse::sql
