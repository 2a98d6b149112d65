#include <gmock/gmock.h>

#include "api/testing/routes_fixture.hpp"
#include "upstream/freeze.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;
using ::testing::AnyOf;

/// The whole table for every kind of caller: without a credential, with an unknown one, with each permission,
/// each binding and each role.
class RouteTableTest : public RoutesTest {
 protected:
  /// A field of a request: its name and its value.
  using Field = std::pair<std::string, std::string>;

  static Field bearer(const Secret& token) { return {"Authorization", "Bearer " + token.reveal()}; }
  static Field basic(std::string_view user, const Secret& password) {
    return {"Authorization", "Basic " + to_base64(fmt::format("{}:{}", user, password.reveal()))};
  }

  /// The answer to a caller without an accepted credential.
  static int unknown_caller(const routing::Route& route) {
    return route.access.permission == Permission::upload ? 403 : 401;
  }

  /// A path that the pattern matches, with things that exist where the pattern has names.
  std::string sample_of(std::string_view pattern) const {
    const auto digest = Sha256::of(wheel_content_).hex();
    auto path = replace_all(std::string(pattern), "{project}", "demo");
    path = replace_all(path, "{version}", "1.0");
    path = replace_all(path, "{filename}", wheel_);
    path = replace_all(path, "{a}", digest.substr(0, 2));
    path = replace_all(path, "{b}", digest.substr(2));
    path = replace_all(path, "{user}", "missing-user");
    path = replace_all(path, "{session}", session_.token.reveal());
    path = replace_all(path, "{file}", "1");
    path = replace_all(path, "{serial}", fmt::to_string(frozen_));
    path = replace_all(path, "{namespace}", space_);
    path = replace_all(path, "{number}", fmt::to_string(session_.id));
    return replace_all(path, "{id}", "999");
  }

  static std::string name_of(const routing::Route& route) {
    return fmt::format("{} {}", http::to_string(route.method), route.pattern);
  }

  /// Every route that needs a permission of every caller.
  std::vector<const routing::Route*> guarded() const {
    std::vector<const routing::Route*> routes;
    for (const auto& route : gate_.routes())
      if (route.access.permission && !route.access.optional) routes.push_back(&route);
    return routes;
  }

  int status_as(const routing::Route& route, const Secret& token) {
    return status_of_sent(route, request(route.method, sample_of(route.pattern), token));
  }

  int status_with(const routing::Route& route, const Field& credential) {
    auto made = request(route.method, sample_of(route.pattern));
    made.headers.add(credential.first, credential.second);
    return status_of_sent(route, std::move(made));
  }

  int status_of_sent(const routing::Route& route, http::Request made) {
    const auto response = send(std::move(made), route.plan ? "x" : "");
    if (const auto* file = std::get_if<http::FileBody>(&response.body)) ::close(file->fd);
    return status_of(response);
  }

  Secret issue(const index::TokenWords& words) {
    const auto made =
        tokens_.create(*index::TokenRequest::parse(words), {.kind = "console", .id = "test", .address = {}});
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made->secret;
  }

  /// What a run is given whose workflow is a publisher of `project`.
  Secret token_of_run(std::string_view project, std::string_view permissions) {
    const Actor actor{.kind = "console", .id = "test", .address = {}};
    const PublisherConditions conditions{.repository = "lab/nqctl",
                                         .workflow = ".github/workflows/publish-private.yml"};
    const auto wanted = oidc::PublisherRequest::parse("main", project, "github", "", conditions, permissions);
    EXPECT_TRUE(publishers_.add(*wanted, actor).ok());
    const auto now = std::chrono::floor<std::chrono::seconds>(site_.clock.now()).time_since_epoch().count();
    const auto minted = mint_.mint(github_.key().sign(oidc::github_claims(now)), "192.0.2.1");
    EXPECT_TRUE(minted) << minted.error().description;
    return minted->secret;
  }

  /// A user's token with every permission, so that the user's rights are the only bound.
  Secret token_of_user(const std::string& name, std::string_view permissions,
                       std::optional<Role> role_in_demo) {
    const Actor actor{.kind = "console", .id = "test", .address = {}};
    EXPECT_TRUE(users_.create(*index::UserRequest::parse(name, permissions, Secret{}), actor).ok());
    if (role_in_demo) EXPECT_TRUE(users_.set_role("main", "demo", name, role_in_demo, actor).ok());
    return issue({.label = "test", .permissions = "admin", .user = name});
  }

  /// Whether the table allows it to a user with `everywhere` and, in demo, `in_demo`.
  static bool allowed(const routing::Route& route, Permissions everywhere, Permissions in_demo) {
    const auto permission = *route.access.permission;
    if (everywhere.allows(permission)) return true;
    const bool of_demo =
        route.access.scope == routing::Scope::project || route.access.scope == routing::Scope::handler;
    return of_demo && in_demo.allows(permission);
  }

  void expect_as_the_table_says(const Secret& token, std::string_view who, Permissions everywhere,
                                Permissions in_demo) {
    expect_as_the_table_says(bearer(token), who, everywhere, in_demo);
  }

  void expect_as_the_table_says(const Field& credential, std::string_view who, Permissions everywhere,
                                Permissions in_demo) {
    for (const auto* route : guarded()) {
      const auto what = fmt::format("{} by {}", name_of(*route), who);
      if (!allowed(*route, everywhere, in_demo)) {
        EXPECT_EQ(status_with(*route, credential), 403) << what;
      } else if (route->access.permission == Permission::read) {
        const auto status = status_with(*route, credential);
        // No file here came with attestations.
        const bool has_none = route->pattern.starts_with("/integrity/") && status == 404;
        EXPECT_TRUE(status == 200 || status == 301 || has_none) << what << ": " << status;
      }
    }
  }

  /// Which project it concerns stands in the body: see upload_routes_test and session_routes_test.
  static bool tells_by_its_body(const routing::Route& route) {
    return route.access.permission == Permission::upload || route.pattern == "/upload/";
  }

  /// Refusals store nothing, and the ledger holds.
  void expect_nothing_happened(const std::function<void()>& requests) {
    const auto files = site_.files_on_disk();
    const auto serial = *site_.store->catalog().serial("main");
    requests();
    EXPECT_EQ(site_.files_on_disk(), files);
    EXPECT_EQ(*site_.store->catalog().serial("main"), serial);
    EXPECT_NO_THROW(static_cast<void>(site_.ledger_length())) << "the chain holds";
  }

  std::int64_t freeze() {
    const upstream::FreezeRequest request{
        .index = "main", .reason = {}, .actor = {.kind = "console", .id = "test", .address = {}}};
    const auto frozen = upstream::freeze_index(*site_.store, {}, request, site_.clock.now());
    EXPECT_TRUE(frozen.ok());
    return frozen->serial;
  }

  std::string reserve(std::string space) {
    const LedgerNote note{.actor = {.kind = "console", .id = "test", .address = {}},
                          .action = "name.reserve",
                          .subject = "name/" + space,
                          .reason = "ours",
                          .detail = {}};
    const ReservedName name{.name = space, .prefix = true, .reason = "ours", .made = site_.clock.now()};
    EXPECT_TRUE(site_.store->upstreams().reserve(name, note).ok());
    return space;
  }

  const std::string space_ = reserve("acme");
  const Session session_ = open_session("demo", "2.0");
  const std::int64_t frozen_ = freeze();
};

TEST_F(RouteTableTest, only_routes_without_data_are_open_to_everyone) {
  std::vector<std::string> open;
  for (const auto& route : gate_.routes())
    if (!route.access.permission) open.push_back(name_of(route));
  std::ranges::sort(open);
  EXPECT_EQ(open, (std::vector<std::string>{"GET /-/health", "GET /-/live", "GET /-/ready",
                                            "GET /.well-known/pytp", "GET /_/oidc/audience",
                                            "GET /openapi.json", "POST /_/oidc/mint-token", "POST /legacy"}));
}

TEST_F(RouteTableTest, only_a_stage_has_an_optional_credential) {
  expect_nothing_happened([&] {
    for (const auto& route : gate_.routes()) {
      if (!route.access.optional) continue;
      EXPECT_TRUE(route.pattern.starts_with("/stage/{session}/")) << name_of(route);
      EXPECT_EQ(status_as(route, auth::make_token()), 401) << name_of(route) << " by a stranger";
      const auto status = status_as(route, reader_);
      EXPECT_TRUE(status == 200 || status == 301) << name_of(route) << ": " << status;
    }
  });
}

TEST_F(RouteTableTest, a_token_of_a_run_may_what_its_publisher_may_in_its_project) {
  expect_as_the_table_says(token_of_run("demo", "read"), "a run that may read demo", {}, {Permission::read});
}

TEST_F(RouteTableTest, a_token_of_a_run_may_nothing_in_another_project) {
  const auto token = token_of_run("other", "read,upload,stage,publish,yank");
  for (const auto* route : guarded()) {
    if (tells_by_its_body(*route)) continue;
    const auto status = status_as(*route, token);
    EXPECT_EQ(status, 403) << name_of(*route);
  }
}

TEST_F(RouteTableTest, requests_without_an_accepted_credential_get_401_on_reads_and_403_on_uploads) {
  expect_nothing_happened([&] {
    for (const auto* route : guarded()) {
      const int expected = unknown_caller(*route);
      EXPECT_EQ(status_as(*route, {}), expected) << name_of(*route) << " without a credential";
      EXPECT_EQ(status_as(*route, auth::make_token()), expected) << name_of(*route) << " by a stranger";
    }
  });
}

TEST_F(RouteTableTest, every_method_refuses_a_caller_without_its_permission) {
  expect_nothing_happened([&] {
    for (const auto permission : all_permissions()) {
      if (permission == Permission::admin) continue;
      expect_as_the_table_says(issue({.label = "test", .permissions = to_string(permission)}),
                               to_string(permission), {permission}, {permission});
    }
  });
}

TEST_F(RouteTableTest, a_credential_bound_to_another_project_or_index_is_refused) {
  expect_nothing_happened([&] {
    const auto other_project = issue({.label = "test", .permissions = "admin", .project = "other"});
    for (const auto* route : guarded()) {
      if (tells_by_its_body(*route)) continue;
      EXPECT_EQ(status_as(*route, other_project), 403) << name_of(*route);
    }
    const Actor actor{.kind = "console", .id = "test", .address = {}};
    EXPECT_TRUE(
        site_.store->catalog()
            .ensure_index(
                "dev",
                {.actor = actor, .action = "index.create", .subject = "dev", .reason = {}, .detail = {}},
                site_.clock.now())
            .ok());
    const auto other_index = issue({.label = "test", .permissions = "admin", .index = "dev"});
    for (const auto* route : guarded()) {
      if (tells_by_its_body(*route)) continue;
      EXPECT_EQ(status_as(*route, other_index), 403) << name_of(*route);
    }
  });
}

TEST_F(RouteTableTest, a_token_of_this_index_reaches_all_of_it_and_nothing_of_the_server) {
  const auto token = issue({.label = "test", .permissions = "admin", .index = "main"});
  for (const auto* route : guarded()) {
    if (route->access.scope == routing::Scope::server) {
      EXPECT_EQ(status_as(*route, token), 403) << name_of(*route);
    } else if (route->access.permission == Permission::read) {
      EXPECT_NE(status_as(*route, token), 403) << name_of(*route);
    }
  }
}

TEST_F(RouteTableTest, an_index_stands_below_each_of_its_prefixes_with_everything_that_it_has) {
  IndexRoutes twice{context_,
                    {.caches = caches_, .users = users_, .publishers = publishers_, .log = log_},
                    {.prefixes = {"", "/main"}, .folder = site_.folder.path()}};
  const routing::Gate gate{twice.table(), authenticator_, site_.clock, log_, {}};
  std::set<std::string> lines;
  for (const auto& route : gate.routes())
    lines.insert(name_of(route));
  for (const auto& route : index_routes_.table()) {
    const auto place = route.pattern.find('/', route.root.size());
    auto below = route;
    below.pattern.insert(place, "/main");
    EXPECT_TRUE(lines.contains(name_of(route))) << name_of(route);
    EXPECT_TRUE(lines.contains(name_of(below))) << name_of(below);
  }
}

TEST_F(RouteTableTest, links_stay_below_the_prefix_of_the_request) {
  IndexRoutes twice{context_,
                    {.caches = caches_, .users = users_, .publishers = publishers_, .log = log_},
                    {.prefixes = {"", "/main"}, .folder = site_.folder.path()}};
  routing::Gate gate{twice.table(), authenticator_, site_.clock, log_, {}};
  const auto token = issue({.label = "test", .permissions = "admin", .index = "main"});
  const auto text = [&](const std::string& path) {
    auto made = request(Method::get, path, token);
    made.headers.add("Host", "h");
    return text_of(gate.handle(made));
  };
  EXPECT_NE(text("/main/pypi/demo/json").find("\"http://h/packages/main/"), std::string::npos);
  EXPECT_NE(text("/main/pypi/demo/json").find("\"http://h/main/project/demo/\""), std::string::npos);
  EXPECT_NE(text("/pypi/demo/json").find("\"http://h/project/demo/\""), std::string::npos);
  EXPECT_NE(text("/main/simple/demo/").find("href=\"../../files/"), std::string::npos);
  auto session = request(Method::post, "/main/upload/", token);
  session.headers.add("Host", "h");
  session.headers.add("Content-Type", "application/vnd.pypi.upload.v2+json");
  session.body = R"({"meta":{"api-version":"2.0"},"name":"demo","version":"3.0"})";
  const auto opened = gate.handle(session);
  EXPECT_EQ(opened.status, 201) << text_of(opened);
  EXPECT_TRUE(opened.headers.get("Location").value_or("").starts_with("http://h/main/upload/"));
}

TEST_F(RouteTableTest, no_route_is_changed_by_a_page_of_another_site) {
  const std::vector<std::pair<std::string, std::string>> foreign{{"Origin", "http://127.0.0.1:9999"},
                                                                 {"Origin", "null"},
                                                                 {"Sec-Fetch-Site", "cross-site"},
                                                                 {"Sec-Fetch-Site", "same-site"}};
  const std::string body =
      R"({"name":"eve","permissions":["admin"],"reason":"x","label":"x","role":"owner"})";
  expect_nothing_happened([&] {
    for (const auto& route : gate_.routes()) {
      if (route.method == Method::get) continue;
      for (const auto& [name, value] : foreign) {
        for (const std::string type : {"text/plain", "multipart/form-data; boundary=XX", "application/json",
                                       "application/vnd.pypi.upload.v2+json", "application/octet-stream"}) {
          auto made = request(route.method, sample_of(route.pattern), admin_);
          made.headers.add("Host", "127.0.0.1:8080");
          made.headers.add(name, value);
          made.headers.add("Content-Type", type);
          const auto response = send(std::move(made), body);
          EXPECT_EQ(response.status, 403) << name_of(route) << " as " << type;
          EXPECT_TRUE(response.reason.starts_with("cross-site request")) << name_of(route);
        }
      }
    }
  });
}

TEST_F(RouteTableTest, routes_change_something_by_post_put_patch_and_delete_alone) {
  for (const auto& route : gate_.routes()) {
    using enum Method;
    EXPECT_NE(route.method, options) << name_of(route) << ": the gate lets it pass from pages of other sites";
    EXPECT_NE(route.method, head) << name_of(route);
  }
  expect_nothing_happened([&] {
    const auto entries = site_.ledger_length();
    for (const auto& route : gate_.routes()) {
      if (route.method != Method::get) continue;
      for (const Method method : {Method::get, Method::head, Method::options}) {
        const auto response = send(request(method, sample_of(route.pattern), admin_));
        if (const auto* file = std::get_if<http::FileBody>(&response.body)) ::close(file->fd);
      }
    }
    EXPECT_EQ(site_.ledger_length(), entries);
  });
}

TEST_F(RouteTableTest, every_answer_in_html_forbids_scripts_loads_forms_and_frames) {
  int pages = 0;
  for (const auto& route : gate_.routes()) {
    if (route.method != Method::get) continue;
    auto made = request(Method::get, sample_of(route.pattern), admin_);
    made.headers.add("Accept", "text/html");
    const auto response = send(std::move(made));
    if (const auto* file = std::get_if<http::FileBody>(&response.body)) ::close(file->fd);
    const auto head = prepared(response) != nullptr ? prepared(response)->head()
                                                    : http::Prepared::make(200, response.headers, {})->head();
    if (head.find("Content-Type: text/html") == std::string::npos) continue;
    ++pages;
    EXPECT_NE(head.find("Content-Security-Policy: default-src 'none'; "), std::string::npos)
        << name_of(route);
    for (const auto* part : {"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"})
      EXPECT_NE(head.find(part), std::string::npos) << name_of(route);
    EXPECT_NE(head.find("Referrer-Policy: no-referrer"), std::string::npos) << name_of(route);
  }
  EXPECT_EQ(pages, 8) << "the pages of the index, of the stage and of a freeze";
}

TEST_F(RouteTableTest, every_route_that_collects_a_body_wants_json_and_says_so) {
  expect_nothing_happened([&] {
    for (const auto& route : gate_.routes()) {
      // Upload 2.0 has another type: see session_routes_test.
      const bool of_sessions = route.problems == routing::ProblemFormat::upload;
      // uv states no type; the body's own token is what counts: see oidc_routes_test.
      const bool of_clients = route.pattern == "/_/oidc/mint-token";
      if (route.plan || route.body_limit == 0 || of_sessions || of_clients) continue;
      auto made = request(route.method, sample_of(route.pattern), admin_);
      made.headers.add("Content-Type", "text/plain");
      const auto response = send(std::move(made), R"({"reason":"x"})");
      EXPECT_EQ(response.status, 415) << name_of(route);
      EXPECT_EQ(response.reason, "Content-Type: expected application/json, found \"text/plain\"")
          << name_of(route);
    }
  });
}

TEST_F(RouteTableTest, each_role_has_the_permissions_of_the_table) {
  expect_nothing_happened([&] {
    expect_as_the_table_says(token_of_user("reader", "read", {}), "a reader", {Permission::read}, {});
    expect_as_the_table_says(token_of_user("guest", "", {}), "a user without rights", {}, {});
  });
  expect_as_the_table_says(token_of_user("maintainer", "", Role::maintainer), "a maintainer", {},
                           permissions_of(Role::maintainer));
  expect_as_the_table_says(token_of_user("owner", "", Role::owner), "an owner", {},
                           permissions_of(Role::owner));
}

TEST_F(RouteTableTest, every_form_of_a_credential_is_the_same_caller) {
  const Actor actor{.kind = "console", .id = "test", .address = {}};
  const Secret password{"correct horse battery"};
  ASSERT_TRUE(users_.create(*index::UserRequest::parse("alice", "read", password), actor).ok());
  expect_nothing_happened([&] {
    for (const auto& [form, credential] :
         {std::pair{"a bearer", bearer(reader_)}, std::pair{"a password", basic("__token__", reader_)},
          std::pair{"a password of any user", basic("alice", reader_)},
          std::pair{"a user's password", basic("alice", password)}}) {
      expect_as_the_table_says(credential, form, {Permission::read}, {});
    }
  });
}

TEST_F(RouteTableTest, a_cookie_is_no_credential) {
  expect_nothing_happened([&] {
    for (const auto* route : guarded()) {
      for (const auto* name : {"Authorization", "session", "token"}) {
        const Field cookie{"Cookie", fmt::format("{}={}", name, admin_.reveal())};
        EXPECT_EQ(status_with(*route, cookie), unknown_caller(*route)) << name_of(*route);
      }
    }
  });
}

TEST_F(RouteTableTest, a_credential_that_ended_opens_no_route) {
  const Actor actor{.kind = "console", .id = "test", .address = {}};
  const Secret password{"correct horse battery"};
  const auto expired = issue({.label = "test", .permissions = "admin", .expires_in_days = 1});
  const auto of_user = token_of_user("carol", "admin", {});
  ASSERT_TRUE(users_.create(*index::UserRequest::parse("dave", "admin", password), actor).ok());
  const auto revoked =
      tokens_.create(*index::TokenRequest::parse({.label = "test", .permissions = "admin"}), actor);
  ASSERT_TRUE(tokens_.revoke(revoked->token.id, "leaked", actor).ok());
  for (const auto* user : {"carol", "dave"})
    ASSERT_TRUE(users_.disable(user, true, "left", actor).ok());
  site_.clock.sleep(std::chrono::hours{48});
  expect_nothing_happened([&] {
    for (const auto* route : guarded()) {
      const int refused = unknown_caller(*route);
      EXPECT_EQ(status_as(*route, expired), refused) << name_of(*route) << " by an expired token";
      EXPECT_EQ(status_as(*route, revoked->secret), refused) << name_of(*route) << " by a revoked token";
      EXPECT_EQ(status_as(*route, of_user), refused) << name_of(*route) << " by a disabled user's token";
      // Too many wrong passwords are 429.
      EXPECT_THAT(status_with(*route, basic("dave", password)), AnyOf(refused, 429)) << name_of(*route);
    }
  });
}

TEST_F(RouteTableTest, every_other_method_is_405_with_the_allowed_ones) {
  using enum Method;
  std::map<std::string, std::set<Method>, std::less<>> methods;
  for (const auto& route : gate_.routes()) {
    methods[sample_of(route.pattern)].insert(route.method);
    if (route.method == get) methods[sample_of(route.pattern)].insert(head);
  }
  expect_nothing_happened([&] {
    for (const auto& [path, known] : methods) {
      for (const Method method : {get, head, post, put, patch, del}) {
        if (known.contains(method)) continue;
        const auto response = send(request(method, path, admin_));
        EXPECT_EQ(status_of(response), 405) << http::to_string(method) << " " << path;
        const auto allow = std::string(response.headers.get("Allow").value_or(""));
        for (const Method there : known)
          EXPECT_NE(allow.find(http::to_string(there)), std::string::npos) << path << " allows " << allow;
        EXPECT_TRUE(allow.ends_with("OPTIONS")) << allow;
      }
    }
  });
}

}  // namespace
}  // namespace packhouse::api
