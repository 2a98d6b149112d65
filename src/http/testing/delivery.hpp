#pragma once

#include "http/client.hpp"

namespace packhouse::http {

/// Gives a whole answer to a request as the real client does: too_large beyond max_body; a 2xx body goes to
/// the sink, in pieces.
Result<ClientResponse> deliver(const ClientRequest& request, ClientResponse whole);

}  // namespace packhouse::http
