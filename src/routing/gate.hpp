#pragma once

#include <spdlog/fwd.h>

#include <chrono>
#include <optional>
#include <variant>
#include <vector>

#include "auth/authenticator.hpp"
#include "http_server/handler.hpp"
#include "http_server/incident_log.hpp"
#include "http_server/router.hpp"
#include "routing/allowed_hosts.hpp"
#include "routing/base_url.hpp"
#include "routing/change_rate.hpp"
#include "routing/cors.hpp"
#include "routing/route.hpp"
#include "routing/route_metrics.hpp"
#include "sys/clock.hpp"

namespace packhouse::routing {

struct GateOptions {
  bool access_log = false;    ///< one line per request: never a header value, a query or a token in a path
  BaseUrl server = {};        ///< its origin is that of the server's own pages
  AllowedHosts hosts = {};    ///< 421 to a request for another one
  CorsPolicy cors = {};       ///< for the routes that read
  ChangeLimits changes = {};  ///< of one credential; 429 beyond
  /// Outlives the gate. Null: nobody asks how often limits acted.
  http::IncidentLog* incidents = nullptr;
};

/// The only way to a route: finds it, refuses changes that a page of another site asks for, identifies the
/// caller, checks the permission that the route needs for that method, calls the handler and logs the answer.
/// gate.cpp says why it is made as it is.
class Gate final : public http::Handler {
 public:
  /// All of them outlive the gate. Throws std::invalid_argument for a broken table.
  Gate(std::vector<Route> routes, const auth::Authenticator& authenticator, const Clock& clock,
       spdlog::logger& log, GateOptions options);
  ~Gate() override;

  std::optional<http::Response> quick(http::Request& request) override;
  http::BodyPlan plan_body(http::Request& request) override;
  http::Response handle(http::Request& request) override;

  const std::vector<Route>& routes() const noexcept { return routes_; }
  const RouteMetrics& metrics() const noexcept { return metrics_; }

 private:
  /// A request that may go on to its route, or the answer that ends it.
  using Entry = std::variant<RequestContext, http::Response>;

  enum class Effort { memory, password_hash };

  /// A request on its way through the gate.
  struct Passage {
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
    const Route* route = nullptr;  // once it is known
    bool from_memory = false;
  };

  /// On a worker.
  Entry enter(http::Request& request, Passage& passage) const;
  /// nullopt: `effort` is memory, and only a password hash can identify the caller.
  std::optional<Entry> decide(http::Request& request, Effort effort, Passage& passage) const;
  std::optional<auth::AuthResult> identify(const http::Request& request, Effort effort) const;
  /// Asks for the caller of a request again whose body has been read in the meantime.
  std::optional<http::Response> refuse_ended(const RequestContext& call) const;
  std::optional<http::Response> refuse_haste(const RequestContext& call) const;
  std::optional<http::Response> refuse_cross_site(const RequestContext& call) const;
  http::Response answer_outside(const http::Request& request, const http::RouteMatch& match) const;
  http::Response finished(const RequestContext& call, const Passage& passage, http::Response response) const;
  /// What `work` returns. An exception counts as the 500 that the server makes of it.
  template <typename Work>
  auto counting_failures(const Passage& passage, const Work& work) const;
  void count_failure(const Passage& passage) const;
  void report_fault(const http::Request& request, const http::Response& response) const;
  /// The redirect to the route whose address differs by the slash at its end alone.
  std::optional<http::Response> add_or_drop_slash(const http::Request& request) const;
  http::Response completed(const Route& route, const http::Request& request, http::Response response) const;
  /// Counts the answer, and notes it in the access log.
  http::Response answered(const http::Request& request, const Passage& passage,
                          http::Response response) const;
  void note(http::Incident incident, const http::Request& request) const;

  std::vector<Route> routes_;
  mutable RouteMetrics metrics_;
  http::Router router_;
  const auth::Authenticator& authenticator_;
  const Clock& clock_;
  spdlog::logger& log_;
  GateOptions options_;
  mutable ChangeRate changes_;
};

}  // namespace packhouse::routing
