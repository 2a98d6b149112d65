#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/login_throttle.hpp"
#include "auth/password.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace packhouse::auth {

/// A user name and a password, as they were sent.
struct LoginAttempt {
  std::string_view user;
  const Secret& password;
  std::string_view address;  ///< of the peer
};

/// Why a login is refused.
struct Denial {
  Error error;
  std::chrono::seconds retry_after{0};  ///< for Errc::rate_limited
};

/// Checks passwords. Clients send theirs with every request, and Argon2id is slow on purpose: a password that
/// was right is remembered for some minutes, by a keyed hash that also covers the stored hash, so that a new
/// password invalidates the old one at once. Equal concurrent attempts are hashed once; at most `max_hashing`
/// are hashed at a time (64 MiB each), of which attempts of users at addresses where they never logged in
/// take all but `kept_for_known`. Thread-safe.
class Logins {
 public:
  static constexpr std::chrono::minutes remembered_for{10};
  static constexpr std::size_t max_remembered = 4096;
  static constexpr std::size_t max_hashing = 4;
  static constexpr std::size_t kept_for_known = 1;

  using Verify = std::function<bool(const Secret& stored, const Secret& password)>;
  /// `verify`: verify_password(); another one for tests.
  explicit Logins(Verify verify = verify_password);

  /// Whether this password is remembered as right. Never blocks. `stored`: the user's hash, or empty.
  bool remembers(const LoginAttempt& attempt, const Secret& stored, Timestamp now) const;
  /// nullopt: it is right. On worker threads only. rate_limited: not checked, because of earlier failures or
  /// because too many are checked now.
  std::optional<Denial> verify(const LoginAttempt& attempt, const Secret& stored, Timestamp now);

 private:
  using Key = std::array<unsigned char, 32>;
  struct FirstBytes {
    std::size_t operator()(const Key& key) const noexcept;
  };

  Key key_of(const LoginAttempt& attempt, const Secret& stored) const;
  bool remembers(const Key& key, Timestamp now) const;
  void remember(const Key& key, Timestamp now);
  void give_turn_back(const Key& key) noexcept;
  std::optional<Denial> take_turn(std::unique_lock<std::mutex>& lock, const Key& key, std::size_t slots,
                                  Timestamp now);

  const Verify verify_;
  Key secret_{};
  LoginThrottle throttle_;
  mutable std::mutex mutex_;
  std::condition_variable hashed_;
  std::vector<Key> hashing_;
  std::unordered_map<Key, Timestamp, FirstBytes> remembered_;
};

}  // namespace packhouse::auth
