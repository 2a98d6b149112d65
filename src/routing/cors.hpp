#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http_server/message.hpp"

namespace packhouse::routing {

/// Which pages of other origins may read answers with scripts (the CORS protocol of the Fetch standard).
/// Credentials that the browser remembers are never among what they may use.
class CorsPolicy {
 public:
  CorsPolicy() = default;  ///< no page of another origin
  /// Origins such as "https://notebook.example.org", or "*" for all. invalid_input for anything else.
  static Result<CorsPolicy> parse(std::span<const std::string> origins);

  /// Fields of an answer that such pages may read, each ended by CRLF: made beforehand, valid as long as the
  /// policy is. With a list, all answers vary by Origin, so that no cache gives one page the answer to
  /// another.
  std::string_view fields(const http::Request& request) const noexcept;
  /// The same of the answer to a preflight request.
  std::string_view preflight_fields(const http::Request& request) const noexcept;

 private:
  struct Grant {
    std::string origin;  ///< as browsers write it; "*" for all
    std::string fields;
    std::string preflight_fields;
  };
  const Grant* find(const http::Request& request) const noexcept;
  std::string_view without_grant() const noexcept;

  std::vector<Grant> grants_;
};

}  // namespace packhouse::routing
