#pragma once

#include <optional>

#include "base/error.hpp"
#include "http_server/message.hpp"
#include "routing/base_url.hpp"

namespace packhouse::routing {

/// Why a request that changes something is refused: a browser sent it for a page of another site, with a
/// credential that it remembers. nullopt: it came from a program, which sends neither field, or from a page
/// of `server` itself.
///
/// Refused are an Origin other than the server's ("null" and two fields among them), and a Sec-Fetch-Site
/// other than "same-origin" and "none" (a page of another port or of a sibling domain is "same-site"). A page
/// with the Referrer-Policy "no-referrer" has the Origin "null" to browsers: one with a form needs another.
std::optional<Error> refuse_cross_site(const http::Request& request, const BaseUrl& server);

}  // namespace packhouse::routing
