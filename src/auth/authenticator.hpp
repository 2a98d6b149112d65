#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/logins.hpp"
#include "base/result.hpp"
#include "model/token.hpp"
#include "model/user.hpp"

namespace packhouse::auth {

/// What an action concerns: a project of an index, an index, or (both empty) the whole server.
struct ResourceScope {
  std::string_view index = {};
  std::string_view project = {};  ///< normalised
};

/// What a user may do: the permissions of the user and of their roles.
struct UserRights {
  std::string name;
  Permissions everywhere;
  std::vector<ProjectRole> roles;

  bool may(Permission permission, const ResourceScope& scope) const;
  bool operator==(const UserRights&) const = default;
};

/// The holder of an accepted credential.
struct Caller {
  std::int64_t token = 0;  ///< 0: authenticated by a password
  std::string label;
  Permissions permissions;             ///< of the token; all of them for a password
  std::optional<std::string> index;    ///< unset: every index
  std::optional<std::string> project;  ///< normalised; unset: every project
  std::optional<UserRights> user;      ///< the owner, whose rights bound it; unset: a token without owner
  std::optional<std::vector<Grant>> grants = {};  ///< of a token of a run: it may that and no more
  Sha256 credential;                              ///< of the token, or of the stored hash of the password

  /// A bound credential is refused for anything wider than its bounds.
  bool may(Permission permission, const ResourceScope& scope) const;
  /// For some project at least: the handler decides for which.
  bool may_somewhere(Permission permission) const;
  bool operator==(const Caller&) const = default;
};

using CallerPointer = std::shared_ptr<const Caller>;  // shared with the snapshot it comes from

struct TokenUse {
  std::int64_t token = 0;
  Timestamp used;  ///< cut to the minute
};

/// The caller, or the reason for the refusal: unauthenticated or rate_limited.
using AuthResult = std::expected<CallerPointer, Denial>;

/// Holds every token by its hash and every user by name in memory: the check of a token costs one SHA-256 and
/// one look-up. Thread-safe; a lock is held only while a pointer is copied.
class Authenticator {
 public:
  Authenticator();
  ~Authenticator();

  /// Replaces all tokens, and removes all users.
  void replace(const std::vector<Token>& tokens) { replace(AccessList{.tokens = tokens}); }
  void replace(const AccessList& access);
  /// The same with the list that `read` returns. Calls are serialised: an older list never replaces a newer
  /// one.
  Status reload(const std::function<Result<AccessList>()>& read);

  /// The caller with this Authorization field, from memory; nullopt when that takes a slow hash: call
  /// authenticate() on a worker.
  std::optional<AuthResult> recognise(std::string_view authorization, Timestamp now) const;

  /// The caller with this Authorization field at that address. unauthenticated when it is empty, when its
  /// token was not issued, has expired or was revoked (only the holder of the token learns which), and when
  /// it holds no user's name and password. Success records the use of a token. May take tens of milliseconds.
  AuthResult authenticate(std::string_view authorization, Timestamp now, std::string_view address = {}) const;

  /// Asks again for a caller whose request has been under way for a while. nullopt: the credential is still
  /// accepted and gives the same rights. Never blocks, and records no use.
  std::optional<Denial> confirm(const Caller& caller, Timestamp now) const;

  /// Uses since the last call.
  std::vector<TokenUse> take_uses();

 private:
  struct Entry;
  struct Person;
  struct Snapshot;
  std::shared_ptr<const Snapshot> snapshot() const;
  static std::expected<const Entry*, Denial> find_live(const Snapshot& known, const Sha256& token,
                                                       Timestamp now);
  static AuthResult with_token(const std::shared_ptr<const Snapshot>& known, const Secret& token,
                               Timestamp now);

  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;  // shared: readers keep the one that they began with
  std::mutex reloading_;
  mutable Logins logins_;
};

}  // namespace packhouse::auth
