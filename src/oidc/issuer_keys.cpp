#include "oidc/issuer_keys.hpp"

#include <fmt/format.h>

#include "base/json.hpp"

namespace packhouse::oidc {
namespace {

constexpr std::uint64_t max_configuration = 256UL << 10U;  // bytes
constexpr int http_ok = 200;

/// The issuer as its tokens name it.
std::string name_of(const http::Url& issuer) {
  auto text = issuer.str();
  if (text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

Result<std::shared_ptr<const KeySet>> IssuerKeys::with(std::string_view key_id) {
  const std::scoped_lock lock{mutex_};
  const auto now = clock_.now();
  if (wants_request(key_id, now)) {
    asked_ = now;
    auto fetched = fetch();
    if (fetched.ok()) {
      keys_ = std::make_shared<const KeySet>(*std::move(fetched));
      fetched_ = now;
    } else if (keys_ == nullptr || now - fetched_ > kept_for) {
      return std::move(fetched).error().context(fmt::format("the issuer {}", issuer_.host));
    }
  }
  if (keys_ != nullptr) return keys_;
  return Error{Errc::unavailable, fmt::format("the issuer {} failed a moment ago", issuer_.host),
               "try again in a minute"};
}

bool IssuerKeys::wants_request(std::string_view key_id, Timestamp now) const {
  if (asked_ && now - *asked_ < between_requests) return false;
  return keys_ == nullptr || now - fetched_ > fresh_for || !keys_->has(key_id);
}

Result<KeySet> IssuerKeys::fetch() const {
  TRY(const auto address, find_key_address());
  TRY(const auto text, get(address, KeySet::max_bytes));
  return KeySet::parse(text);
}

/// `jwks_uri` of the issuer's configuration, which must be of this very issuer (section 4.3).
Result<http::Url> IssuerKeys::find_key_address() const {
  const auto issuer = name_of(issuer_);
  TRY(const auto url, http::Url::parse(issuer + "/.well-known/openid-configuration"));
  TRY(const auto text, get(url, max_configuration));
  TRY(const auto document, json::parse(text, max_configuration));
  if (!document.is_object())
    return Error{Errc::unavailable, "expected a JSON object as its configuration, found none"};
  TRY(const auto stated, json::get_string(document.get_object(), "issuer"));
  if (stated != issuer && stated != issuer + "/") {
    return Error{Errc::unavailable, fmt::format("expected the configuration of {}, found that of {}",
                                                quote(issuer), quote(stated))};
  }
  TRY(const auto address, json::get_string(document.get_object(), "jwks_uri"));
  TRY(auto keys, http::Url::parse(address));
  if (keys.scheme != "https" && !keys.same_origin(issuer_))
    return Error{Errc::unavailable, "expected the address of its keys to begin with https"};
  return keys;
}

Result<std::string> IssuerKeys::get(const http::Url& url, std::uint64_t most) const {
  http::ClientRequest request{.url = url.str()};
  request.headers.add("Accept", "application/json");
  request.max_body = most;
  request.connect_timeout = std::chrono::seconds{5};
  request.stall_timeout = std::chrono::seconds{5};
  request.total_timeout = std::chrono::seconds{10};
  const auto client = make_client_(url.same_origin(issuer_) ? Peer::issuer : Peer::elsewhere);
  TRY(auto response, client->send(request));
  if (response.status == http_ok) return std::move(response.body);
  return Error{Errc::unavailable,
               fmt::format("expected status 200 of {}, found {}", url.str(), response.status)};
}

}  // namespace packhouse::oidc
