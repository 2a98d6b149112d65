#pragma once

#include <string_view>

#include "evidence/check.hpp"
#include "http/client.hpp"

namespace packhouse::client {

/// Whether a host belongs to the public Python index or to its test twin: compared label by label from the
/// right, so that "upload." or "test." in front changes nothing and a longer word at the left does not match.
bool is_public_index_host(std::string_view host);

/// The check `index.not-public` on one address; `variable` is where it came from.
Check decide_not_public(std::string_view variable, const http::Url& url);

/// The check `index.encrypted` on one address: https, or a host of this machine, or plain http that the
/// settings allow. The credential goes there with each request.
Check decide_encrypted(std::string_view variable, const http::Url& url, bool plain_http_allowed);

}  // namespace packhouse::client
