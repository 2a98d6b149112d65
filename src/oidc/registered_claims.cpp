#include "oidc/registered_claims.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace packhouse::oidc {
namespace {

constexpr std::size_t max_token_id = 255;        // bytes
constexpr double last_second = 253'402'300'799;  // of the year 9999

Error refused(std::string message) {
  return {Errc::refused, std::move(message)};
}

/// A NumericDate (RFC 7519 section 2): seconds, which may have a fraction.
Result<Timestamp> time_at(const json::Object& claims, std::string_view name) {
  const auto* const value = claims.if_contains(name);
  const bool number = value != nullptr && value->is_number();
  const double seconds = number ? value->to_number<double>() : -1;
  if (!(seconds >= 0 && seconds <= last_second))
    return refused(fmt::format("expected a time at {}, found none", name));
  return Timestamp{std::chrono::microseconds{std::llround(seconds * 1e6)}};
}

Status check_text(const json::Object& claims, std::string_view name, std::string_view expected) {
  const auto text = json::get_string(claims, name);
  if (text.ok() && *text == expected) return success();
  return refused(fmt::format("expected {} at {}, found {}", quote(expected), name,
                             text.ok() ? quote(*text) : "no single text"));
}

Status check_life(const json::Object& claims, Timestamp expires, Timestamp now) {
  TRY(const auto issued, time_at(claims, "iat"));
  if (issued > now + clock_window) {
    return refused(
        fmt::format("the token is issued at {}, and it is {}", to_iso8601(issued), to_iso8601(now)));
  }
  if (claims.contains("nbf")) {
    TRY(const auto begins, time_at(claims, "nbf"));
    if (begins > now + clock_window)
      return refused(fmt::format("the token is valid from {}", to_iso8601(begins)));
  }
  if (expires + clock_window <= now)
    return refused(fmt::format("the token expired at {}", to_iso8601(expires)));
  if (expires - now > longest_life) {
    return refused(fmt::format("expected a token that ends within {} hours, found {}", longest_life.count(),
                               to_iso8601(expires)));
  }
  return success();
}

}  // namespace

Result<std::string> claimed_issuer(const json::Object& claims) {
  return json::get_string(claims, "iss");
}

Result<RegisteredClaims> check_registered(const json::Object& claims, const Expected& expected,
                                          Timestamp now) {
  CHECK_OK(check_text(claims, "iss", expected.issuer));
  CHECK_OK(check_text(claims, "aud", expected.audience));
  TRY(const auto expires, time_at(claims, "exp"));
  CHECK_OK(check_life(claims, expires, now));
  const auto id = json::get_string(claims, "jti");
  if (!id.ok() || id->empty() || id->size() > max_token_id)
    return refused(fmt::format("expected 1 to {} bytes of text at jti, found none", max_token_id));
  return RegisteredClaims{.token_id = *id, .acceptable_until = expires + clock_window};
}

}  // namespace packhouse::oidc
