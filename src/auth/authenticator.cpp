#include "auth/authenticator.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstring>
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

Error refused(std::string message) {
  return {Errc::unauthenticated, std::move(message),
          "send a token as the password of HTTP Basic, with the user name __token__"};
}

}  // namespace

struct Authenticator::Entry {
  explicit Entry(Token issued)
      : token(std::move(issued)), caller{token.id, token.label, token.permissions, token.project} {
    if (token.last_used) {
      used_minute = minute_of(*token.last_used);
      taken_minute = used_minute.load();
    }
  }
  Token token;
  Caller caller;
  mutable std::atomic<std::int64_t> used_minute{0};
  mutable std::atomic<std::int64_t> taken_minute{0};
};

struct Authenticator::Snapshot {
  // Found by the hash of what was presented: how long that takes tells nothing about a token, since nobody
  // can choose how far a SHA-256 agrees with a stored one.
  std::unordered_map<std::array<std::uint8_t, Sha256::size>, Entry, FirstBytes> by_hash;
};

bool Caller::may(Permission permission, std::string_view concerned) const {
  if (!permissions.allows(permission)) return false;
  return !project || *project == concerned;
}

Authenticator::Authenticator() : snapshot_(std::make_shared<const Snapshot>()) {}
Authenticator::~Authenticator() = default;

std::shared_ptr<const Authenticator::Snapshot> Authenticator::snapshot() const {
  const std::scoped_lock lock{mutex_};
  return snapshot_;
}

void Authenticator::replace(const std::vector<Token>& tokens) {
  auto next = std::make_shared<Snapshot>();
  for (const auto& token : tokens)
    next->by_hash.try_emplace(token.hash.bytes(), token);
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

Result<CallerPointer> Authenticator::authenticate(std::string_view authorization, Timestamp now) const {
  if (authorization.empty()) return refused("no credential was sent");
  const auto presented = presented_token(authorization);
  if (!presented) return refused("the credential holds no token of this server");
  const auto tokens = snapshot();
  const auto found = tokens->by_hash.find(hash_of(*presented).bytes());
  if (found == tokens->by_hash.end()) return refused("the token was not issued by this server");
  const Entry& entry = found->second;
  if (entry.token.revoked) return refused(fmt::format("token {} was revoked", entry.token.id));
  if (!entry.token.live_at(now)) return refused(fmt::format("token {} has expired", entry.token.id));
  const auto minute = minute_of(now);
  if (entry.used_minute.load(std::memory_order_relaxed) < minute) entry.used_minute = minute;
  return CallerPointer{tokens, &entry.caller};
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
