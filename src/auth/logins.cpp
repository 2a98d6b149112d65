#include "auth/logins.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "auth/password.hpp"

namespace packhouse::auth {
namespace {

/// The same words for every user, also for one that does not exist.
Denial wrong() {
  return {.error = {Errc::unauthenticated, "the user name or the password is wrong",
                    "or send a token as the password, with the user name __token__"}};
}

Denial too_many(std::chrono::seconds wait) {
  return {.error = {Errc::rate_limited, "too many failed log-ins",
                    fmt::format("try again in {} seconds", wait.count())},
          .retry_after = wait};
}

}  // namespace

std::size_t Logins::FirstBytes::operator()(const Key& key) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, key.data(), sizeof value);
  return value;
}

Logins::Logins(Verify verify) : verify_(std::move(verify)) {
  if (::sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
  ::randombytes_buf(secret_.data(), secret_.size());
}

Logins::Key Logins::key_of(const LoginAttempt& attempt, const Secret& stored) const {
  crypto_generichash_state state;
  Key key{};
  ::crypto_generichash_init(&state, secret_.data(), secret_.size(), key.size());
  for (const std::string_view part :
       {attempt.user, std::string_view{attempt.password.reveal()}, std::string_view{stored.reveal()}}) {
    const std::uint64_t size = part.size();  // in front, so that no two triples read the same
    ::crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    ::crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  }
  ::crypto_generichash_final(&state, key.data(), key.size());
  return key;
}

bool Logins::remembers(const Key& key, Timestamp now) const {
  const auto found = remembered_.find(key);
  return found != remembered_.end() && now - found->second < remembered_for;
}

bool Logins::remembers(const LoginAttempt& attempt, const Secret& stored, Timestamp now) const {
  if (stored.empty()) return false;
  const auto key = key_of(attempt, stored);
  const std::scoped_lock lock{mutex_};
  return remembers(key, now);
}

void Logins::remember(const Key& key, Timestamp now) {
  if (remembered_.size() >= max_remembered) {
    std::erase_if(remembered_, [&](const auto& entry) { return now - entry.second >= remembered_for; });
  }
  if (remembered_.size() >= max_remembered) remembered_.clear();
  remembered_[key] = now;
}

/// Waits while the same attempt is being hashed; then its own place among those that are.
std::optional<Denial> Logins::take_turn(std::unique_lock<std::mutex>& lock, const Key& key, std::size_t slots,
                                        Timestamp now) {
  const auto same_is_hashed = [&] { return std::ranges::find(hashing_, key) != hashing_.end(); };
  hashed_.wait(lock, [&] { return !same_is_hashed(); });
  if (remembers(key, now)) return std::nullopt;
  if (hashing_.size() >= slots) {
    return Denial{.error = {Errc::rate_limited, "too many log-ins at one time", "try again in a second"},
                  .retry_after = std::chrono::seconds{1}};
  }
  hashing_.push_back(key);
  return std::nullopt;
}

void Logins::give_turn_back(const Key& key) noexcept {
  std::erase(hashing_, key);
  hashed_.notify_all();
}

std::optional<Denial> Logins::verify(const LoginAttempt& attempt, const Secret& stored, Timestamp now) {
  const auto key = key_of(attempt, stored);
  std::unique_lock lock{mutex_};
  const bool known = throttle_.knows(attempt.user, attempt.address, now);
  const auto slots = known ? max_hashing : max_hashing - kept_for_known;
  if (auto denial = take_turn(lock, key, slots, now)) return denial;
  if (!stored.empty() && remembers(key, now)) return std::nullopt;
  const auto wait = throttle_.wait(attempt.user, attempt.address, now);
  bool right = false;
  if (wait.count() == 0) {
    lock.unlock();
    try {
      right = verify_(stored, attempt.password);
    } catch (...) {  // out of memory: threads that wait for this attempt must be woken
      lock.lock();
      give_turn_back(key);
      throw;
    }
    lock.lock();
  }
  give_turn_back(key);
  if (wait.count() > 0) return too_many(wait);
  if (!right) {
    throttle_.failed(attempt.user, attempt.address, now);
    return wrong();
  }
  throttle_.succeeded(attempt.user, attempt.address, now);
  remember(key, now);
  return std::nullopt;
}

}  // namespace packhouse::auth
