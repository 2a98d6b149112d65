#pragma once

// Private to http_server/: includes Asio.

#include <atomic>
#include <list>
#include <string>

#include "http_server/deadlines.hpp"
#include "http_server/handler.hpp"
#include "http_server/incident_log.hpp"
#include "http_server/server_options.hpp"
#include "http_server/tls.hpp"
#include "http_server/trusted_proxies.hpp"
#include "http_server/workers.hpp"

namespace packhouse::http {

class Connection;

/// What the connections of one I/O thread share. Used on that thread only, except `stopping`.
struct IoContext {
  IoContext(const ServerOptions& server_options, const TrustedProxies& trusted, Handler& application,
            Workers& pool, Workers& waiting_pool, const std::atomic<bool>& stop_flag,
            const TlsCredentials* credentials, IncidentLog& incident_log)
      : options(server_options),
        proxies(trusted),
        handler(application),
        workers(pool),
        waiters(waiting_pool),
        stopping(stop_flag),
        tls(credentials),
        incidents(incident_log) {}

  const ServerOptions& options;
  const TrustedProxies& proxies;
  Handler& handler;
  Workers& workers;
  Workers& waiters;  // for DeferredAnswer
  const std::atomic<bool>& stopping;
  const TlsCredentials* tls;  // null: connections are not encrypted
  IncidentLog& incidents;
  SteadyTime now{};           // as of the last sweep: no clock is read for a request
  std::string common_fields;  // "Server: …\r\nDate: …\r\n" and what else every answer has
  std::string secure_fields;  // the same for answers that go over TLS
  std::list<Connection*> connections{};
};

}  // namespace packhouse::http
