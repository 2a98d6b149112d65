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

/// What something concerns: a project of an index, an index, or (both empty) the whole server.
struct Concern {
  std::string_view index = {};
  std::string_view project = {};  ///< normalised
};

/// What a user may do, by themselves and by their roles.
struct UserRights {
  std::string name;
  Permissions everywhere;
  std::vector<ProjectRole> roles;

  bool may(Permission permission, const Concern& concern) const;
};

/// A credential that was accepted, as the rest of the program sees it.
struct Caller {
  std::int64_t token = 0;  ///< 0: came in with a password
  std::string label;
  Permissions permissions;             ///< of the token; of a password every
  std::optional<std::string> index;    ///< unset: every index
  std::optional<std::string> project;  ///< normalised; unset: every project
  std::optional<UserRights> user;      ///< whose credential it is, who bounds it; unset: a program's

  /// May it do this? A credential that is bound may not touch what is wider than its bounds.
  bool may(Permission permission, const Concern& concern) const;
  /// Of some project at least; for what only a handler can decide.
  bool may_somewhere(Permission permission) const;
};

using CallerPointer = std::shared_ptr<const Caller>;  // shared with the snapshot it comes from

struct TokenUse {
  std::int64_t token = 0;
  Timestamp used;  ///< cut to the minute
};

/// The caller, or the reason for the refusal: unauthenticated or rate_limited.
using Recognition = std::expected<CallerPointer, Denial>;

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
  std::optional<Recognition> recognise(std::string_view authorization, Timestamp now) const;

  /// The caller with this Authorization field at that address. unauthenticated when it is empty, when its
  /// token was not issued, has expired or was revoked (only the holder of the token learns which), and when
  /// it holds no user's name and password. Success records the use of a token. May take tens of milliseconds.
  Recognition authenticate(std::string_view authorization, Timestamp now,
                           std::string_view address = {}) const;

  /// Uses since the last call.
  std::vector<TokenUse> take_uses();

 private:
  struct Entry;
  struct Person;
  struct Snapshot;
  std::shared_ptr<const Snapshot> snapshot() const;
  static Recognition with_token(const std::shared_ptr<const Snapshot>& known, const Secret& token,
                                Timestamp now);

  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;  // shared: readers keep the one that they began with
  std::mutex reloading_;
  mutable Logins logins_;
};

}  // namespace packhouse::auth
