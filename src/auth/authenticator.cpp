#include "auth/authenticator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <unordered_map>

#include "auth/credential.hpp"

namespace packhouse::auth {
namespace {

// The digest is uniform already: its first bytes are as good a hash as any.
struct FirstBytes {
  std::size_t operator()(const std::array<std::uint8_t, Sha256::size>& digest) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
  }
};

std::int64_t minute_of(Timestamp time) {
  return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

std::unexpected<Denial> refused(std::string message) {
  return std::unexpected(
      Denial{.error = {Errc::unauthenticated, std::move(message),
                       "send a token as the password of HTTP Basic, with the user name __token__"}});
}

std::map<std::string, UserRights, std::less<>> rights_of(const AccessList& access) {
  std::map<std::string, UserRights, std::less<>> rights;
  for (const auto& user : access.users)
    rights[user.name] = {.name = user.name, .everywhere = user.permissions, .roles = {}};
  for (const auto& role : access.roles) {
    const auto found = rights.find(role.user);
    if (found != rights.end()) found->second.roles.push_back(role);
  }
  return rights;
}

}  // namespace

bool UserRights::may(Permission permission, const ResourceScope& scope) const {
  if (everywhere.allows(permission)) return true;
  return !scope.project.empty() && std::ranges::any_of(roles, [&](const ProjectRole& role) {
    return role.index == scope.index && role.project == scope.project &&
           permissions_of(role.role).allows(permission);
  });
}

bool Caller::may(Permission permission, const ResourceScope& scope) const {
  if (!permissions.allows(permission)) return false;
  if (index && *index != scope.index) return false;
  if (project && *project != scope.project) return false;
  if (grants) {
    return std::ranges::any_of(
        *grants, [&](const Grant& grant) { return grant.allows(permission, scope.index, scope.project); });
  }
  return !user || user->may(permission, scope);
}

bool Caller::may_somewhere(Permission permission) const {
  if (!permissions.allows(permission)) return false;
  if (grants) {
    return std::ranges::any_of(
        *grants, [&](const Grant& grant) { return grant.allows(permission, grant.index, grant.project); });
  }
  if (!user || user->everywhere.allows(permission)) return true;
  return std::ranges::any_of(user->roles, [&](const ProjectRole& role) {
    return may(permission, {.index = role.index, .project = role.project});
  });
}

struct Authenticator::Entry {
  Entry(Token issued, std::optional<UserRights> owner, bool owner_disabled)
      : token(std::move(issued)),
        caller{.token = token.id,
               .label = token.label,
               .permissions = token.permissions,
               .index = token.index,
               .project = token.project,
               .user = std::move(owner),
               .grants = token.grants,
               .credential = token.hash},
        disabled(owner_disabled) {
    if (token.last_used) {
      used_minute = minute_of(*token.last_used);
      taken_minute = used_minute.load();
    }
  }
  Token token;
  Caller caller;
  bool disabled;
  mutable std::atomic<std::int64_t> used_minute{0};
  mutable std::atomic<std::int64_t> taken_minute{0};
};

struct Authenticator::Person {
  Secret password;  // empty: cannot log in
  Caller caller;
};

struct Authenticator::Snapshot {
  // Keyed by the hash of the token that was presented: the time of the look-up reveals nothing about stored
  // tokens, since a client cannot choose how far a SHA-256 agrees with a stored one.
  std::unordered_map<std::array<std::uint8_t, Sha256::size>, Entry, FirstBytes> by_hash;
  std::map<std::string, Person, std::less<>> by_name;

  const Secret& password_of(std::string_view name) const {
    static const Secret none;
    const auto found = by_name.find(name);
    return found == by_name.end() ? none : found->second.password;
  }
};

Authenticator::Authenticator() : snapshot_(std::make_shared<const Snapshot>()) {}
Authenticator::~Authenticator() = default;

std::shared_ptr<const Authenticator::Snapshot> Authenticator::snapshot() const {
  const std::scoped_lock lock{mutex_};
  return snapshot_;
}

void Authenticator::replace(const AccessList& access) {
  auto next = std::make_shared<Snapshot>();
  const auto rights = rights_of(access);
  for (const auto& user : access.users) {
    const Secret password = user.disabled ? Secret{} : user.password;
    const Caller caller{.token = 0,
                        .label = user.name,
                        .permissions = {Permission::admin},
                        .index = {},
                        .project = {},
                        .user = rights.at(user.name),
                        .credential = Sha256::of(password.reveal())};
    next->by_name.insert_or_assign(user.name, Person{.password = password, .caller = caller});
  }
  for (const auto& token : access.tokens) {
    const auto owner = std::ranges::find(access.users, token.user.value_or(""), &User::name);
    const bool owned = owner != access.users.end();
    next->by_hash.try_emplace(token.hash.bytes(), token,
                              owned ? std::optional{rights.at(owner->name)} : std::nullopt,
                              token.user && (!owned || owner->disabled));
  }
  const auto before = snapshot();
  for (const auto& [hash, entry] : next->by_hash) {  // a use not yet taken is not lost
    const auto found = before->by_hash.find(hash);
    if (found == before->by_hash.end()) continue;
    entry.used_minute = std::max(entry.used_minute.load(), found->second.used_minute.load());
    entry.taken_minute = std::max(entry.taken_minute.load(), found->second.taken_minute.load());
  }
  const std::scoped_lock lock{mutex_};
  snapshot_ = std::move(next);
}

Status Authenticator::reload(const std::function<Result<AccessList>()>& read) {
  const std::scoped_lock lock{reloading_};
  TRY(const auto access, read());
  replace(access);
  return success();
}

std::expected<const Authenticator::Entry*, Denial> Authenticator::find_live(const Snapshot& known,
                                                                            const Sha256& token,
                                                                            Timestamp now) {
  const auto found = known.by_hash.find(token.bytes());
  if (found == known.by_hash.end()) return refused("the token was not issued by this server");
  const Entry& entry = found->second;
  if (entry.token.revoked) return refused(fmt::format("token {} was revoked", entry.token.id));
  if (!entry.token.live_at(now)) return refused(fmt::format("token {} has expired", entry.token.id));
  if (entry.disabled) return refused(fmt::format("the user of token {} is disabled", entry.token.id));
  return &entry;
}

AuthResult Authenticator::with_token(const std::shared_ptr<const Snapshot>& known, const Secret& token,
                                     Timestamp now) {
  const auto live = find_live(*known, hash_of(token), now);
  if (!live) return std::unexpected(live.error());
  const Entry& entry = **live;
  const auto minute = minute_of(now);
  if (entry.used_minute.load(std::memory_order_relaxed) < minute) entry.used_minute = minute;
  return CallerPointer{known, &entry.caller};
}

std::optional<AuthResult> Authenticator::recognise(std::string_view authorization, Timestamp now) const {
  if (authorization.empty()) return refused("no credential was sent");
  const auto known = snapshot();
  if (const auto token = presented_token(authorization)) return with_token(known, *token, now);
  const auto login = presented_login(authorization);
  if (!login) return refused("the credential holds no token of this server");
  const LoginAttempt attempt{.user = login->user, .password = login->password, .address = {}};
  if (!logins_.remembers(attempt, known->password_of(login->user), now)) return std::nullopt;
  return CallerPointer{known, &known->by_name.find(login->user)->second.caller};
}

AuthResult Authenticator::authenticate(std::string_view authorization, Timestamp now,
                                       std::string_view address) const {
  if (auto recognised = recognise(authorization, now)) return *std::move(recognised);
  const auto known = snapshot();
  const auto login = presented_login(authorization);
  const LoginAttempt attempt{.user = login->user, .password = login->password, .address = address};
  if (auto denial = logins_.verify(attempt, known->password_of(login->user), now)) {
    return std::unexpected(*std::move(denial));
  }
  return CallerPointer{known, &known->by_name.find(login->user)->second.caller};
}

std::optional<Denial> Authenticator::confirm(const Caller& caller, Timestamp now) const {
  const auto known = snapshot();
  const Caller* current = nullptr;
  if (caller.token != 0) {
    const auto live = find_live(*known, caller.credential, now);
    if (!live) return live.error();
    current = &(*live)->caller;
  } else {
    const auto person = known->by_name.find(caller.user->name);
    if (person == known->by_name.end() || person->second.caller.credential != caller.credential)
      return refused("the user was disabled, or has another password").error();
    current = &person->second.caller;
  }
  if (*current == caller) return std::nullopt;
  return refused("the rights of this credential changed while the request was under way").error();
}

std::vector<TokenUse> Authenticator::take_uses() {
  std::vector<TokenUse> uses;
  const auto tokens = snapshot();
  for (const auto& [hash, entry] : tokens->by_hash) {
    const auto minute = entry.used_minute.load();
    if (minute <= entry.taken_minute.exchange(minute)) continue;
    uses.push_back({entry.token.id, Timestamp{std::chrono::minutes{minute}}});
  }
  return uses;
}

}  // namespace packhouse::auth
