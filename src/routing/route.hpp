#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/authenticator.hpp"
#include "http_server/handler.hpp"
#include "http_server/message.hpp"
#include "model/ledger_entry.hpp"
#include "model/permission.hpp"
#include "routing/problem.hpp"

namespace packhouse::routing {

/// What a route concerns, for credentials that are bound to one project or one index.
enum class Scope {
  server,   ///< every index: bound tokens are refused
  index,    ///< the route's index: tokens bound to another index or to a project are refused
  project,  ///< the project that `{project}` names, by its normal form
  handler,  ///< known only to the handler, which must ask RequestContext::may()
};

/// Who may use a route.
struct Access {
  std::optional<Permission> permission = std::nullopt;  ///< unset: everyone, and no credential is read
  Scope scope = Scope::index;
  /// The answer to a caller without an accepted credential: 401 with a challenge, so that pip asks its
  /// keyring, or 403, as upload clients expect it.
  bool challenge = true;
  /// Lets in a caller without a credential, and every caller whose credential is accepted: the handler asks
  /// RequestContext::may(). A credential that is not accepted is refused all the same.
  bool optional = false;
};

struct Route;

/// The field that states which index answers, so that a client can tell whether two addresses are of one.
inline constexpr std::string_view identity_field = "Packhouse-Index";

/// A request that the gate let through, with its route and its caller. Valid during one call of a handler.
struct RequestContext {
  http::Request& request;
  const Route& route;
  auth::CallerPointer caller = nullptr;  ///< null on routes open to everyone, and where reading is open

  /// For routes with Scope::handler: may the caller do this to that project of the route's index?
  bool may(Permission permission, std::string_view project) const;
  /// For the ledger.
  Actor actor() const;
  /// A refusal, in the form that the client asks for, else in that of the route.
  http::Response refuse(const Error& error) const;
  http::Response refuse(int status, const Error& error) const;
};

/// One line of the route table.
struct Route {
  http::Method method = http::Method::get;
  std::string pattern = {};
  Access access = {};
  /// On a worker thread.
  std::function<http::Response(RequestContext&)> handle = nullptr;
  /// On an I/O thread: nullopt sends the request to handle(). May be empty.
  std::function<std::optional<http::Response>(RequestContext&)> quick = nullptr;
  /// For bodies that are streamed; `handle` is then not called. May be empty.
  std::function<http::BodyPlan(RequestContext&)> plan = nullptr;
  /// Takes long for a large project: one caller's such requests run on a few workers alone. For GET.
  bool heavy = false;
  /// Longest body that is collected for handle().
  std::uint64_t body_limit = 0;
  /// The one type that a body may have, in lower case and without parameters: 415 for another. Empty: the
  /// handler decides.
  std::string_view body_type = {};
  /// Added to the 405 for another method.
  std::string_view other_method_hint = {};
  ProblemFormat problems = ProblemFormat::text;
  /// For addresses that other servers have: no slash is added to a path to make it one of these.
  bool foreign = false;
  /// Its links lead to the right place also where the path has several slashes in a row.
  bool any_slashes = false;
  std::string root = {};      ///< what stands in front of the index's prefix: "/packages"
  std::string index = {};     ///< the index that it concerns; empty: the whole server
  std::string prefix = {};    ///< below which that index stands for this line
  std::string identity = {};  ///< of that index: every answer that is not prepared states it
  bool open_reading = false;  ///< Permission::read needs no credential
};

/// Where the routes of an index stand on the server.
struct Mount {
  std::string index;
  std::string identity = {};
  std::string prefix = {};  ///< "/prod"; main: "" and "/main"
  bool open_reading = false;
};

/// The same routes for that index, below its prefix.
std::vector<Route> mounted(std::vector<Route> routes, const Mount& mount);

/// Enough for every JSON request.
inline constexpr std::uint64_t small_body = 64UL << 10U;

/// Handlers that belong together, with their lines of the route table.
class RouteGroup {
 public:
  virtual ~RouteGroup() = default;
  /// The group outlives them.
  virtual std::vector<Route> routes() = 0;
};

/// The lines of all groups.
std::vector<Route> concatenated(const std::vector<std::unique_ptr<RouteGroup>>& groups);

/// Collects the lines of a group.
template <typename Group>
class RouteTable {
 public:
  /// `common`: what the lines have in common. Its body_limit and body_type are for methods other than
  /// GET.
  RouteTable(Group& group, Route common) : group_(group), common_(std::move(common)) {}

  /// A line whose handler is a member of the group.
  template <typename Handler>
  Route& add(http::Method method, std::string_view pattern, const Access& access, Handler handler) {
    auto& line = add_line(method, pattern, access);
    line.handle = [&group = group_, handler](RequestContext& call) { return (group.*handler)(call); };
    return line;
  }
  /// A line whose body is streamed as that member plans it.
  template <typename Planner>
  Route& add_streamed(http::Method method, std::string_view pattern, const Access& access, Planner planner) {
    auto& line = add_line(method, pattern, access);
    line.plan = [&group = group_, planner](RequestContext& call) { return (group.*planner)(call); };
    return line;
  }
  std::vector<Route> take() { return std::move(lines_); }

 private:
  Route& add_line(http::Method method, std::string_view pattern, const Access& access) {
    auto& line = lines_.emplace_back(common_);
    line.method = method;
    line.pattern = pattern;
    line.access = access;
    if (method == http::Method::get) {
      line.body_limit = 0;
      line.body_type = {};
    }
    return line;
  }

  Group& group_;
  const Route common_;
  std::vector<Route> lines_;
};

}  // namespace packhouse::routing
