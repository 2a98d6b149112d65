#include "routing/gate.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <stdexcept>
#include <type_traits>

#include "base/text.hpp"
#include "http/header_params.hpp"
#include "pep/project_name.hpp"
#include "routing/cross_site.hpp"
#include "routing/redirect.hpp"
#include "sys/network_of.hpp"

// Why the gate is made as it is
// =============================
//
// One table. A permission belongs to a line of the table, a method and a pattern, and the gate checks it
// before the handler runs. A check within handlers is forgotten in one of them some day, and a check by path
// grants a POST to every caller who may GET. A handler decides only what the address does not say: the
// project of an upload is in its body, that of a session in a row. Such a line has Scope::handler; the gate
// then requires the permission for some project, and the handler asks RequestContext::may() for that one.
//
// Two passes. The server calls quick() on an I/O thread for a request without a body, then, unless that
// answered, handle() on a worker. A cached page or a 304 takes less time than handing a request to another
// thread, so the I/O thread answers those itself. It must not block, and thus identifies callers from memory
// alone: a token is one SHA-256 and one look-up, and a password that was correct within the last minutes is
// remembered. Only for another password is Argon2id needed, some 60 ms in which the thread would serve none
// of its connections; that request is left undecided and goes to a worker. A request that changes something
// goes to a worker at once.
//
// Before the body. For a request with a body the server calls plan_body() before it reads any of it, also
// before "100 Continue": a caller without the permission cannot fill the disk, and a client with `Expect`
// sends nothing.
//
// Once for each request. The first call that decides keeps route and caller with the request
// (http::Request::handler_state), and the next call takes them: the table is matched once and the credential
// looked up once. Before anything is done with a body, whether it was collected or streamed, the caller is
// asked for again: a body may arrive for hours, and a credential that was revoked or expired meanwhile, or
// has other rights, stores and publishes nothing. The state is taken out before the handler runs, since it
// holds a snapshot of all tokens, which must not live as long as an idle connection. The server clears it
// with each head, so that no request inherits the caller of the one before.
//
// No change for another site's page. A browser that knows a credential sends it with a form of any site, and
// such a form can carry any text as its body. Every request by a method other than GET, HEAD and OPTIONS, of
// which no route changes anything, thus passes one check here, whatever its route, its content type and its
// credential, before the credential is read: see cross_site.hpp. Bodies in JSON must also say that they are,
// which a form cannot.
//
// A bounded pace. Each change leaves an entry in the ledger for ever, so a credential has a rate of them, far
// beyond what any release needs. Streamed files are not counted: quotas bound them.
//
// Other spellings. A path that names a route but for the slash at its end, or for slashes in a row, is
// redirected before the credential is read, as 404 and 405 are answered. Slashes in a row are nothing to the
// table: the server reads them as one. A page with relative links is redirected all the same, since its links
// would lead elsewhere.
//
// The order of refusals. 404 and 405 come before the credential: the table is no secret, it is published as
// OpenAPI. A missing or wrong credential is 401 with a challenge, without which pip never asks its keyring,
// but 403 for uploads, whose clients take a 401 for a fault of the server. A known caller without the
// permission is 403 everywhere. Two Authorization fields count as none: a proxy and this server might each
// read another one.

namespace packhouse::routing {
namespace {

constexpr std::string_view challenge = "Basic realm=\"packhouse\", charset=\"UTF-8\"";

bool leads_astray(const RequestContext& call) {
  return !call.request.single_slashes.empty() && !call.route.any_slashes && !may_change(call.request.method);
}

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

/// What pages of other origins may read where the configuration lets them.
bool may_be_shared(const Route& route) noexcept {
  return route.method == http::Method::get &&
         (!route.access.permission || *route.access.permission == Permission::read);
}

/// Also by another spelling of the name, which the handler redirects or reads as this one.
bool may_use_project(const RequestContext& call, Permission permission) {
  const auto may = [&](std::string_view project) {
    return call.caller->may(permission, {.index = call.route.index, .project = project});
  };
  const auto written = call.request.param("project");
  if (may(written)) return true;
  const auto name = ProjectName::parse(written);
  return name.ok() && may(name->str());
}

bool may_use(const RequestContext& call) {
  const auto permission = *call.route.access.permission;
  switch (call.route.access.scope) {
    case Scope::server:
      return call.caller->may(permission, {});
    case Scope::index:
      return call.caller->may(permission, {.index = call.route.index});
    case Scope::project:
      return may_use_project(call, permission);
    case Scope::handler:
      return call.caller->may_somewhere(permission);
  }
  return false;
}

/// 401 with a challenge, so that pip asks its keyring, 403 for uploads, or 429 after too many attempts.
http::Response deny(const RequestContext& call, const auth::Denial& denial) {
  if (denial.error.code == Errc::rate_limited) {
    auto response = call.refuse(denial.error);
    response.headers.add("Retry-After", fmt::to_string(denial.retry_after.count()));
    return response;
  }
  const bool challenged = call.route.access.challenge;
  auto response = call.refuse(challenged ? 401 : 403, denial.error);
  if (challenged) response.headers.add("WWW-Authenticate", std::string(challenge));
  return response;
}

/// nullopt: the request may go on, and call.caller is set.
std::optional<http::Response> admit(RequestContext& call, const auth::AuthResult& identified) {
  const auto& access = call.route.access;
  const auto permission = *access.permission;
  if (access.optional && call.request.headers.count("Authorization") == 0) return std::nullopt;
  const bool open = permission == Permission::read && call.route.open_reading;
  if (!identified) return open ? std::nullopt : std::optional{deny(call, identified.error())};
  call.caller = *identified;
  if (open || access.optional || may_use(call)) return std::nullopt;
  const std::string_view who = call.caller->token == 0 ? "this user" : "this token";
  return call.refuse({Errc::forbidden, fmt::format("{} may not {} here", who, to_string(permission)),
                      "an administrator can issue a token that may"});
}

/// Before any of the body is read. nullopt: it has the type that the route reads.
std::optional<http::Response> refuse_body_type(const RequestContext& call) {
  const auto expected = call.route.body_type;
  const auto found = call.request.headers.get_all("Content-Type");
  if (expected.empty() || http::media_type(found) == expected) return std::nullopt;
  return call.refuse(415, {Errc::invalid_input,
                           fmt::format("Content-Type: expected {}, found {}", expected,
                                       found.empty() ? "none" : quote(found)),
                           fmt::format("send the body as {}", expected)});
}

/// A prepared answer states it already.
void add_identity(const Route& route, http::Response& response) {
  const bool prepared = std::holds_alternative<std::shared_ptr<const http::Prepared>>(response.body);
  if (!prepared && !route.identity.empty()) response.headers.add(std::string(identity_field), route.identity);
}

http::Response misdirected(const http::Request& request) {
  return refuse(request, 421,
                {Errc::invalid_input,
                 fmt::format("expected a host of allowed-hosts, found {}",
                             quote(request.forwarded_host.empty() ? request.headers.get("Host").value_or("")
                                                                  : request.forwarded_host)),
                 "ask for the server by one of its names"});
}

/// One caller's requests for heavy routes share a lane: a token, a user, or the network of one customer.
std::string lane_of(const RequestContext& call) {
  if (!call.route.heavy && call.request.single_slashes.empty()) return {};  // other pages are kept
  if (!call.caller) return "network " + network_of(call.request.peer);
  const auto actor = call.actor();
  return fmt::format("{} {}", actor.kind, actor.id);
}

/// What http::Request::handler_state holds once a request has entered and until its handler is called. It has
/// the caller, and through it a snapshot of all tokens: it does not stay with an idle connection.
struct Admission {
  const Route* route;
  auth::CallerPointer caller;
  std::chrono::steady_clock::time_point begun;
};

void keep(const RequestContext& call, std::chrono::steady_clock::time_point begun) {
  call.request.lane = lane_of(call);
  call.request.handler_state = std::make_shared<const Admission>(
      Admission{.route = &call.route, .caller = call.caller, .begun = begun});
}

std::shared_ptr<const Admission> take(http::Request& request) {
  return std::static_pointer_cast<const Admission>(std::exchange(request.handler_state, nullptr));
}

/// Refuses a streamed request at its end if its caller may no longer make it.
class ConfirmedSink final : public http::BodySink {
 public:
  using Ended = std::function<std::optional<http::Response>()>;
  ConfirmedSink(std::unique_ptr<http::BodySink> inner, Ended ended)
      : inner_(std::move(inner)), ended_(std::move(ended)) {}

  std::optional<http::Response> write(std::string_view chunk) override { return inner_->write(chunk); }
  http::Response finish() override {
    auto refusal = ended_();
    if (!refusal) return inner_->finish();
    inner_.reset();  // what was received is gone before the client gets the answer
    return *std::move(refusal);
  }

 private:
  std::unique_ptr<http::BodySink> inner_;
  Ended ended_;
};

/// Passes the answer of a streamed request on to the gate, or that there was an exception.
class AnsweredSink final : public http::BodySink {
 public:
  using Answered = std::function<http::Response(http::Response)>;
  using Failed = std::function<void()>;
  AnsweredSink(std::unique_ptr<http::BodySink> inner, Answered answered, Failed failed)
      : inner_(std::move(inner)), answered_(std::move(answered)), failed_(std::move(failed)) {}

  std::optional<http::Response> write(std::string_view chunk) override {
    auto early = watched([&] { return inner_->write(chunk); });
    if (early) return answered_(*std::move(early));
    return std::nullopt;
  }
  http::Response finish() override {
    return answered_(watched([&] { return inner_->finish(); }));
  }

 private:
  template <typename Work>
  std::invoke_result_t<Work> watched(const Work& work) {
    try {
      return work();
    } catch (...) {
      failed_();
      throw;
    }
  }

  std::unique_ptr<http::BodySink> inner_;
  Answered answered_;
  Failed failed_;
};

}  // namespace

Gate::Gate(std::vector<Route> routes, const auth::Authenticator& authenticator, const Clock& clock,
           spdlog::logger& log, GateOptions options)
    : routes_(std::move(routes)),
      metrics_(routes_),
      router_(for_router(routes_)),
      authenticator_(authenticator),
      clock_(clock),
      log_(log),
      options_(std::move(options)),
      changes_(options_.changes) {}

Gate::~Gate() = default;

template <typename Work>
auto Gate::counting_failures(const Passage& passage, const Work& work) const {
  try {
    return work();
  } catch (...) {
    count_failure(passage);
    throw;
  }
}

std::optional<http::Response> Gate::quick(http::Request& request) {
  // A request that changes something is entered on a worker, before its body is read.
  if (may_change(request.method)) return std::nullopt;
  Passage passage{.from_memory = true};
  auto entry = decide(request, Effort::memory, passage);
  if (!entry) return std::nullopt;
  if (auto* answer = std::get_if<http::Response>(&*entry))
    return answered(request, passage, std::move(*answer));
  auto& call = std::get<RequestContext>(*entry);
  if (call.route.quick) {
    auto answer = counting_failures(passage, [&] { return call.route.quick(call); });
    if (answer) return answered(request, passage, completed(call.route, request, *std::move(answer)));
  }
  keep(call, passage.begun);
  return std::nullopt;
}

http::BodyPlan Gate::plan_body(http::Request& request) {
  Passage passage;
  auto entry = enter(request, passage);
  http::BodyPlan plan;
  if (auto* answer = std::get_if<http::Response>(&entry)) {
    plan.refusal = answered(request, passage, std::move(*answer));
    return plan;
  }
  auto& call = std::get<RequestContext>(entry);
  if (auto refusal = refuse_body_type(call)) {
    plan.refusal = answered(request, passage, *std::move(refusal));
    return plan;
  }
  if (!call.route.plan) {
    keep(call, passage.begun);
    plan.limit = call.route.body_limit;
    return plan;
  }
  plan = counting_failures(passage, [&] { return call.route.plan(call); });
  if (plan.refusal) plan.refusal = answered(request, passage, *std::move(plan.refusal));
  if (!plan.sink) return plan;
  if (call.caller) {
    plan.sink =
        std::make_unique<ConfirmedSink>(std::move(plan.sink), [this, call] { return refuse_ended(call); });
  }
  plan.sink = std::make_unique<AnsweredSink>(
      std::move(plan.sink),
      [this, &request, passage](http::Response response) {
        return answered(request, passage, std::move(response));
      },
      [this, passage] { count_failure(passage); });
  return plan;
}

http::Response Gate::handle(http::Request& request) {
  Passage passage;
  auto entry = enter(request, passage);
  if (auto* answer = std::get_if<http::Response>(&entry))
    return answered(request, passage, std::move(*answer));
  auto& call = std::get<RequestContext>(entry);
  if (!call.route.handle) {  // a streamed upload without a body
    return answered(request, passage, call.refuse({Errc::invalid_input, "the request has no body"}));
  }
  return finished(call, passage, counting_failures(passage, [&] { return call.route.handle(call); }));
}

void Gate::count_failure(const Passage& passage) const {
  metrics_.add(
      {.route = passage.route, .status = 500, .duration = std::chrono::steady_clock::now() - passage.begun});
}

Gate::Entry Gate::enter(http::Request& request, Passage& passage) const {
  return *decide(request, Effort::password_hash, passage);
}

std::optional<Gate::Entry> Gate::decide(http::Request& request, Effort effort, Passage& passage) const {
  if (const auto admitted = take(request)) {
    passage.route = admitted->route;
    passage.begun = admitted->begun;
    RequestContext call{.request = request, .route = *admitted->route, .caller = admitted->caller};
    if (auto refusal = refuse_ended(call)) return completed(call.route, request, *std::move(refusal));
    return call;
  }
  if (!options_.hosts.accepts(request)) return misdirected(request);
  const auto match = router_.match(request.method, request.path);
  if (match.outcome != http::RouteMatch::Outcome::found) return answer_outside(request, match);
  match.fill(request);
  passage.route = &routes_[match.id];
  RequestContext call{.request = request, .route = routes_[match.id]};
  if (auto refusal = refuse_cross_site(call)) return *std::move(refusal);
  if (auto elsewhere = call.route.foreign ? add_or_drop_slash(request) : std::nullopt)
    return *std::move(elsewhere);
  if (leads_astray(call)) return completed(call.route, request, moved(request, request.single_slashes));
  if (!call.route.access.permission) return call;
  const auto identified = identify(request, effort);
  if (!identified) return std::nullopt;
  if (auto refusal = admit(call, *identified)) {
    if (refusal->status == routing::status_of(Errc::rate_limited)) note(http::Incident::logins, request);
    return completed(call.route, request, *std::move(refusal));
  }
  if (auto refusal = refuse_haste(call)) return completed(call.route, request, *std::move(refusal));
  return call;
}

std::optional<auth::AuthResult> Gate::identify(const http::Request& request, Effort effort) const {
  const auto credential = authorization_of(request);
  if (effort == Effort::memory) return authenticator_.recognise(credential, clock_.now());
  return authenticator_.authenticate(credential, clock_.now(), request.peer);
}

std::optional<http::Response> Gate::refuse_ended(const RequestContext& call) const {
  if (!call.caller) return std::nullopt;
  const auto denial = authenticator_.confirm(*call.caller, clock_.now());
  return denial ? std::optional{deny(call, *denial)} : std::nullopt;
}

/// Files themselves are bounded by quotas, and may come as fast as the disk takes them.
std::optional<http::Response> Gate::refuse_haste(const RequestContext& call) const {
  if (!may_change(call.request.method) || call.route.plan || !call.caller) return std::nullopt;
  const auto wait = changes_.take(*call.caller, clock_.now());
  if (wait.count() == 0) return std::nullopt;
  note(http::Incident::changes, call.request);
  auto response = call.refuse({Errc::rate_limited, "too many changes by this credential",
                               fmt::format("try again in {} s", wait.count())});
  response.headers.add("Retry-After", fmt::to_string(wait.count()));
  return response;
}

std::optional<http::Response> Gate::refuse_cross_site(const RequestContext& call) const {
  const auto& request = call.request;
  if (!may_change(request.method)) return std::nullopt;
  const auto refusal = routing::refuse_cross_site(request, options_.server);
  if (!refusal) return std::nullopt;
  log_.warn("refused {} {} from {}: {}", http::to_string(request.method), http::shown_path(request.path),
            request.peer, refusal->message);
  return call.refuse(*refusal);
}

http::Response Gate::answer_outside(const http::Request& request, const http::RouteMatch& match) const {
  if (match.outcome == http::RouteMatch::Outcome::not_found) {
    if (auto elsewhere = add_or_drop_slash(request)) return *std::move(elsewhere);
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
    if (other != nullptr && may_be_shared(*other))
      response.more_fields = options_.cors.preflight_fields(request);
  } else {
    const std::string hint{other != nullptr ? other->other_method_hint : std::string_view{}};
    response = refuse(
        request, 405,
        {Errc::invalid_input,
         fmt::format("{} is not possible here, only {}", http::to_string(request.method), match.allow), hint},
        other != nullptr ? other->problems : ProblemFormat::text);
    if (!hint.empty()) response.reason += "; " + hint;
  }
  if (other != nullptr) add_identity(*other, response);
  response.headers.add("Allow", std::string(match.allow));
  return response;
}

std::optional<http::Response> Gate::add_or_drop_slash(const http::Request& request) const {
  const bool drops = request.path.ends_with('/');
  const auto other = drops ? request.path.substr(0, request.path.size() - 1) : request.path + '/';
  const auto match = router_.match(request.method, other);
  if (match.outcome != http::RouteMatch::Outcome::found) return std::nullopt;
  const auto& route = routes_[match.id];
  if (route.foreign) return std::nullopt;
  // uv follows an upload to a whole address alone.
  if (may_change(request.method)) {
    return completed(route, request,
                     moved(request, options_.server.of(request) + percent_encode(other, "/+")));
  }
  const auto& bare = drops ? other : request.path;
  const auto last = percent_encode(bare.substr(bare.rfind('/') + 1), "+");
  return completed(route, request, moved(request, drops ? "../" + last : last + "/"));
}

/// A refusal, too: a script that cannot read it cannot tell a missing project from a server that is down.
http::Response Gate::completed(const Route& route, const http::Request& request,
                               http::Response response) const {
  add_identity(route, response);
  if (may_be_shared(route)) response.more_fields = options_.cors.fields(request);
  return response;
}

/// What a handler deferred is completed as its own answer would have been.
http::Response Gate::finished(const RequestContext& call, const Passage& passage,
                              http::Response response) const {
  if (!response.deferred) {
    report_fault(call.request, response);
    return answered(call.request, passage, completed(call.route, call.request, std::move(response)));
  }
  http::DeferredAnswer rest{
      .lane = response.deferred->lane, .call = [this, call, passage, inner = response.deferred] {
        return finished(call, passage, counting_failures(passage, [&] { return inner->call(); }));
      }};
  response.deferred = std::make_shared<const http::DeferredAnswer>(std::move(rest));
  return response;
}

/// A full disk, a database that fails: the client gets the words, and the operator has to see them.
void Gate::report_fault(const http::Request& request, const http::Response& response) const {
  if (response.status != routing::status_of(Errc::unavailable) || response.reason.empty()) return;
  log_.error("{} {} from {}: {}", http::to_string(request.method), http::shown_path(request.path),
             request.peer, response.reason);
}

http::Response Gate::answered(const http::Request& request, const Passage& passage,
                              http::Response response) const {
  const int status = status_of_response(response);
  metrics_.add({.route = passage.route,
                .status = status,
                .duration = std::chrono::steady_clock::now() - passage.begun,
                .from_memory = passage.from_memory,
                .cache = response.cache_field});
  if (options_.access_log) {
    log_.info("{} {} {} {}", request.peer, http::to_string(request.method), http::shown_path(request.path),
              status);
  }
  return response;
}

void Gate::note(http::Incident incident, const http::Request& request) const {
  if (options_.incidents != nullptr) options_.incidents->note(incident, request.peer);
}

}  // namespace packhouse::routing
