#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/token.hpp"

namespace packhouse::auth {

/// A credential that was accepted, as the rest of the program sees it.
struct Caller {
  std::int64_t token = 0;
  std::string label;
  Permissions permissions;
  std::optional<std::string> project;  ///< normalised; unset: every project

  /// May it do this? `project` is the normalised name it concerns, or empty for what concerns the whole
  /// index, which a token of one project may not touch.
  bool may(Permission permission, std::string_view project = {}) const;
};

using CallerPointer = std::shared_ptr<const Caller>;  // shared with the snapshot it comes from

struct TokenUse {
  std::int64_t token = 0;
  Timestamp used;  ///< cut to the minute
};

/// Knows every token by its hash, in memory: asking costs one SHA-256 and one look-up. Thread-safe; a lock is
/// held only while a pointer is copied.
class Authenticator {
 public:
  Authenticator();
  ~Authenticator();

  /// From now on these are the tokens.
  void replace(const std::vector<Token>& tokens);

  /// Who sent this Authorization field. unauthenticated when it is empty or holds no token that was issued,
  /// or one that has expired or was revoked (only its holder is told which). Success notes the use.
  Result<CallerPointer> authenticate(std::string_view authorization, Timestamp now) const;

  /// Uses that no earlier call has handed out.
  std::vector<TokenUse> take_uses();

 private:
  struct Entry;
  struct Snapshot;
  std::shared_ptr<const Snapshot> snapshot() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;  // shared: readers keep the one they began with
};

}  // namespace packhouse::auth
