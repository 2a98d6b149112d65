#pragma once

#include <spdlog/fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authenticator.hpp"
#include "auth/problem.hpp"
#include "http_server/router.hpp"
#include "http_server/server.hpp"
#include "model/ledger_entry.hpp"
#include "sys/clock.hpp"

namespace packhouse::auth {

/// A request on its way to a route that its caller may use.
struct Call {
  http::Request& request;
  CallerPointer caller = nullptr;  ///< null on routes open to anybody, and where reading is open
  bool open_reading = false;
  std::string_view index = {};  ///< the name of the index that the route concerns

  /// For the routes whose Scope is `handler`: may the caller do this to that project of the index?
  bool may(Permission permission, std::string_view project) const;
  /// For the ledger.
  Actor actor() const;
  /// An answer that refuses, in the form that the client asks for.
  http::Response refuse(const Error& error, ProblemFormat otherwise = ProblemFormat::text) const;
  http::Response refuse(int status, const Error& error, ProblemFormat otherwise = ProblemFormat::text) const;
};

/// What a route concerns, for credentials that are bound to one project or one index.
enum class Scope {
  server,   ///< every index: tokens bound to anything are refused
  index,    ///< the whole index: tokens bound to another, or to a project, are refused
  project,  ///< the project that `{project}` names, by its normal form
  handler,  ///< known only later: the handler must ask Call::may()
};

/// Who may use a route.
struct Access {
  std::optional<Permission> permission = std::nullopt;  ///< unset: anybody, and no credential is looked at
  Scope scope = Scope::index;
  /// What a caller without an accepted credential is told: 401 with a challenge, so that pip asks its
  /// keyring, or 403, as upload clients expect it.
  bool challenge = true;
  /// A caller without a credential is let in too, and one with any that is accepted: the handler asks
  /// Call::may(). A credential that is not accepted is refused all the same.
  bool optional = false;
};

/// One line of the route table.
struct Route {
  http::Method method = http::Method::get;
  std::string pattern;
  Access access;
  /// On a worker thread.
  std::function<http::Response(Call&)> handle = nullptr;
  /// On an I/O thread: nullopt sends the request to handle(). May be empty.
  std::function<std::optional<http::Response>(Call&)> quick = nullptr;
  /// For bodies that are streamed; `handle` is then not called. May be empty.
  std::function<http::BodyPlan(Call&)> plan = nullptr;
  /// Longest body that is collected for handle().
  std::uint64_t body_limit = 0;
  /// Said to whoever comes with another method.
  std::string_view other_method_hint = {};
  ProblemFormat problems = ProblemFormat::text;
  /// The index that it concerns; empty: GateOptions::index.
  std::string index = {};
  /// Unset: as GateOptions has it.
  std::optional<bool> open_reading = std::nullopt;
};

struct GateOptions {
  bool open_reading = false;   ///< Permission::read needs no credential
  bool access_log = false;     ///< one line per request: never a header value, a query or a token in a path
  std::string index = "main";  ///< what a route concerns that names no other
};

/// Stands before every route: finds it, asks who calls and whether they may, turns what escapes a handler
/// into an answer. A permission is asked for per method; a route cannot be reached around it.
class Gate final : public http::Handler {
 public:
  /// All of them outlive the gate. Throws std::invalid_argument for a broken table.
  Gate(std::vector<Route> routes, const Authenticator& authenticator, const Clock& clock, spdlog::logger& log,
       GateOptions options);
  ~Gate() override;

  std::optional<http::Response> quick(http::Request& request) override;
  http::BodyPlan plan_body(http::Request& request) override;
  http::Response handle(http::Request& request) override;

  const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  http::Response answer_outside(const http::Request& request, const http::RouteMatch& match) const;
  Call call_of(const Route& route, http::Request& request) const;
  /// Nothing when they may go on, and call.caller is set.
  std::optional<http::Response> admit(const Route& route, Call& call, const Recognition& recognised) const;
  /// The same with a credential of any kind, on a worker.
  std::optional<http::Response> admit(const Route& route, Call& call) const;
  http::Response logged(const http::Request& request, http::Response response) const;

  std::vector<Route> routes_;
  http::Router router_;
  const Authenticator& authenticator_;
  const Clock& clock_;
  spdlog::logger& log_;
  GateOptions options_;
};

}  // namespace packhouse::auth
