#include "routing/gate.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "auth/credential.hpp"
#include "base/text.hpp"

namespace packhouse::routing {
namespace {

using http::Method;

const Timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours{12}};

http::Response ok(RequestContext& call) {
  return http::Response::text(200, call.caller ? call.caller->label : "anonymous");
}

class TestSink final : public http::BodySink {
 public:
  std::optional<http::Response> write(std::string_view chunk) override {
    if (chunk == "refuse") return http::Response::text(400, "no");
    return std::nullopt;
  }
  http::Response finish() override { return http::Response::text(200, "taken"); }
};

std::vector<Route> table(bool open_reading, const std::string& identity) {
  std::vector<Route> routes;
  routes.push_back({.method = Method::get, .pattern = "/open", .access = {}, .handle = ok});
  routes.push_back(
      {.method = Method::get, .pattern = "/page", .access = {.permission = Permission::read}, .handle = ok});
  routes.push_back({.method = Method::get,
                    .pattern = "/quick",
                    .access = {.permission = Permission::read},
                    .handle = ok,
                    .quick = [](RequestContext&) { return http::Response::text(200, "quick"); }});
  routes.push_back({.method = Method::get,
                    .pattern = "/heavy",
                    .access = {.permission = Permission::read},
                    .handle = ok,
                    .heavy = true});
  routes.push_back({.method = Method::get,
                    .pattern = "/of/{project}/",
                    .access = {.permission = Permission::read, .scope = Scope::project},
                    .handle = ok});
  for (const Method method : {Method::get, Method::post}) {
    routes.push_back({.method = method,
                      .pattern = method == Method::get ? "/deep/page" : "/deep/admin",
                      .access = {.permission = Permission::read},
                      .handle = ok});
  }
  routes.push_back({.method = Method::get,
                    .pattern = "/any/{project}/",
                    .access = {.permission = Permission::read, .scope = Scope::project},
                    .handle = ok,
                    .any_slashes = true});
  routes.push_back({.method = Method::get,
                    .pattern = "/{project}/",
                    .access = {.permission = Permission::read, .scope = Scope::project},
                    .handle = ok,
                    .foreign = true});
  routes.push_back(
      {.method = Method::post,
       .pattern = "/upload",
       .access = {.permission = Permission::upload, .scope = Scope::handler, .challenge = false},
       .plan =
           [](RequestContext&) { return http::BodyPlan{.sink = std::make_unique<TestSink>(), .limit = 9}; },
       .other_method_hint = "POST files here"});
  routes.push_back({.method = Method::post,
                    .pattern = "/admin",
                    .access = {.permission = Permission::admin},
                    .handle = ok,
                    .body_limit = 100,
                    .body_type = "application/json",
                    .problems = ProblemFormat::json});
  for (auto& route : routes) {
    route.index = "main";
    route.identity = identity;
    route.open_reading = open_reading;
  }
  return routes;
}

class GateTest : public testing::Test {
 protected:
  GateTest() {
    const auto row = [](std::int64_t id, const Secret& secret, Permissions permissions) {
      return Token{.id = id,
                   .label = "t" + std::to_string(id),
                   .hash = auth::hash_of(secret),
                   .permissions = permissions,
                   .project = {},
                   .created = noon,
                   .expires = {},
                   .last_used = {},
                   .revoked = {}};
    };
    auto bound = row(3, demo_reader_, {Permission::read});
    bound.project = "demo";
    authenticator_.replace({row(1, reader_, {Permission::read}), row(2, admin_, {Permission::admin}), bound});
  }

  http::Request request(Method method, std::string path, const Secret& token = {}) const {
    http::Request made;
    made.method = method;
    made.path = std::move(path);
    made.peer = "192.0.2.1";
    made.headers.add("Host", "packages.example");
    if (!token.empty()) made.headers.add("Authorization", "Bearer " + token.reveal());
    return made;
  }

  /// As the server does it: quick first, then handle.
  http::Response send(http::Request made) {
    if (auto quick = gate().quick(made)) return std::move(*quick);
    return gate().handle(made);
  }

  Gate& gate() {
    if (!gate_) gate_.emplace(table(open_reading_, identity_), authenticator_, clock_, log_, options_);
    return *gate_;
  }

  const Secret reader_ = auth::make_token();
  const Secret admin_ = auth::make_token();
  const Secret demo_reader_ = auth::make_token();
  auth::Authenticator authenticator_;
  ManualClock clock_{noon};
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)};
  http::IncidentLog incidents_;
  GateOptions options_{.incidents = &incidents_};
  bool open_reading_ = false;
  std::string identity_;
  std::optional<Gate> gate_;
};

CorsPolicy allowing(const std::vector<std::string>& origins) {
  return CorsPolicy::parse(origins).value();
}

std::string body_of(const http::Response& response) {
  return std::get<std::string>(response.body);
}

TEST_F(GateTest, a_read_without_a_credential_is_challenged) {
  for (const auto* path : {"/page", "/quick", "/of/demo/"}) {
    const auto response = send(request(Method::get, path));
    EXPECT_EQ(response.status, 401) << path;
    EXPECT_EQ(response.headers.get("WWW-Authenticate"), "Basic realm=\"packhouse\", charset=\"UTF-8\"");
  }
}

TEST_F(GateTest, an_upload_without_an_accepted_credential_is_forbidden_and_not_challenged) {
  auto made = request(Method::post, "/upload", auth::make_token());
  const auto plan = gate().plan_body(made);
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->status, 403);
  EXPECT_EQ(plan.refusal->headers.get("WWW-Authenticate"), std::nullopt);
  EXPECT_EQ(plan.sink, nullptr);
}

TEST_F(GateTest, a_credential_without_the_permission_is_forbidden) {
  auto made = request(Method::post, "/admin", reader_);
  const auto plan = gate().plan_body(made);
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->status, 403);
  EXPECT_EQ(plan.refusal->reason, "this token may not admin here");
  EXPECT_EQ(gate().handle(made).status, 403) << "also where the body was never planned";
}

TEST_F(GateTest, decides_once_for_each_request_and_asks_for_its_caller_again_when_its_body_is_there) {
  auto made = request(Method::post, "/admin", admin_);
  made.headers.add("Content-Type", "application/json");
  ASSERT_FALSE(gate().plan_body(made).refusal);
  made.headers.set("Authorization", "Bearer of another");
  EXPECT_EQ(gate().handle(made).status, 200) << "the credential was read before the body";
  made.headers.set("Authorization", "Bearer " + admin_.reveal());
  ASSERT_FALSE(gate().plan_body(made).refusal);
  authenticator_.replace(AccessList{});
  EXPECT_EQ(gate().handle(made).status, 401) << "revoked while its body was read";
  EXPECT_EQ(made.handler_state, nullptr) << "an idle connection holds no snapshot of the tokens";
  EXPECT_EQ(gate().handle(made).status, 401);
}

TEST_F(GateTest, a_worker_gets_the_route_and_caller_that_the_io_thread_found) {
  auto made = request(Method::get, "/page", reader_);
  ASSERT_EQ(gate().quick(made), std::nullopt);
  EXPECT_NE(made.handler_state, nullptr);
  EXPECT_EQ(body_of(gate().handle(made)), "t1");
}

TEST_F(GateTest, lets_in_callers_with_the_permission) {
  EXPECT_EQ(body_of(send(request(Method::get, "/page", reader_))), "t1");
  EXPECT_EQ(body_of(send(request(Method::get, "/page", admin_))), "t2");
  EXPECT_EQ(body_of(send(request(Method::get, "/quick", reader_))), "quick");
  EXPECT_EQ(body_of(send(request(Method::get, "/open"))), "anonymous");
}

TEST_F(GateTest, a_token_of_one_project_reaches_only_that) {
  EXPECT_EQ(send(request(Method::get, "/of/demo/", demo_reader_)).status, 200);
  EXPECT_EQ(send(request(Method::get, "/of/other/", demo_reader_)).status, 403);
  EXPECT_EQ(send(request(Method::get, "/page", demo_reader_)).status, 403);
}

TEST_F(GateTest, two_authorization_fields_count_as_no_credential) {
  auto made = request(Method::get, "/page", reader_);
  made.headers.add("Authorization", "Bearer " + admin_.reveal());
  EXPECT_EQ(send(std::move(made)).status, 401);
}

TEST_F(GateTest, open_reading_opens_reading_alone) {
  open_reading_ = true;
  EXPECT_EQ(body_of(send(request(Method::get, "/page"))), "anonymous");
  auto upload = request(Method::post, "/upload");
  EXPECT_EQ(gate().plan_body(upload).refusal->status, 403);
  auto admin = request(Method::post, "/admin");
  EXPECT_EQ(gate().plan_body(admin).refusal->status, 401);
}

TEST_F(GateTest, an_unknown_path_is_404_and_another_method_405_with_its_hint) {
  EXPECT_EQ(send(request(Method::get, "/nothing")).status, 404);
  const auto response = send(request(Method::get, "/upload"));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.get("Allow"), "POST, OPTIONS");
  EXPECT_EQ(response.reason, "GET is not possible here, only POST, OPTIONS; POST files here");
}

TEST_F(GateTest, a_slash_that_is_missing_or_too_many_at_the_end_is_redirected) {
  identity_ = "0123456789abcdef0123456789abcdef";
  const auto moved = [&](Method method, std::string path) {
    auto made = request(method, std::move(path));
    made.query = "a=b%2Bc";
    const auto response = send(std::move(made));
    return fmt::format("{} {}", response.status, response.headers.get("Location").value_or("-"));
  };
  for (const Method method : {Method::get, Method::head}) {
    EXPECT_EQ(moved(method, "/of/demo"), "301 demo/?a=b%2Bc");
    EXPECT_EQ(moved(method, "/of/a:b c+"), "301 a%3Ab%20c+/?a=b%2Bc") << "no scheme, and nothing to decode";
    EXPECT_EQ(moved(method, "/deep/page/"), "301 ../page?a=b%2Bc");
    EXPECT_EQ(moved(method, "/page/"), "301 ../page?a=b%2Bc")
        << "a route before the address of another server";
  }
  EXPECT_EQ(moved(Method::post, "/deep/admin/"), "308 http://packages.example/deep/admin?a=b%2Bc")
      << "the method stays, and uv follows no relative address";
  EXPECT_EQ(moved(Method::get, "/deep/admin/"), "404 -") << "no such route for GET";
  EXPECT_EQ(moved(Method::get, "/nothing"), "404 -") << "another server's address is not guessed";
  EXPECT_EQ(send(request(Method::get, "/deep/page/")).headers.get(identity_field), identity_);
}

TEST_F(GateTest, a_page_whose_links_would_lead_astray_is_redirected_to_single_slashes) {
  const auto answer = [&](Method method, std::string path) {
    auto made = request(method, std::move(path), reader_);
    made.single_slashes = "../../demo/";
    const auto response = send(std::move(made));
    return fmt::format("{} {}", response.status, response.headers.get("Location").value_or("-"));
  };
  EXPECT_EQ(answer(Method::get, "/of/demo/"), "301 ../../demo/");
  EXPECT_EQ(answer(Method::head, "/of/demo/"), "301 ../../demo/");
  EXPECT_EQ(answer(Method::get, "/any/demo/"), "200 -");
  EXPECT_EQ(answer(Method::get, "/nothing/at/all"), "404 -");
}

TEST_F(GateTest, a_token_of_a_project_may_ask_for_it_by_any_spelling) {
  EXPECT_EQ(send(request(Method::get, "/of/Demo/", demo_reader_)).status, 200);
  EXPECT_EQ(send(request(Method::get, "/of/demo/", demo_reader_)).status, 200);
  EXPECT_EQ(send(request(Method::get, "/of/Other/", demo_reader_)).status, 403);
  EXPECT_EQ(send(request(Method::get, "/of/-x-/", demo_reader_)).status, 403);
}

TEST_F(GateTest, a_password_that_has_to_be_hashed_is_left_to_a_worker) {
  auto made = request(Method::get, "/quick");
  made.headers.add("Authorization", "Basic " + to_base64("alice:correct horse battery"));
  EXPECT_FALSE(gate().quick(made));
  EXPECT_EQ(gate().handle(made).status, 401);
}

TEST_F(GateTest, every_answer_states_which_index_gave_it) {
  identity_ = "0123456789abcdef0123456789abcdef";
  for (const auto& [made, status] :
       {std::pair{request(Method::get, "/page", reader_), 200}, std::pair{request(Method::get, "/page"), 401},
        std::pair{request(Method::get, "/upload"), 405}}) {
    const auto response = send(made);
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.headers.get(identity_field), identity_);
  }
  EXPECT_FALSE(send(request(Method::get, "/nothing")).headers.get(identity_field));
}

TEST_F(GateTest, options_need_no_credential_and_open_only_reads_to_the_listed_origins) {
  options_.cors = allowing({"*"});
  const auto page = send(request(Method::options, "/page"));
  EXPECT_EQ(page.status, 204);
  EXPECT_EQ(page.headers.get("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_TRUE(page.more_fields.starts_with("Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods"));
  EXPECT_EQ(send(request(Method::options, "/admin")).more_fields, "");
}

TEST_F(GateTest, every_answer_of_a_reading_route_is_open_to_the_listed_origins_and_no_other_answer) {
  options_.cors = allowing({"https://notebook.example"});
  const auto fields = [this](Method method, std::string path, const Secret& token, std::string origin) {
    auto made = request(method, std::move(path), token);
    made.headers.add("Origin", std::move(origin));
    return std::string(send(std::move(made)).more_fields);
  };
  for (const auto* path : {"/page", "/quick", "/open", "/of/demo/"}) {
    for (const auto& token : {reader_, Secret{}}) {  // a refusal, too
      EXPECT_TRUE(
          fields(Method::get, path, token, "https://notebook.example")
              .starts_with("Access-Control-Allow-Origin: https://notebook.example\r\nVary: Origin\r\n"))
          << path;
      EXPECT_EQ(fields(Method::get, path, token, "https://evil.example"), "Vary: Origin\r\n") << path;
    }
  }
  EXPECT_EQ(fields(Method::post, "/admin", admin_, "https://notebook.example"), "");
}

TEST_F(GateTest, no_other_origin_may_read_by_default) {
  for (const Method method : {Method::get, Method::options}) {
    auto made = request(method, "/quick", reader_);
    made.headers.add("Origin", "https://notebook.example");
    EXPECT_EQ(send(std::move(made)).more_fields, "");
  }
}

TEST_F(GateTest, a_request_for_another_host_is_421_on_every_path_before_its_credential_is_read) {
  const std::vector<std::string> hosts{"packages.example"};
  options_.hosts = AllowedHosts::parse(hosts).value();
  EXPECT_EQ(send(request(Method::get, "/page", reader_)).status, 200);
  for (const auto* path : {"/page", "/quick", "/open", "/nothing", "/admin"}) {
    for (const Method method : {Method::get, Method::post, Method::options}) {
      auto made = request(method, path, admin_);
      made.headers.set("Host", "rebound.example");
      const auto response = send(std::move(made));
      EXPECT_EQ(response.status, 421) << path;
      EXPECT_EQ(response.reason, "expected a host of allowed-hosts, found \"rebound.example\"");
    }
  }
  auto made = request(Method::post, "/upload", admin_);
  made.headers.set("Host", "rebound.example");
  EXPECT_EQ(gate().plan_body(made).refusal.value().status, 421) << "before any of the body is read";
}

TEST_F(GateTest, streams_a_body_only_from_a_permitted_caller) {
  auto made = request(Method::post, "/upload", admin_);
  const auto plan = gate().plan_body(made);
  ASSERT_FALSE(plan.refusal);
  ASSERT_NE(plan.sink, nullptr);
  EXPECT_EQ(plan.limit, 9U);
  EXPECT_EQ(plan.sink->write("x"), std::nullopt);
  EXPECT_EQ(body_of(plan.sink->finish()), "taken");
}

TEST_F(GateTest, a_streamed_body_of_a_caller_who_was_revoked_meanwhile_is_dropped) {
  auto made = request(Method::post, "/upload", admin_);
  const auto plan = gate().plan_body(made);
  EXPECT_EQ(plan.sink->write("x"), std::nullopt);
  authenticator_.replace(AccessList{});
  const auto answer = plan.sink->finish();
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(body_of(answer).find("the token was not issued by this server"), std::string::npos);
}

TEST_F(GateTest, a_credential_that_changes_too_much_has_to_wait) {
  options_.changes = {.burst = 2, .per_second = 1};
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(send(request(Method::post, "/admin", admin_)).status, 200);
  const auto refused = send(request(Method::post, "/admin", admin_));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.get("Retry-After"), "1");
  EXPECT_EQ(incidents_.count(http::Incident::changes), 1U);
  EXPECT_EQ(send(request(Method::get, "/page", admin_)).status, 200) << "reading is not counted";
  auto upload = request(Method::post, "/upload", admin_);
  EXPECT_FALSE(gate().plan_body(upload).refusal) << "neither are files";
  clock_.sleep(std::chrono::seconds{1});
  EXPECT_EQ(send(request(Method::post, "/admin", admin_)).status, 200);
}

TEST_F(GateTest, no_method_but_get_head_and_options_passes_from_a_page_of_another_site) {
  using enum Method;
  std::vector<Route> routes;
  int handled = 0;
  for (const Method method : {get, post, put, patch, del}) {
    routes.push_back({.method = method,
                      .pattern = "/x",
                      .access = {.permission = Permission::admin},
                      .handle =
                          [&handled](RequestContext&) {
                            ++handled;
                            return http::Response::text(200, "");
                          },
                      .body_limit = 100});
  }
  gate_.emplace(std::move(routes), authenticator_, clock_, log_, options_);
  const std::vector<std::pair<std::string, std::string>> foreign{{"Origin", "http://other.example"},
                                                                 {"Origin", "null"},
                                                                 {"Sec-Fetch-Site", "cross-site"},
                                                                 {"Sec-Fetch-Site", "same-site"}};
  for (const auto& [name, value] : foreign) {
    for (const Method method : {get, head, post, put, patch, del, options}) {
      const bool reads = method == get || method == head;
      const bool safe = reads || method == options;
      handled = 0;
      auto made = request(method, "/x", admin_);
      made.headers.add(name, value);
      EXPECT_EQ(send(made).status, method == options ? 204
                                   : safe            ? 200
                                                     : 403)
          << http::to_string(method) << " with " << name << ": " << value;
      EXPECT_EQ(handled, reads ? 1 : 0) << http::to_string(method);
      if (safe) continue;
      const auto plan = gate().plan_body(made);
      ASSERT_TRUE(plan.refusal) << "before any of the body is read";
      EXPECT_EQ(plan.refusal->status, 403);
    }
  }
}

TEST_F(GateTest, every_method_passes_from_a_program_and_from_a_page_of_the_server) {
  const std::vector<std::vector<std::pair<std::string, std::string>>> own{
      {},
      {{"Origin", "http://packages.example"}},
      {{"Sec-Fetch-Site", "same-origin"}},
      {{"Sec-Fetch-Site", "none"}},
      {{"Origin", "http://packages.example:80"}, {"Sec-Fetch-Site", "same-origin"}}};
  for (const auto& fields : own) {
    auto made = request(Method::post, "/admin", admin_);
    for (const auto& [name, value] : fields)
      made.headers.add(name, value);
    EXPECT_EQ(send(std::move(made)).status, 200) << fields.size();
  }
}

TEST_F(GateTest, a_cross_site_request_is_refused_before_its_credential_is_read_and_is_logged) {
  for (const auto& token : {Secret{}, auth::make_token(), admin_}) {
    auto made = request(Method::post, "/admin", token);
    made.headers.add("Origin", "http://other.example");
    const auto response = send(std::move(made));
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(response.headers.get("WWW-Authenticate"), std::nullopt) << "the browser asks for no password";
    EXPECT_EQ(response.headers.get("Content-Type"), "application/json") << "in the form of the route";
    EXPECT_EQ(response.reason,
              "cross-site request: expected http://packages.example, found Origin "
              "\"http://other.example\"");
  }
  EXPECT_NE(logged_.str().find("refused POST \"/admin\" from 192.0.2.1: cross-site request"),
            std::string::npos)
      << "without an access log, too: " << logged_.str();
}

TEST_F(GateTest, a_public_url_decides_what_the_servers_own_origin_is) {
  options_.server = BaseUrl{"https://packages.example.org/python"};
  const auto status = [this](std::string origin) {
    auto made = request(Method::post, "/admin", admin_);
    made.headers.add("Origin", std::move(origin));
    return send(std::move(made)).status;
  };
  EXPECT_EQ(status("https://packages.example.org"), 200);
  EXPECT_EQ(status("http://packages.example"), 403) << "the Host field may be any name";
}

TEST_F(GateTest, no_field_makes_one_method_another) {
  for (const auto* name : {"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"}) {
    auto made = request(Method::get, "/admin", admin_);
    made.headers.add(name, "POST");
    made.query = "_method=POST";
    EXPECT_EQ(send(std::move(made)).status, 405) << name;
  }
}

TEST_F(GateTest, a_body_of_another_type_than_the_routes_is_415_before_it_is_read) {
  const auto refusal = [this](const std::vector<std::string>& types) {
    auto made = request(Method::post, "/admin", admin_);
    for (const auto& type : types)
      made.headers.add("Content-Type", type);
    const auto plan = gate().plan_body(made);
    return plan.refusal ? fmt::format("{} {}", plan.refusal->status, plan.refusal->reason) : "none";
  };
  for (const std::string type : {"application/json", "Application/JSON", "application/json; charset=utf-8"})
    EXPECT_EQ(refusal({type}), "none") << type;
  EXPECT_EQ(refusal({}), "415 Content-Type: expected application/json, found none");
  EXPECT_EQ(refusal({"text/plain"}), "415 Content-Type: expected application/json, found \"text/plain\"");
  for (const std::string type : {"text/plain; a=application/json", "multipart/form-data; boundary=x",
                                 "application/x-www-form-urlencoded", "application/json-patch+json",
                                 "application/problem+json", "text/json", "application/json, text/plain"})
    EXPECT_TRUE(refusal({type}).starts_with("415 ")) << type;
  EXPECT_TRUE(refusal({"application/json", "text/plain"}).starts_with("415 "));
  EXPECT_TRUE(refusal({"text/plain", "application/json"}).starts_with("415 "));
}

TEST_F(GateTest, the_access_log_has_no_query_and_no_header) {
  options_.access_log = true;
  auto made = request(Method::get, "/page", reader_);
  made.query = "token=canary";
  EXPECT_EQ(send(std::move(made)).status, 200);
  EXPECT_NE(logged_.str().find("192.0.2.1 GET \"/page\" 200"), std::string::npos) << logged_.str();
  EXPECT_EQ(logged_.str().find("canary"), std::string::npos);
  EXPECT_EQ(logged_.str().find("phk_"), std::string::npos);
}

TEST_F(GateTest, the_access_log_has_the_status_of_a_streamed_body) {
  options_.access_log = true;
  auto made = request(Method::post, "/upload", admin_);
  const auto plan = gate().plan_body(made);
  EXPECT_EQ(plan.sink->write("refuse")->status, 400);
  EXPECT_NE(logged_.str().find("192.0.2.1 POST \"/upload\" 400"), std::string::npos) << logged_.str();
}

/// How many answers of each class a route gave.
std::string statuses(const Gate& gate, std::string_view route) {
  std::string found;
  for (const auto& series : gate.metrics().series()) {
    if (series.route != route) continue;
    for (std::size_t i = 0; i < series.statuses.size(); ++i) {
      const auto count = series.statuses.at(i).value();
      if (count > 0) found += fmt::format("{}xx:{} ", i + 1, count);
    }
  }
  return found;
}

TEST_F(GateTest, every_answer_is_counted_once_for_its_route) {
  send(request(Method::get, "/page", reader_));
  send(request(Method::get, "/page"));
  send(request(Method::get, "/quick", reader_));
  send(request(Method::get, "/none/of/these", reader_));
  EXPECT_EQ(statuses(gate(), "/page"), "2xx:1 4xx:1 ");
  EXPECT_EQ(statuses(gate(), "/quick"), "2xx:1 ");
  EXPECT_EQ(statuses(gate(), "/{project}/"), "");
  EXPECT_EQ(statuses(gate(), "other"), "4xx:1 ");
}

TEST_F(GateTest, a_streamed_upload_is_counted_at_its_end_or_its_refusal) {
  auto refused = request(Method::post, "/upload", reader_);
  EXPECT_TRUE(gate().plan_body(refused).refusal);
  EXPECT_EQ(statuses(gate(), "/upload"), "4xx:1 ");
  for (const auto* chunk : {"bytes", "refuse"}) {
    auto made = request(Method::post, "/upload", admin_);
    const auto plan = gate().plan_body(made);
    EXPECT_EQ(statuses(gate(), "/upload"), chunk == std::string("bytes") ? "4xx:1 " : "2xx:1 4xx:1 ");
    if (!plan.sink->write(chunk)) plan.sink->finish();
  }
  EXPECT_EQ(statuses(gate(), "/upload"), "2xx:1 4xx:2 ");
}

TEST_F(GateTest, an_exception_is_counted_as_the_500_that_it_becomes) {
  std::vector<Route> routes;
  const auto fail = [](RequestContext&) -> http::Response { throw std::runtime_error("broken"); };
  routes.push_back({.method = Method::get, .pattern = "/broken", .handle = fail});
  routes.push_back({.method = Method::get, .pattern = "/later", .handle = [](RequestContext&) {
                      http::Response response;
                      http::DeferredAnswer rest{
                          .lane = {}, .call = []() -> http::Response { throw std::runtime_error("x"); }};
                      response.deferred = std::make_shared<const http::DeferredAnswer>(std::move(rest));
                      return response;
                    }});
  Gate gate{routes, authenticator_, clock_, log_, {}};
  auto broken = request(Method::get, "/broken");
  EXPECT_THROW(gate.handle(broken), std::runtime_error);
  auto later = request(Method::get, "/later");
  const auto deferred = gate.handle(later);
  EXPECT_EQ(statuses(gate, "/later"), "");
  EXPECT_THROW(deferred.deferred->call(), std::runtime_error);
  EXPECT_EQ(statuses(gate, "/broken"), "5xx:1 ");
  EXPECT_EQ(statuses(gate, "/later"), "5xx:1 ");
}

TEST_F(GateTest, what_is_unavailable_is_an_error_in_the_log) {
  std::vector<Route> routes;
  routes.push_back({.method = Method::get, .pattern = "/full", .handle = [](RequestContext& call) {
                      return call.refuse({Errc::unavailable, "the disk is full"});
                    }});
  Gate gate{routes, authenticator_, clock_, log_, {}};
  auto made = request(Method::get, "/full");
  EXPECT_EQ(gate.handle(made).status, 503);
  EXPECT_NE(logged_.str().find("error"), std::string::npos) << logged_.str();
  EXPECT_NE(logged_.str().find("GET \"/full\" from 192.0.2.1: the disk is full"), std::string::npos)
      << logged_.str();
}

TEST_F(GateTest, the_access_log_is_off_by_default) {
  EXPECT_EQ(send(request(Method::get, "/page", reader_)).status, 200);
  EXPECT_EQ(logged_.str(), "");
}

TEST_F(GateTest, a_route_without_a_handler_is_a_broken_table) {
  std::vector<Route> routes;
  routes.push_back({.method = Method::get, .pattern = "/x", .access = {}});
  EXPECT_THROW(Gate(std::move(routes), authenticator_, clock_, log_, {}), std::invalid_argument);
}

TEST_F(GateTest, heavy_requests_of_one_caller_share_a_lane) {
  open_reading_ = true;
  const auto lane = [&](std::string path, const Secret& token, std::string peer) {
    auto made = request(Method::get, std::move(path), token);
    made.peer = std::move(peer);
    EXPECT_FALSE(gate().quick(made).has_value());
    return made.lane;
  };
  EXPECT_EQ(lane("/heavy", reader_, "192.0.2.1"), "token 1");
  EXPECT_EQ(lane("/heavy", reader_, "192.0.2.2"), "token 1");
  EXPECT_EQ(lane("/heavy", demo_reader_, "192.0.2.1"), "token 3");
  EXPECT_EQ(lane("/heavy", {}, "192.0.2.1"), "network 192.0.2.1");
  EXPECT_EQ(lane("/heavy", {}, "2001:db8::1"), lane("/heavy", {}, "2001:db8::2:3")) << "one /64";
  EXPECT_NE(lane("/heavy", {}, "2001:db8::1"), lane("/heavy", {}, "2001:db8:0:1::1"));
  EXPECT_EQ(lane("/page", reader_, "192.0.2.1"), "");
  auto with_empty_body = request(Method::get, "/heavy", reader_);
  EXPECT_FALSE(gate().plan_body(with_empty_body).refusal);
  EXPECT_EQ(with_empty_body.lane, "token 1");
}

}  // namespace
}  // namespace packhouse::routing
