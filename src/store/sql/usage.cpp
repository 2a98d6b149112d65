#include "store/sql/usage.hpp"

#include <algorithm>
#include <limits>

#include "store/sql/index_steps.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/usage_queries.hpp"

namespace packhouse::sql {
namespace {

std::uint64_t count(Number number) {
  return static_cast<std::uint64_t>(number);
}

Number bounded(std::uint64_t number) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<Number>::max());
  return static_cast<Number>(std::min(number, most));
}

class SqlUsage final : public UsageStore {
 public:
  explicit SqlUsage(Transactions& transactions) : transactions_(transactions) {}

  Result<std::vector<IndexUsage>> indexes() override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<IndexUsage>> {
      std::vector<IndexUsage> all;
      connection.each<ListIndexUsage>({}, [&](const ListIndexUsage::Row& row) {
        const auto& [name, projects, files, bytes, sessions, staged, most_files, most_bytes] = row;
        all.push_back({.index = name,
                       .projects = count(projects),
                       .files = count(files),
                       .bytes = count(bytes),
                       .sessions = count(sessions),
                       .staged = count(staged),
                       .most_files = count(most_files),
                       .most_bytes = count(most_bytes)});
      });
      return all;
    });
  }

  Result<std::vector<ProjectUsage>> largest(std::size_t limit) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<ProjectUsage>> {
      std::vector<ProjectUsage> some;
      connection.each<ListLargestProjects>({to_limit(limit)}, [&](const ListLargestProjects::Row& row) {
        const auto& [index, project, files, bytes] = row;
        some.push_back({.index = index, .project = project, .files = count(files), .bytes = count(bytes)});
      });
      return some;
    });
  }

  Result<std::vector<ProjectUsage>> beyond(std::string_view index, const Growth& least,
                                           std::size_t limit) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<ProjectUsage>> {
      TRY(const auto found, find_index(connection, index));
      std::vector<ProjectUsage> some;
      connection.each<ListProjectsBeyond>(
          {found.id, bounded(least.files), bounded(least.bytes), to_limit(limit)},
          [&](const ListProjectsBeyond::Row& row) {
            const auto& [project, files, bytes] = row;
            some.push_back(
                {.index = Text{index}, .project = project, .files = count(files), .bytes = count(bytes)});
          });
      return some;
    });
  }

  Result<Growth> uploaded_since(Timestamp time) override {
    return transactions_.read([&](Connection& connection) -> Result<Growth> {
      const auto [files, bytes] = connection.one<SumUploadedSince>({to_number(time)}).value();
      return Growth{.files = count(files), .bytes = count(bytes)};
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<UsageStore> make_usage_store(Transactions& transactions) {
  return std::make_unique<SqlUsage>(transactions);
}

}  // namespace packhouse::sql
