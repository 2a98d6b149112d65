#include "store/sql/catalog.hpp"

#include <utility>

#include "store/sql/catalog_queries.hpp"
#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"

namespace packhouse::sql {
namespace {

IndexPolicy read_policy(Connection& connection, const IndexHandle& index) {
  return to_policy(std::get<0>(connection.one<FindPolicy>({index.id}).value()));
}

Release to_release(const ListReleases::Row& row) {
  const auto& [version, yanked, blocked, label] = row;
  return {.version = require(Version::parse(version)),
          .yanked = yanked,
          .blocked = blocked,
          .label = to_label(label)};
}

class SqlCatalog final : public CatalogStore {
 public:
  explicit SqlCatalog(Transactions& transactions) : transactions_(transactions) {}

  Result<bool> ensure_index(std::string_view index, const LedgerNote& note, Timestamp now) override {
    CHECK_OK(check_text("index", index));
    return transactions_.write([&](Connection& connection) -> Result<bool> {
      if (find_index(connection, index).ok()) return false;
      connection.run<InsertIndex>({Text{index}, to_number(now)});
      CHECK_OK(append_to_ledger(connection, note, now));
      return true;
    });
  }

  Result<std::vector<std::string>> indexes() override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<std::string>> {
      std::vector<std::string> names;
      connection.each<ListIndexes>({},
                                   [&](const ListIndexes::Row& row) { names.push_back(std::get<0>(row)); });
      return names;
    });
  }

  Result<IndexPolicy> policy(std::string_view index) override {
    return transactions_.read([&](Connection& connection) -> Result<IndexPolicy> {
      TRY(const auto found, find_index(connection, index));
      return read_policy(connection, found);
    });
  }

  Result<bool> set_policy(std::string_view index, const IndexPolicy& policy, const LedgerNote& note,
                          Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Result<bool> {
      TRY(const auto found, find_index(connection, index));
      const auto before = read_policy(connection, found);
      if (before == policy) return false;
      connection.run<SetPolicy>({json::canonical(policy.to_json()), policy.immutable ? 1 : 0, found.id});
      CHECK_OK(append_change(connection, {note, now}, before.to_json(), policy.to_json()));
      return true;
    });
  }

  Result<std::int64_t> serial(std::string_view index) override {
    return transactions_.read([&](Connection& connection) -> Result<std::int64_t> {
      TRY(const auto found, find_index(connection, index));
      return found.serial;
    });
  }

  Result<std::vector<ProjectSummary>> projects(std::string_view index, std::string_view after,
                                               std::size_t limit) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<ProjectSummary>> {
      TRY(const auto found, find_index(connection, index));
      std::vector<ProjectSummary> some;
      connection.each<ListProjects>({found.id, Text{after}, to_limit(limit)}, [&](ListProjects::Row row) {
        some.push_back({std::get<0>(std::move(row)), std::get<1>(row)});
      });
      return some;
    });
  }

  Result<ProjectSummary> summary(std::string_view index, std::string_view project) override {
    return transactions_.read([&](Connection& connection) -> Result<ProjectSummary> {
      TRY(const auto found, find_index(connection, index));
      const auto row = connection.one<FindSummary>({found.id, Text{project}});
      if (!row) return no_such_project(index, project);
      return ProjectSummary{.name = Text{project}, .serial = std::get<0>(*row)};
    });
  }

  Result<ProjectDetail> project(std::string_view index, std::string_view project) override {
    return transactions_.read([&](Connection& connection) -> Result<ProjectDetail> {
      TRY(const auto found, find_index(connection, index));
      const auto row = connection.one<FindProject>({found.id, Text{project}});
      if (!row) return no_such_project(index, project);
      const auto& [id, serial, status, reason] = *row;
      ProjectDetail detail{.name = Text{project},
                           .serial = serial,
                           .files = {},
                           .releases = {},
                           .state = to_project_state(status, reason)};
      connection.each<ListFiles>({detail.name, status, reason, id},
                                 [&](FileRow file) { detail.files.push_back(to_file(std::move(file))); });
      connection.each<ListReleases>(
          {id}, [&](const ListReleases::Row& release) { detail.releases.push_back(to_release(release)); });
      return detail;
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<CatalogStore> make_catalog_store(Transactions& transactions) {
  return std::make_unique<SqlCatalog>(transactions);
}

}  // namespace packhouse::sql
