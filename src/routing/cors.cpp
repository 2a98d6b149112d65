#include "routing/cors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "http/origin.hpp"

namespace packhouse::routing {
namespace {

constexpr std::string_view all = "*";
constexpr std::string_view varies = "Vary: Origin\r\n";

}  // namespace

Result<CorsPolicy> CorsPolicy::parse(std::span<const std::string> origins) {
  CorsPolicy policy;
  for (const std::string& text : origins) {
    const auto origin = http::Origin::parse(text);
    if (!origin && text != all) {
      return Error{Errc::invalid_input,
                   fmt::format("expected an origin in cors-origins, found {}", quote(text)),
                   "write it as \"https://notebook.example.org\", without a path, or \"*\" for all"};
    }
    const auto name = origin ? origin->str() : text;
    Grant grant{.origin = name,
                .fields = fmt::format("Access-Control-Allow-Origin: {}\r\n{}", name, origin ? varies : ""),
                .preflight_fields = {}};
    grant.preflight_fields = grant.fields +
                             "Access-Control-Allow-Methods: GET, HEAD\r\n"
                             "Access-Control-Allow-Headers: Authorization, If-None-Match, If-Range, Range\r\n"
                             "Access-Control-Max-Age: 86400\r\n";
    grant.fields += "Access-Control-Expose-Headers: ETag, X-PyPI-Last-Serial\r\n";
    policy.grants_.push_back(std::move(grant));
  }
  const auto open = std::ranges::find(policy.grants_, all, &Grant::origin);
  if (open != policy.grants_.end()) policy.grants_ = {Grant{*open}};
  return policy;
}

const CorsPolicy::Grant* CorsPolicy::find(const http::Request& request) const noexcept {
  if (grants_.empty()) return nullptr;
  if (grants_.front().origin == all) return &grants_.front();
  if (request.headers.count("Origin") != 1) return nullptr;
  const auto found = std::ranges::find(grants_, *request.headers.get("Origin"), &Grant::origin);
  return found == grants_.end() ? nullptr : &*found;
}

std::string_view CorsPolicy::without_grant() const noexcept {
  return grants_.empty() ? std::string_view{} : varies;
}

std::string_view CorsPolicy::fields(const http::Request& request) const noexcept {
  const auto* const grant = find(request);
  return grant != nullptr ? grant->fields : without_grant();
}

std::string_view CorsPolicy::preflight_fields(const http::Request& request) const noexcept {
  const auto* const grant = find(request);
  return grant != nullptr ? grant->preflight_fields : without_grant();
}

}  // namespace packhouse::routing
