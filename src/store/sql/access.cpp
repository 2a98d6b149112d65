#include "store/sql/access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "store/sql/access_queries.hpp"
#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/publisher_queries.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"

namespace packhouse::sql {
namespace {

Token to_token(const ListTokens::Row& row) {
  const auto& [id, label, hash, permissions, project, created, expires, last_used, revoked, index, user,
               made_by, minted] = row;
  return {.id = id,
          .label = label,
          .hash = to_sha256(hash),
          .permissions = require(Permissions::parse(permissions)),
          .project = project,
          .index = index,
          .user = user,
          .made_by = made_by,
          .created = to_time(created),
          .expires = to_optional_time(expires),
          .last_used = to_optional_time(last_used),
          .revoked = to_optional_time(revoked),
          .grants = minted == 1 ? std::optional{std::vector<Grant>{}} : std::nullopt};
}

User to_user(const UserRow& row) {
  const auto& [id, name, password, permissions, created, disabled] = row;
  return {.id = id,
          .name = name,
          .password = Secret{password.value_or("")},
          .permissions = permissions.empty() ? Permissions{} : require(Permissions::parse(permissions)),
          .created = to_time(created),
          .disabled = to_optional_time(disabled)};
}

ProjectRole to_role(const ListRoles::Row& row) {
  const auto& [index, project, user, role] = row;
  return {.index = index, .project = project, .user = user, .role = require(parse_role(role))};
}

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

/// The ids of what a token is bound to, and of who made it.
struct TokenBounds {
  OptionalNumber index;
  OptionalNumber user;
  OptionalNumber maker;
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
  if (token.made_by) {
    TRY(const auto maker, find_user(connection, *token.made_by));
    bounds.maker = maker.id;
  }
  return bounds;
}

std::vector<Token> list_tokens(Connection& connection) {
  std::vector<Token> all;
  connection.each<ListTokens>({}, [&](const ListTokens::Row& row) { all.push_back(to_token(row)); });
  connection.each<ListGrants>({}, [&](const ListGrants::Row& row) {
    const auto& [id, index, project, permissions, reads_index] = row;
    const auto token = std::ranges::lower_bound(all, id, {}, &Token::id);
    token->grants.value().push_back({.index = index,
                                     .project = project,
                                     .permissions = require(Permissions::parse(permissions)),
                                     .reads_index = reads_index == 1});
  });
  return all;
}

Error no_such_token(Number id) {
  return {Errc::not_found, fmt::format("there is no token {}", id)};
}

class SqlAccess final : public AccessStore {
 public:
  explicit SqlAccess(Transactions& transactions) : transactions_(transactions) {}

  Result<Token> add_token(const Token& token, const LedgerNote& note) override {
    CHECK_OK(check_text("label", token.label));
    CHECK_OK(check_text("project", token.project.value_or("")));
    return transactions_.write([&](Connection& connection) -> Result<Token> {
      if (connection.one<FindTokenByHash>({token.hash.hex()})) {
        return Error{Errc::conflict, "this token was issued before"};
      }
      TRY(const auto bounds, find_bounds(connection, token));
      const auto row = connection.one<InsertToken>(
          {token.label, token.hash.hex(), token.permissions.str(), token.project, to_number(token.created),
           to_number(token.expires), bounds.index, bounds.user, bounds.maker});
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

  Result<AccessList> snapshot() override {
    return transactions_.read([&](Connection& connection) -> Result<AccessList> {
      AccessList all{.tokens = list_tokens(connection)};
      connection.each<ListUsers>({}, [&](const UserRow& row) { all.users.push_back(to_user(row)); });
      connection.each<ListRoles>({}, [&](const ListRoles::Row& row) { all.roles.push_back(to_role(row)); });
      return all;
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<AccessStore> make_access_store(Transactions& transactions) {
  return std::make_unique<SqlAccess>(transactions);
}

}  // namespace packhouse::sql
