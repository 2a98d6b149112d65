#include "api/routes.hpp"

namespace packhouse::api {
namespace {

using auth::Access;
using auth::Call;
using auth::ProblemFormat;
using auth::Route;
using auth::Scope;
using http::Method;

constexpr std::uint64_t small_body = 64UL << 10U;

constexpr Access anybody{};
constexpr Access readers{.permission = Permission::read};
constexpr Access project_readers{.permission = Permission::read, .scope = Scope::project};
constexpr Access file_readers{.permission = Permission::read, .scope = Scope::handler};
// Upload clients take 403 for a bad credential and would ask for nothing on a 401.
constexpr Access uploaders{.permission = Permission::upload, .scope = Scope::handler, .challenge = false};
constexpr Access administrators{.permission = Permission::admin, .scope = Scope::server};
constexpr Access project_administrators{.permission = Permission::admin, .scope = Scope::project};

// Of sessions, whose project only the handler knows.
constexpr Access stagers{.permission = Permission::stage, .scope = Scope::handler};
constexpr Access previewers{.permission = Permission::smoke, .scope = Scope::handler};
constexpr Access publishers{.permission = Permission::publish, .scope = Scope::handler};
// PEP 694: the stage's address is what opens it; a credential shows the rest of the index besides.
constexpr Access stage_readers{.permission = Permission::read, .scope = Scope::handler, .optional = true};

constexpr std::string_view upload_hint =
    "this is the upload URL: POST files here with twine or uv publish, install from ../simple/";
constexpr std::string_view session_hint =
    "this is the root of Upload 2.0 (PEP 694): POST a project's name and version here to open a session";
constexpr std::string_view simple_hint =
    "this is the index to install from: uploads go to /legacy/, as twine's repository URL";

void add_simple(std::vector<Route>& table, SimpleRoutes& simple) {
  table.push_back({.method = Method::get,
                   .pattern = "/simple/",
                   .access = readers,
                   .handle = [&simple](Call& call) { return simple.root(call); },
                   .quick = [&simple](Call& call) { return simple.quick_root(call); },
                   .other_method_hint = simple_hint});
  table.push_back({.method = Method::get,
                   .pattern = "/simple/{project}/",
                   .access = project_readers,
                   .handle = [&simple](Call& call) { return simple.project(call); },
                   .quick = [&simple](Call& call) { return simple.quick_project(call); },
                   .other_method_hint = simple_hint});
  table.push_back({.method = Method::get,
                   .pattern = "/simple",
                   .access = readers,
                   .handle = SimpleRoutes::add_slash,
                   .other_method_hint = simple_hint});
  table.push_back({.method = Method::get,
                   .pattern = "/simple/{project}",
                   .access = project_readers,
                   .handle = SimpleRoutes::add_slash,
                   .other_method_hint = simple_hint});
}

void add_files(std::vector<Route>& table, FileRoutes& files) {
  table.push_back({.method = Method::get,
                   .pattern = "/files/{a}/{b}/{filename}",
                   .access = file_readers,
                   .handle = [&files](Call& call) { return files.file(call); },
                   .quick = [&files](Call& call) { return files.quick_file(call); }});
  table.push_back({.method = Method::get,
                   .pattern = "/integrity/{project}/{version}/{filename}/provenance",
                   .access = project_readers,
                   .handle = [&files](Call& call) { return files.provenance(call); }});
}

void add_uploads(std::vector<Route>& table, UploadRoutes& uploads, SimpleRoutes& simple) {
  table.push_back({.method = Method::post,
                   .pattern = "/legacy/",
                   .access = uploaders,
                   .plan = [&uploads](Call& call) { return uploads.upload(call); },
                   .other_method_hint = upload_hint});
  table.push_back(
      {.method = Method::post,
       .pattern = "/legacy",
       .access = anybody,
       .handle = [&uploads](Call& call) { return uploads.add_slash(call); },
       // Nothing of the body is wanted, however long it is.
       .plan = [&uploads](Call& call) { return http::BodyPlan{.refusal = uploads.add_slash(call)}; },
       .other_method_hint = upload_hint});
  table.push_back({.method = Method::get,
                   .pattern = "/legacy/+simple/",
                   .access = readers,
                   .handle = [&simple](Call& call) { return simple.alias_root(call); }});
  table.push_back({.method = Method::get,
                   .pattern = "/legacy/+simple/{project}/",
                   .access = project_readers,
                   .handle = [&simple](Call& call) { return simple.alias_project(call); }});
}

/// A route that takes and gives JSON.
template <typename Routes>
void add_json(std::vector<Route>& table, Routes& routes, Method method, std::string_view pattern,
              Access access, http::Response (Routes::*handle)(Call&)) {
  table.push_back({.method = method,
                   .pattern = std::string(pattern),
                   .access = access,
                   .handle = [&routes, handle](Call& call) { return (routes.*handle)(call); },
                   .body_limit = method == Method::get ? 0 : small_body,
                   .problems = ProblemFormat::json});
}

void add_packages(std::vector<Route>& table, PackageRoutes& packages) {
  const auto add = [&](std::string_view pattern, Access access, auto handle) {
    add_json(table, packages, Method::get, pattern, access, handle);
  };
  add("/pypi/{project}/json", project_readers, &PackageRoutes::project);
  add("/pypi/{project}/{version}/json", project_readers, &PackageRoutes::release);
  add("/api/v1/search", readers, &PackageRoutes::search);
}

void add_openapi(std::vector<Route>& table, OpenApiRoutes& openapi) {
  add_json(table, openapi, Method::get, "/openapi.json", anybody, &OpenApiRoutes::document);
}

void add_users(std::vector<Route>& table, UserRoutes& users) {
  const auto add = [&](Method method, std::string_view pattern, Access access, auto handle) {
    add_json(table, users, method, pattern, access, handle);
  };
  add(Method::get, "/api/v1/users", administrators, &UserRoutes::list);
  add(Method::post, "/api/v1/users", administrators, &UserRoutes::create);
  add(Method::patch, "/api/v1/users/{user}", administrators, &UserRoutes::change);
}

void add_roles(std::vector<Route>& table, RoleRoutes& roles) {
  const auto add = [&](Method method, std::string_view pattern, auto handle) {
    add_json(table, roles, method, pattern, project_administrators, handle);
  };
  add(Method::get, "/api/v1/projects/{project}/roles", &RoleRoutes::list);
  add(Method::put, "/api/v1/projects/{project}/roles/{user}", &RoleRoutes::put);
  add(Method::del, "/api/v1/projects/{project}/roles/{user}", &RoleRoutes::remove);
}

void add_deletion(std::vector<Route>& table, AdminRoutes& admin) {
  table.push_back({.method = Method::del,
                   .pattern = "/api/v1/projects/{project}/files/{filename}",
                   .access = project_administrators,
                   .handle = [&admin](Call& call) { return admin.delete_file(call); },
                   .body_limit = small_body,
                   .problems = ProblemFormat::json});
}

void add_sessions(std::vector<Route>& table, SessionRoutes& sessions) {
  const auto add = [&](Method method, std::string_view pattern, Access access, auto handle) {
    table.push_back({.method = method,
                     .pattern = std::string(pattern),
                     .access = access,
                     .handle = [&sessions, handle](Call& call) { return (sessions.*handle)(call); },
                     .body_limit = method == Method::get ? 0 : small_body,
                     .other_method_hint = session_hint,
                     .problems = ProblemFormat::upload});
  };
  add(Method::post, "/upload/", stagers, &SessionRoutes::open);
  add(Method::get, "/upload/{session}", previewers, &SessionRoutes::status);
  add(Method::del, "/upload/{session}", stagers, &SessionRoutes::cancel);
  add(Method::post, "/upload/{session}/extend", stagers, &SessionRoutes::extend);
  add(Method::post, "/upload/{session}/publish", publishers, &SessionRoutes::publish);
  add(Method::post, "/upload/{session}/files", stagers, &SessionRoutes::announce);
  add(Method::get, "/upload/{session}/files/{file}", previewers, &SessionRoutes::file_status);
  add(Method::del, "/upload/{session}/files/{file}", stagers, &SessionRoutes::remove);
  add(Method::post, "/upload/{session}/files/{file}/complete", stagers, &SessionRoutes::complete);
  table.push_back({.method = Method::post,
                   .pattern = "/upload/{session}/files/{file}/bytes",
                   .access = stagers,
                   .plan = [&sessions](Call& call) { return sessions.receive(call); },
                   .other_method_hint = session_hint,
                   .problems = ProblemFormat::upload});
}

void add_stages(std::vector<Route>& table, StageRoutes& stages) {
  const auto add = [&](std::string_view pattern, auto handle) {
    table.push_back({.method = Method::get,
                     .pattern = std::string(pattern),
                     .access = stage_readers,
                     .handle = [&stages, handle](Call& call) { return (stages.*handle)(call); },
                     .other_method_hint = simple_hint});
  };
  add("/stage/{session}/simple/", &StageRoutes::root);
  add("/stage/{session}/simple/{project}/", &StageRoutes::project);
  add("/stage/{session}/simple/{project}", &StageRoutes::project);
  add("/stage/{session}/files/{a}/{b}/{filename}", &StageRoutes::file);
}

void add_admin(std::vector<Route>& table, AdminRoutes& admin) {
  const auto add = [&](Method method, std::string_view pattern, Access access, auto handle) {
    add_json(table, admin, method, pattern, access, handle);
  };
  add(Method::get, "/api/v1/tokens", administrators, &AdminRoutes::list_tokens);
  add(Method::post, "/api/v1/tokens", administrators, &AdminRoutes::create_token);
  add(Method::del, "/api/v1/tokens/{id}", administrators, &AdminRoutes::revoke_token);
  add(Method::get, "/api/v1/ledger", administrators, &AdminRoutes::ledger);
  add(Method::get, "/-/health", anybody, &AdminRoutes::health);
}

}  // namespace

std::vector<auth::Route> make_index_routes(const IndexEndpoints& endpoints) {
  std::vector<Route> table;
  add_simple(table, endpoints.simple);
  add_files(table, endpoints.files);
  add_uploads(table, endpoints.uploads, endpoints.simple);
  add_deletion(table, endpoints.admin);
  add_roles(table, endpoints.roles);
  add_sessions(table, endpoints.sessions);
  add_stages(table, endpoints.stages);
  for (auto& route : endpoints.life.routes())
    table.push_back(std::move(route));
  add_packages(table, endpoints.packages);
  return table;
}

std::vector<auth::Route> make_routes(const Endpoints& endpoints) {
  auto table = make_index_routes({.simple = endpoints.simple,
                                  .files = endpoints.files,
                                  .uploads = endpoints.uploads,
                                  .admin = endpoints.admin,
                                  .roles = endpoints.roles,
                                  .life = endpoints.life,
                                  .packages = endpoints.packages,
                                  .sessions = endpoints.sessions,
                                  .stages = endpoints.stages});
  add_admin(table, endpoints.admin);
  add_users(table, endpoints.users);
  add_openapi(table, endpoints.openapi);
  return table;
}

}  // namespace packhouse::api
