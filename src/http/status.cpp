#include "http/status.hpp"

#include <ostream>  // Beast writes a status, and includes no stream

#include <boost/beast/http/status.hpp>

namespace packhouse::http {

std::string_view standard_reason(int status) noexcept {
  // RFC 9110 gave these two new phrases; Beast has the older ones.
  if (status == 413) return "Content Too Large";
  if (status == 422) return "Unprocessable Content";
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  if (known == boost::beast::http::status::unknown) return "Unknown";
  const auto reason = boost::beast::http::obsolete_reason(known);
  return {reason.data(), reason.size()};
}

Errc errc_of_status(int status) noexcept {
  switch (status) {
    case 401:
      return Errc::unauthenticated;
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 410:
      return Errc::gone;
    case 413:
      return Errc::too_large;
    case 422:
      return Errc::refused;
    case 429:
      return Errc::rate_limited;
    default:
      return status < 400 || status == 408 || status >= 500 ? Errc::unavailable : Errc::invalid_input;
  }
}

}  // namespace packhouse::http
