#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "oidc/key_set.hpp"
#include "sys/clock.hpp"

namespace packhouse::oidc {

/// Whom a client asks: the issuer, or another host that its document names, which must have a public address.
enum class Peer { issuer, elsewhere };
using MakeClient = std::function<std::unique_ptr<http::Client>(Peer)>;

/// The keys of one issuer, by OpenID Connect Discovery 1.0 (section 4): asked for when they are first needed,
/// again after an hour, and for a key that is not among them, but at most once a minute. Keys outlive an
/// issuer that is away by a day. Every wait is bounded, no redirect is followed. Thread-safe; one caller
/// asks, the others wait for it.
class IssuerKeys {
 public:
  static constexpr std::chrono::hours fresh_for{1};
  static constexpr std::chrono::hours kept_for{24};
  static constexpr std::chrono::minutes between_requests{1};

  /// `issuer`: without a slash at its end, as its tokens have it.
  IssuerKeys(http::Url issuer, MakeClient make_client, const Clock& clock)
      : issuer_(std::move(issuer)), make_client_(std::move(make_client)), clock_(clock) {}

  /// The keys, with that one if the issuer has it. `unavailable` if they cannot be had.
  Result<std::shared_ptr<const KeySet>> with(std::string_view key_id);

 private:
  Result<KeySet> fetch() const;
  Result<std::string> get(const http::Url& url, std::uint64_t most) const;
  Result<http::Url> find_key_address() const;
  bool wants_request(std::string_view key_id, Timestamp now) const;

  const http::Url issuer_;
  const MakeClient make_client_;
  const Clock& clock_;
  std::mutex mutex_;
  std::shared_ptr<const KeySet> keys_;  // guarded by mutex_, as the next two
  Timestamp fetched_;
  std::optional<Timestamp> asked_;
};

}  // namespace packhouse::oidc
