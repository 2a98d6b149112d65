#include "api/representation.hpp"

#include <algorithm>

#include "http/negotiate.hpp"

namespace packhouse::api {
namespace {

// Best first among equal weights: what takes anything gets HTML. "latest" MUST be answered with the concrete
// v1 type (PEP 691).
constexpr std::array<std::string_view, 5> offered{
    "text/html", "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html",
    "application/vnd.pypi.simple.latest+json", "application/vnd.pypi.simple.latest+html"};

constexpr std::array meaning{Representation::html, Representation::json, Representation::html_v1,
                             Representation::json, Representation::html_v1};

}  // namespace

std::string_view content_type(Representation representation) noexcept {
  switch (representation) {
    case Representation::json:
      return "application/vnd.pypi.simple.v1+json";
    case Representation::html_v1:
      return "application/vnd.pypi.simple.v1+html; charset=utf-8";
    case Representation::html:
      return "text/html; charset=utf-8";
  }
  return {};
}

std::optional<Representation> choose(std::string_view accept, const std::optional<std::string>& format) {
  if (format) {
    // No type has a blank: it was a "+" that the client did not encode.
    auto written = *format;
    std::ranges::replace(written, ' ', '+');
    const auto* const found = std::ranges::find(offered, written);
    if (found == offered.end()) return std::nullopt;
    return meaning[static_cast<std::size_t>(found - offered.begin())];
  }
  const auto chosen = http::choose_media_type(accept, offered);
  return chosen ? std::optional{meaning[*chosen]} : std::nullopt;
}

std::optional<Representation> choose(const http::Request& request) {
  const auto format = request.query.empty() ? std::nullopt : request.query_value("format");
  return choose(request.headers.get_all("Accept"), format);
}

Error not_acceptable() {
  return {Errc::invalid_input, "none of the types that were asked for is offered here",
          "accept application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html or text/html"};
}

}  // namespace packhouse::api
