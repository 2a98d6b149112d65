#include "store/sql/publishers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/publisher_queries.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"

namespace packhouse::sql {
namespace {

/// A minted token that has ended is shown for a while, so that an operator can see whose it was.
constexpr std::chrono::days shown_after_end{1};

PublisherConditions to_conditions(const Text& text) {
  const auto value = require(json::parse(text));
  if (!value.is_object()) throw StoreError("the database holds what packhouse did not write: conditions");
  return require(PublisherConditions::from_json(value.get_object()));
}

Publisher to_publisher(const ListPublishers::Row& row) {
  const auto& [id, index, project, kind, issuer, conditions, permissions, reads_index, created] = row;
  return {.id = id,
          .index = index,
          .project = project,
          .kind = require(parse_issuer_kind(kind)),
          .issuer = issuer,
          .conditions = to_conditions(conditions),
          .permissions = require(Permissions::parse(permissions)),
          .reads_index = reads_index == 1,
          .created = to_time(created)};
}

std::vector<Publisher> list_publishers(Connection& connection) {
  std::vector<Publisher> all;
  connection.each<ListPublishers>({},
                                  [&](const ListPublishers::Row& row) { all.push_back(to_publisher(row)); });
  return all;
}

bool same(const Publisher& one, const Publisher& other) {
  return one.index == other.index && one.project == other.project && one.issuer == other.issuer &&
         one.conditions == other.conditions;
}

Error bound_elsewhere(std::int64_t id) {
  return {Errc::refused,
          fmt::format("publisher {} was removed, or bound to another repository, a moment ago", id)};
}

/// Sets what is not set; false where it is set to something else.
bool bind(std::string& bound, const std::string& value) {
  if (bound.empty()) bound = value;
  return bound == value || value.empty();
}

Status bind_publisher(Connection& connection, std::int64_t id, const Minting& minting) {
  const auto row = connection.one<FindPublisherConditions>({id});
  if (!row) return bound_elsewhere(id);
  auto conditions = to_conditions(std::get<0>(*row));
  const auto before = conditions;
  if (!bind(conditions.repository_id, minting.repository_id) ||
      !bind(conditions.owner_id, minting.owner_id)) {
    return bound_elsewhere(id);
  }
  if (conditions != before) connection.run<BindPublisher>({json::dump(conditions.to_json()), id});
  return success();
}

Status take_identity(Connection& connection, const Minting& minting) {
  const auto now = minting.token.created;
  connection.run<ForgetExchangedTokens>({to_number(now)});
  connection.run<ForgetMintedTokens>({to_number(now - shown_after_end)});
  if (connection.one<FindExchangedToken>({minting.issuer, minting.token_id}))
    return Error{Errc::conflict, "this identity token was exchanged before"};
  connection.run<InsertExchangedToken>({minting.issuer, minting.token_id, to_number(minting.token_id_until)});
  return success();
}

class SqlPublishers final : public PublisherStore {
 public:
  explicit SqlPublishers(Transactions& transactions) : transactions_(transactions) {}

  Result<Publisher> add(const Publisher& publisher, const LedgerNote& note) override {
    CHECK_OK(check_text("project", publisher.project));
    CHECK_OK(check_text("issuer", publisher.issuer));
    return transactions_.write([&](Connection& connection) -> Result<Publisher> {
      TRY(const auto index, find_index(connection, publisher.index));
      const auto there = list_publishers(connection);
      const auto twin =
          std::ranges::find_if(there, [&](const Publisher& other) { return same(publisher, other); });
      if (twin != there.end())
        return Error{Errc::conflict, fmt::format("it is there already: publisher {}", twin->id)};
      const auto row = connection.one<InsertPublisher>(
          {index.id, publisher.project, Text{to_string(publisher.kind)}, publisher.issuer,
           json::dump(publisher.conditions.to_json()), publisher.permissions.str(),
           publisher.reads_index ? 1 : 0, to_number(publisher.created)});
      CHECK_OK(append_to_ledger(connection, note, publisher.created));
      Publisher added = publisher;
      added.id = std::get<0>(row.value());
      return added;
    });
  }

  Status remove(std::string_view index, std::int64_t id, const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      if (connection.run<RemovePublisher>({to_number(now), id, found.id}) == 0)
        return Error{Errc::not_found, fmt::format("there is no publisher {}", id)};
      return append_to_ledger(connection, note, now);
    });
  }

  Result<std::vector<Publisher>> list() override {
    return transactions_.read(
        [](Connection& connection) -> Result<std::vector<Publisher>> { return list_publishers(connection); });
  }

  Result<Token> mint(const Minting& minting, const LedgerNote& note) override {
    CHECK_OK(check_text("label", minting.token.label));
    CHECK_OK(check_text("jti", minting.token_id));
    CHECK_OK(check_text("repository_id", minting.repository_id));
    CHECK_OK(check_text("owner_id", minting.owner_id));
    return transactions_.write([&](Connection& connection) -> Result<Token> {
      CHECK_OK(take_identity(connection, minting));
      for (const auto id : minting.publishers)
        CHECK_OK(bind_publisher(connection, id, minting));
      Token added = minting.token;
      const auto row =
          connection.one<InsertMintedToken>({added.label, added.hash.hex(), added.permissions.str(),
                                             to_number(added.created), to_number(added.expires)});
      added.id = std::get<0>(row.value());
      for (const auto id : minting.publishers)
        connection.run<InsertTokenPublisher>({added.id, id});
      CHECK_OK(append_to_ledger(connection, note, added.created));
      return added;
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<PublisherStore> make_publisher_store(Transactions& transactions) {
  return std::make_unique<SqlPublishers>(transactions);
}

}  // namespace packhouse::sql
