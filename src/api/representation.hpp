#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http_server/message.hpp"

namespace packhouse::api {

/// The concrete types of a Simple API page (PEP 691). html_v1 and html differ in their name only.
enum class Representation { json, html_v1, html };

inline constexpr std::array representations{Representation::json, Representation::html_v1,
                                            Representation::html};

constexpr bool is_html(Representation representation) noexcept {
  return representation != Representation::json;
}

/// "application/vnd.pypi.simple.v1+json", …: what Content-Type says.
std::string_view content_type(Representation representation) noexcept;

/// Which page a client wants: `format` (?format=<one exact type>) if there is one, else what its Accept field
/// prefers, where "latest" stands for v1. Among equals text/html wins, then JSON, so that "*/*" or no field
/// gives HTML. nullopt: none of ours is acceptable (406).
std::optional<Representation> choose(std::string_view accept, const std::optional<std::string>& format);
std::optional<Representation> choose(const http::Request& request);

/// For the 406.
Error not_acceptable();

}  // namespace packhouse::api
