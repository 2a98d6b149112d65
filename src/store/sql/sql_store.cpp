#include "store/sql/sql_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "store/sql/copy.hpp"
#include "store/sql/identities.hpp"
#include "store/sql/life.hpp"
#include "store/sql/queries.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/sessions.hpp"
#include "store/sql/steps.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {
namespace {

Error no_such_user(std::string_view name) {
  return {Errc::not_found, fmt::format("there is no user {}", quote(name))};
}

Result<User> find_user(Connection& connection, std::string_view name) {
  const auto row = connection.one<FindUser>({Text{name}});
  return row ? Result<User>{to_user(*row)} : no_such_user(name);
}

OptionalText to_text(const Secret& secret) {
  return secret.empty() ? std::nullopt : OptionalText{secret.reveal()};
}

/// The ids of what a token is bound to.
struct TokenBounds {
  OptionalNumber index;
  OptionalNumber user;
};

Result<TokenBounds> find_bounds(Connection& connection, const Token& token) {
  TokenBounds bounds;
  if (token.index) {
    TRY(const auto index, find_index(connection, *token.index));
    bounds.index = index.id;
  }
  if (token.user) {
    TRY(const auto user, find_user(connection, *token.user));
    bounds.user = user.id;
  }
  return bounds;
}

std::vector<Token> list_tokens(Connection& connection) {
  std::vector<Token> all;
  connection.each<ListTokens>({}, [&](const ListTokens::Row& row) { all.push_back(to_token(row)); });
  return all;
}

Number most(std::size_t limit) {
  return static_cast<Number>(std::min<std::size_t>(limit, std::numeric_limits<Number>::max()));
}

Error no_such_token(Number id) {
  return {Errc::not_found, fmt::format("there is no token {}", id)};
}

class SqlStore final : public MetadataStore {
 public:
  explicit SqlStore(std::unique_ptr<Database> database) : transactions_(std::move(database)) {}

  Status upgrade(Timestamp now) { return adopt_identities(transactions_, now); }

  Result<bool> ensure_index(std::string_view index, const LedgerNote& note, Timestamp now) override {
    CHECK_OK(check_text("index", index));
    return transactions_.write([&](Connection& connection) -> Result<bool> {
      if (find_index(connection, index).ok()) return false;
      connection.run<InsertIndex>({Text{index}, to_number(now)});
      CHECK_OK(append_to_ledger(connection, note, now));
      return true;
    });
  }

  Result<std::vector<ProjectSummary>> projects(std::string_view index, std::string_view after,
                                               std::size_t limit) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<ProjectSummary>> {
      TRY(const auto found, find_index(connection, index));
      std::vector<ProjectSummary> some;
      connection.each<ListProjects>({found.id, Text{after}, most(limit)}, [&](ListProjects::Row row) {
        some.push_back({std::get<0>(std::move(row)), std::get<1>(row)});
      });
      return some;
    });
  }

  Result<ProjectDetail> project(std::string_view index, std::string_view project) override {
    return transactions_.read([&](Connection& connection) -> Result<ProjectDetail> {
      TRY(const auto found, find_index(connection, index));
      const auto row = connection.one<FindProject>({found.id, Text{project}});
      if (!row) {
        return Error{Errc::not_found,
                     fmt::format("there is no project {} in the index {}", quote(project), quote(index))};
      }
      const auto& [id, serial, status, reason] = *row;
      ProjectDetail detail{.name = Text{project},
                           .serial = serial,
                           .files = {},
                           .releases = {},
                           .standing = to_standing(status, reason)};
      connection.each<ListFiles>({detail.name, status, reason, id},
                                 [&](FileRow file) { detail.files.push_back(to_file(std::move(file))); });
      connection.each<ListReleases>(
          {id}, [&](const ListReleases::Row& release) { detail.releases.push_back(to_release(release)); });
      return detail;
    });
  }

  Result<File> file(std::string_view index, std::string_view filename) override {
    return transactions_.read([&](Connection& connection) -> Result<File> {
      TRY(const auto found, find_index(connection, index));
      auto file = find_file(connection, found, filename);
      if (!file) return no_such_file(index, filename);
      return *std::move(file);
    });
  }

  Result<Totals> totals(std::string_view index, std::string_view project) override {
    return transactions_.read([&](Connection& connection) -> Result<Totals> {
      TRY(const auto found, find_index(connection, index));
      return count_files(connection, found, project);
    });
  }

  Result<std::int64_t> serial(std::string_view index) override {
    return transactions_.read([&](Connection& connection) -> Result<std::int64_t> {
      TRY(const auto found, find_index(connection, index));
      return found.serial;
    });
  }

  Result<Recorded> add_file(std::string_view index, const NewFile& file, const LedgerNote& note,
                            const std::function<void()>& before_commit) override {
    return transactions_.write([&](Connection& connection) -> Result<Recorded> {
      TRY(const auto found, find_index(connection, index));
      TRY(const auto outcome, take_file(connection, found, file, note));
      if (before_commit && outcome == Recorded::added) before_commit();
      return outcome;
    });
  }

  Status can_add(std::string_view index, std::string_view project, std::string_view version,
                 std::string_view filename) override {
    return transactions_.read([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      CHECK_OK(refuse_uploads(connection, found));
      CHECK_OK(refuse_closed(connection, found, project, version));
      return refuse_burned(connection, found, filename);
    });
  }

  Status can_name(std::string_view index, std::string_view project, const Actor& actor,
                  Timestamp now) override {
    return transactions_.read([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      return refuse_reserved(connection, found, project, actor, now);
    });
  }

  Result<File> delete_file(std::string_view index, std::string_view filename, const LedgerNote& note,
                           Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Result<File> {
      TRY(const auto found, find_index(connection, index));
      auto file = find_file(connection, found, filename);
      if (!file) return no_such_file(index, filename);
      CHECK_OK(refuse_immutable(found, index));
      connection.run<DeleteFile>({file->id});
      connection.run<BurnFilename>({found.id, file->filename, file->sha256.hex(), to_number(now)});
      connection.run<SetProjectSerial>({raise_serial(connection, found), found.id, file->project});
      CHECK_OK(append_to_ledger(connection, note, now));
      return *std::move(file);
    });
  }

  Result<bool> yank_release(std::string_view index, std::string_view project, std::string_view version,
                            const std::optional<std::string>& reason, const LedgerNote& note,
                            Timestamp now) override {
    return transactions_.write([&](Connection& connection) {
      return sql::yank_release(connection, index, {project, version}, reason, {note, now});
    });
  }

  Result<bool> yank_file(std::string_view index, std::string_view filename,
                         const std::optional<std::string>& reason, const LedgerNote& note,
                         Timestamp now) override {
    return transactions_.write([&](Connection& connection) {
      return sql::yank_file(connection, index, filename, reason, {note, now});
    });
  }

  Result<bool> block_release(std::string_view index, std::string_view project, std::string_view version,
                             const std::optional<std::string>& reason, const LedgerNote& note,
                             Timestamp now) override {
    return transactions_.write([&](Connection& connection) {
      return sql::block_release(connection, index, {project, version}, reason, {note, now});
    });
  }

  Result<bool> set_standing(std::string_view index, std::string_view project, const ProjectStanding& standing,
                            const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) {
      return sql::set_standing(connection, index, project, standing, {note, now});
    });
  }

  Result<std::vector<std::string>> indexes() override {
    return transactions_.read(
        [&](Connection& connection) -> Result<std::vector<std::string>> { return sql::indexes(connection); });
  }

  Result<IndexPolicy> policy(std::string_view index) override {
    return transactions_.read([&](Connection& connection) { return sql::policy(connection, index); });
  }

  Result<bool> set_policy(std::string_view index, const IndexPolicy& policy, const LedgerNote& note,
                          Timestamp now) override {
    return transactions_.write(
        [&](Connection& connection) { return sql::set_policy(connection, index, policy, {note, now}); });
  }

  Result<std::size_t> copy_release(std::string_view index, const ReleaseCopy& copy, const LedgerNote& note,
                                   Timestamp now, const CopyHooks& hooks) override {
    return transactions_.write([&](Connection& connection) {
      return sql::copy_release(connection, index, copy, {note, now}, hooks);
    });
  }

  Result<Token> add_token(const Token& token, const LedgerNote& note) override {
    CHECK_OK(check_text("label", token.label));
    CHECK_OK(check_text("project", token.project.value_or("")));
    return transactions_.write([&](Connection& connection) -> Result<Token> {
      if (connection.one<FindTokenByHash>({token.hash.hex()})) {
        return Error{Errc::conflict, "this token was issued before"};
      }
      TRY(const auto bounds, find_bounds(connection, token));
      const auto row = connection.one<InsertToken>({token.label, token.hash.hex(), token.permissions.str(),
                                                    token.project, to_number(token.created),
                                                    to_number(token.expires), bounds.index, bounds.user});
      CHECK_OK(append_to_ledger(connection, note, token.created));
      Token added = token;
      added.id = std::get<0>(row.value());
      return added;
    });
  }

  Result<std::vector<Token>> tokens() override {
    return transactions_.read(
        [&](Connection& connection) -> Result<std::vector<Token>> { return list_tokens(connection); });
  }

  Status revoke_token(std::int64_t id, const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Status {
      const auto row = connection.one<FindRevocation>({id});
      if (!row) return no_such_token(id);
      if (const OptionalNumber& revoked = std::get<0>(*row)) {
        return Error{Errc::conflict,
                     fmt::format("token {} was revoked at {}", id, to_iso8601(to_time(*revoked)))};
      }
      connection.run<RevokeToken>({to_number(now), id});
      return append_to_ledger(connection, note, now);
    });
  }

  Status touch_token(std::int64_t id, Timestamp used) override {
    return transactions_.write([&](Connection& connection) -> Status {
      const auto row = connection.one<FindLastUse>({id});
      if (!row) return no_such_token(id);
      // Written behind, so an older use may come after a newer one.
      const Number last = std::get<0>(*row).value_or(std::numeric_limits<Number>::min());
      if (to_number(used) > last) connection.run<TouchToken>({to_number(used), id});
      return success();
    });
  }

  Result<User> add_user(const User& user, const LedgerNote& note) override {
    CHECK_OK(check_text("user", user.name));
    return transactions_.write([&](Connection& connection) -> Result<User> {
      if (find_user(connection, user.name).ok()) {
        return Error{Errc::conflict, fmt::format("there is a user {} already", quote(user.name))};
      }
      const auto row = connection.one<InsertUser>(
          {user.name, to_text(user.password), user.permissions.str(), to_number(user.created)});
      CHECK_OK(append_to_ledger(connection, note, user.created));
      User added = user;
      added.id = std::get<0>(row.value());
      return added;
    });
  }

  Result<User> change_user(std::string_view name, const UserChange& change, const LedgerNote& note,
                           Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Result<User> {
      TRY(auto user, find_user(connection, name));
      if (change.password) user.password = *change.password;
      if (change.permissions) user.permissions = *change.permissions;
      if (change.disabled)
        user.disabled = *change.disabled ? std::optional{user.disabled.value_or(now)} : std::nullopt;
      connection.run<UpdateUser>(
          {to_text(user.password), user.permissions.str(), to_number(user.disabled), user.id});
      CHECK_OK(append_to_ledger(connection, note, now));
      return user;
    });
  }

  Status set_role(std::string_view index, std::string_view project, std::string_view user,
                  std::optional<Role> role, const LedgerNote& note, Timestamp now) override {
    CHECK_OK(check_text("project", project));
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      TRY(const auto person, find_user(connection, user));
      if (role) {
        connection.run<PutRole>({found.id, Text{project}, person.id, Text{to_string(*role)}, to_number(now)});
      } else if (connection.run<DeleteRole>({found.id, Text{project}, person.id}) == 0) {
        return Error{Errc::not_found, fmt::format("{} has no role in {}", quote(user), quote(project))};
      }
      return append_to_ledger(connection, note, now);
    });
  }

  Result<AccessList> access() override {
    return transactions_.read([&](Connection& connection) -> Result<AccessList> {
      AccessList all{.tokens = list_tokens(connection)};
      connection.each<ListUsers>({}, [&](const UserRow& row) { all.users.push_back(to_user(row)); });
      connection.each<ListRoles>({}, [&](const ListRoles::Row& row) { all.roles.push_back(to_role(row)); });
      return all;
    });
  }

  Result<std::vector<LedgerEntry>> ledger(std::int64_t after, std::size_t limit) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<LedgerEntry>> {
      std::vector<LedgerRow> rows;
      connection.each<ListEntries>({after, most(limit)},
                                   [&](LedgerRow row) { rows.push_back(std::move(row)); });
      std::vector<LedgerEntry> entries;
      for (const LedgerRow& row : rows) {
        TRY(auto entry, to_entry(row));
        entries.push_back(std::move(entry));
      }
      return entries;
    });
  }

  Result<std::vector<Sha256>> referenced_blobs() override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<Sha256>> {
      std::vector<Sha256> all;
      connection.each<ListReferencedBlobs>(
          {}, [&](const ListReferencedBlobs::Row& row) { all.push_back(to_sha256(std::get<0>(row))); });
      return all;
    });
  }

  Result<bool> needs_blob(const Sha256& digest) override {
    return transactions_.read([&](Connection& connection) -> Result<bool> {
      return std::get<0>(*connection.one<NeedsBlob>({digest.hex()})) != 0;
    });
  }

  std::int64_t change_counter() override { return transactions_.change_counter(); }

  SessionStore& sessions() override { return *sessions_; }

 private:
  Transactions transactions_;
  const std::unique_ptr<SessionStore> sessions_ = make_session_store(transactions_);
};

}  // namespace

Result<std::unique_ptr<MetadataStore>> make_sql_store(std::unique_ptr<Database> database, Timestamp now) {
  auto store = std::make_unique<SqlStore>(std::move(database));
  CHECK_OK(store->upgrade(now));
  return std::unique_ptr<MetadataStore>{std::move(store)};
}

}  // namespace packhouse::sql
