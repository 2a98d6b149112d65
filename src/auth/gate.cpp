#include "auth/gate.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <stdexcept>

#include "base/text.hpp"

namespace packhouse::auth {
namespace {

constexpr std::string_view challenge = "Basic realm=\"packhouse\", charset=\"UTF-8\"";

std::vector<http::Route> for_router(const std::vector<Route>& routes) {
  std::vector<http::Route> lines;
  lines.reserve(routes.size());
  for (std::size_t i = 0; i < routes.size(); ++i) {
    if (!routes[i].handle && !routes[i].plan) {
      throw std::invalid_argument(fmt::format("route {} has no handler", routes[i].pattern));
    }
    lines.push_back({.method = routes[i].method, .pattern = routes[i].pattern, .id = i});
  }
  return lines;
}

/// Two Authorization fields would let two readers see two callers: such a request has none.
std::string_view authorization_of(const http::Request& request) {
  if (request.headers.count("Authorization") != 1) return {};
  return *request.headers.get("Authorization");
}

int status_of_response(const http::Response& response) {
  const auto* prepared = std::get_if<std::shared_ptr<const http::Prepared>>(&response.body);
  return prepared != nullptr ? (*prepared)->status() : response.status;
}

/// Routes that carry a browser's reads across origins. The credential is never a cookie, so "*" gives nothing
/// away that the caller did not have.
void allow_other_origins(http::Response& response) {
  response.headers.add("Access-Control-Allow-Origin", "*");
  response.headers.add("Access-Control-Allow-Methods", "GET, HEAD");
  response.headers.add("Access-Control-Allow-Headers", "Authorization, If-None-Match, If-Range, Range");
  response.headers.add("Access-Control-Max-Age", "86400");
}

bool may_use(const Route& route, const Call& call) {
  const auto permission = *route.access.permission;
  switch (route.access.scope) {
    case Scope::server:
      return call.caller->may(permission, {});
    case Scope::index:
      return call.caller->may(permission, {.index = call.index});
    case Scope::project:
      return call.caller->may(permission, {.index = call.index, .project = call.request.param("project")});
    case Scope::handler:
      return call.caller->may_somewhere(permission);
  }
  return false;
}

/// 401 with a challenge, so that pip asks its keyring, 403 for uploads, or 429 for who guessed too often.
http::Response deny(const Route& route, const Call& call, const Denial& denial) {
  if (denial.error.code == Errc::rate_limited) {
    auto response = call.refuse(denial.error, route.problems);
    response.headers.add("Retry-After", fmt::to_string(denial.retry_after.count()));
    return response;
  }
  auto response = call.refuse(route.access.challenge ? 401 : 403, denial.error, route.problems);
  if (route.access.challenge) response.headers.add("WWW-Authenticate", std::string(challenge));
  return response;
}

/// Notes the answer of a streamed request in the access log.
class LoggedSink final : public http::BodySink {
 public:
  using Log = std::function<http::Response(http::Response)>;
  LoggedSink(std::unique_ptr<http::BodySink> inner, Log log)
      : inner_(std::move(inner)), log_(std::move(log)) {}

  std::optional<http::Response> write(std::string_view chunk) override {
    auto early = inner_->write(chunk);
    if (early) return log_(std::move(*early));
    return std::nullopt;
  }
  http::Response finish() override { return log_(inner_->finish()); }

 private:
  std::unique_ptr<http::BodySink> inner_;
  Log log_;
};

}  // namespace

bool Call::may(Permission permission, std::string_view project) const {
  if (open_reading && permission == Permission::read) return true;
  return caller && caller->may(permission, {.index = index, .project = project});
}

Actor Call::actor() const {
  if (!caller) return {.kind = "anonymous", .id = {}, .address = request.peer};
  if (caller->token == 0) return {.kind = "user", .id = caller->user->name, .address = request.peer};
  return {.kind = "token", .id = fmt::to_string(caller->token), .address = request.peer};
}

http::Response Call::refuse(const Error& error, ProblemFormat otherwise) const {
  return refuse(status_of(error.code), error, otherwise);
}

http::Response Call::refuse(int status, const Error& error, ProblemFormat otherwise) const {
  return auth::refuse(request, status, error, otherwise);
}

Gate::Gate(std::vector<Route> routes, const Authenticator& authenticator, const Clock& clock,
           spdlog::logger& log, GateOptions options)
    : routes_(std::move(routes)),
      router_(for_router(routes_)),
      authenticator_(authenticator),
      clock_(clock),
      log_(log),
      options_(std::move(options)) {}

Gate::~Gate() = default;

std::optional<http::Response> Gate::quick(http::Request& request) {
  // What changes something goes to a worker, where its body is planned for first.
  const bool reads = request.method == http::Method::get || request.method == http::Method::head;
  if (!reads && request.method != http::Method::options) return std::nullopt;
  const auto match = router_.match(request.method, request.path);
  if (match.outcome != http::RouteMatch::Outcome::found) {
    return logged(request, answer_outside(request, match));
  }
  const auto& route = routes_[match.id];
  match.fill(request);
  Call call = call_of(route, request);
  if (route.access.permission) {
    const auto recognised = authenticator_.recognise(authorization_of(request), clock_.now());
    if (!recognised) return std::nullopt;
    if (auto refusal = admit(route, call, *recognised)) return logged(request, std::move(*refusal));
  }
  if (!route.quick) return std::nullopt;
  auto answer = route.quick(call);
  if (!answer) return std::nullopt;
  return logged(request, std::move(*answer));
}

http::BodyPlan Gate::plan_body(http::Request& request) {
  const auto match = router_.match(request.method, request.path);
  http::BodyPlan plan;
  if (match.outcome != http::RouteMatch::Outcome::found) {
    plan.refusal = logged(request, answer_outside(request, match));
    return plan;
  }
  const auto& route = routes_[match.id];
  match.fill(request);
  Call call = call_of(route, request);
  plan.refusal = admit(route, call);
  if (plan.refusal) {
    plan.refusal = logged(request, std::move(*plan.refusal));
    return plan;
  }
  plan.limit = route.body_limit;
  if (!route.plan) return plan;
  plan = route.plan(call);
  if (plan.refusal) plan.refusal = logged(request, std::move(*plan.refusal));
  if (plan.sink && options_.access_log) {
    plan.sink = std::make_unique<LoggedSink>(std::move(plan.sink), [this, &request](http::Response response) {
      return logged(request, std::move(response));
    });
  }
  return plan;
}

http::Response Gate::handle(http::Request& request) {
  const auto match = router_.match(request.method, request.path);
  if (match.outcome != http::RouteMatch::Outcome::found) {
    return logged(request, answer_outside(request, match));
  }
  const auto& route = routes_[match.id];
  match.fill(request);
  Call call = call_of(route, request);
  if (auto refusal = admit(route, call)) return logged(request, std::move(*refusal));
  if (!route.handle) {  // a streamed upload without a body
    return logged(request, call.refuse({Errc::invalid_input, "the request has no body"}, route.problems));
  }
  return logged(request, route.handle(call));
}

http::Response Gate::answer_outside(const http::Request& request, const http::RouteMatch& match) const {
  if (match.outcome == http::RouteMatch::Outcome::not_found) {
    return refuse(request, 404,
                  {Errc::not_found, fmt::format("there is nothing at {}", quote(request.path)),
                   "the Simple API is below /simple/, uploads go to /legacy/"});
  }
  const Route* other = nullptr;
  for (const auto& route : routes_) {
    const auto there = router_.match(route.method, request.path);
    if (there.outcome == http::RouteMatch::Outcome::found) other = &routes_[there.id];
    if (other != nullptr) break;
  }
  http::Response response;
  if (request.method == http::Method::options) {
    response.status = 204;
    const bool readable = other != nullptr && other->method == http::Method::get;
    if (readable && other->access.permission == Permission::read) allow_other_origins(response);
  } else {
    const std::string hint{other != nullptr ? other->other_method_hint : std::string_view{}};
    response = refuse(
        request, 405,
        {Errc::invalid_input,
         fmt::format("{} is not possible here, only {}", http::to_string(request.method), match.allow), hint},
        other != nullptr ? other->problems : ProblemFormat::text);
    if (!hint.empty()) response.reason += "; " + hint;
  }
  response.headers.add("Allow", std::string(match.allow));
  return response;
}

Call Gate::call_of(const Route& route, http::Request& request) const {
  return {.request = request,
          .caller = nullptr,
          .open_reading = route.open_reading.value_or(options_.open_reading),
          .index = route.index.empty() ? std::string_view{options_.index} : route.index};
}

std::optional<http::Response> Gate::admit(const Route& route, Call& call) const {
  if (!route.access.permission) return std::nullopt;
  const auto now = clock_.now();
  return admit(route, call,
               authenticator_.authenticate(authorization_of(call.request), now, call.request.peer));
}

std::optional<http::Response> Gate::admit(const Route& route, Call& call,
                                          const Recognition& recognised) const {
  const auto permission = *route.access.permission;
  if (route.access.optional && call.request.headers.count("Authorization") == 0) return std::nullopt;
  const bool open = permission == Permission::read && call.open_reading;
  if (!recognised) return open ? std::nullopt : std::optional{deny(route, call, recognised.error())};
  call.caller = *recognised;
  if (open || route.access.optional || may_use(route, call)) return std::nullopt;
  const std::string_view who = call.caller->token == 0 ? "this user" : "this token";
  return call.refuse({Errc::forbidden, fmt::format("{} may not {} here", who, to_string(permission)),
                      "an administrator can issue a token that may"},
                     route.problems);
}

http::Response Gate::logged(const http::Request& request, http::Response response) const {
  if (options_.access_log) {
    log_.info("{} {} {} {}", request.peer, http::to_string(request.method), http::shown_path(request.path),
              status_of_response(response));
  }
  return response;
}

}  // namespace packhouse::auth
