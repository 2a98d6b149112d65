#include "store/sql/downloads.hpp"

#include "store/sql/download_queries.hpp"
#include "store/sql/index_steps.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"

namespace packhouse::sql {
namespace {

Status check_texts(const DownloadTally& tally) {
  CHECK_OK(check_text("filename", tally.filename));
  return check_text("address", tally.actor.address);
}

void add_tally(Connection& connection, Number index, const DownloadTally& tally) {
  connection.run<AddDownloads>({index, tally.project, tally.version, tally.filename, tally.sha256.hex(),
                                tally.actor.kind, tally.actor.id, tally.actor.address, to_number(tally.first),
                                to_number(tally.last), tally.count});
  connection.run<UseUpstreamFile>({to_number(tally.last), index, tally.filename, tally.sha256.hex()});
}

class SqlDownloads final : public DownloadStore {
 public:
  explicit SqlDownloads(Transactions& transactions) : transactions_(transactions) {}

  Status add(std::span<const DownloadTally> tallies) override {
    for (const auto& tally : tallies)
      CHECK_OK(check_texts(tally));
    return transactions_.write([&](Connection& connection) -> Status {
      for (const auto& tally : tallies) {
        const auto index = find_index(connection, tally.index);
        if (index.ok()) add_tally(connection, index->id, tally);
      }
      return success();
    });
  }

  Result<std::vector<DownloadTally>> of_project(std::string_view index, std::string_view project) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<DownloadTally>> {
      TRY(const auto found, find_index(connection, index));
      std::vector<DownloadTally> all;
      connection.each<ListDownloads>({found.id, Text{project}}, [&](const ListDownloads::Row& row) {
        const auto& [version, filename, sha256, kind, id, address, first, last, count] = row;
        all.push_back({.index = std::string(index),
                       .project = std::string(project),
                       .version = version,
                       .filename = filename,
                       .sha256 = to_sha256(sha256),
                       .actor = {.kind = kind, .id = id, .address = address},
                       .first = to_time(first),
                       .last = to_time(last),
                       .count = count});
      });
      return all;
    });
  }

  Result<std::vector<std::string>> projects(std::string_view index) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<std::string>> {
      TRY(const auto found, find_index(connection, index));
      std::vector<std::string> all;
      connection.each<ListDownloadedProjects>(
          {found.id}, [&](const ListDownloadedProjects::Row& row) { all.push_back(std::get<0>(row)); });
      return all;
    });
  }

  Result<std::int64_t> prune(Timestamp before, std::int64_t most) override {
    return transactions_.write([&](Connection& connection) -> Result<std::int64_t> {
      const auto old = connection.run<PruneDownloads>({to_number(before)});
      return old + connection.run<CapDownloads>({most});
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<DownloadStore> make_download_store(Transactions& transactions) {
  return std::make_unique<SqlDownloads>(transactions);
}

}  // namespace packhouse::sql
