#include "web/routes.hpp"

#include <fmt/format.h>

#include "api/access.hpp"
#include "base/text.hpp"
#include "pep/project_name.hpp"
#include "routing/redirect.hpp"
#include "web/pages.hpp"

namespace packhouse::web {
namespace {

http::Response no_such_project(const routing::RequestContext& call) {
  return call.refuse(
      {Errc::not_found, fmt::format("there is no project {}", quote(call.request.param("project")))});
}

/// The redirect to the project's page, `up` leads to where it is.
http::Response moved_to_project(const routing::RequestContext& call, std::string_view up) {
  const auto name = ProjectName::parse(call.request.param("project"));
  if (!name.ok()) return no_such_project(call);
  return routing::moved(call.request, fmt::format("{}{}/", up, name->str()));
}

}  // namespace

WebRoutes::WebRoutes(const index::Context& context, api::Caches& caches, Path folder, routing::BaseUrl url)
    : catalog_(context),
      caches_(caches),
      folder_(std::move(folder)),
      url_(std::move(url)),
      policy_(content_security_policy()) {}

http::Response WebRoutes::page(std::string html) const {
  auto response = http::Response::text(200, std::move(html), "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy", policy_);
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("Cache-Control", "private, no-cache");
  return response;
}

http::Response WebRoutes::front(routing::RequestContext& call) const {
  const auto after = call.request.query_value("after").value_or("");
  auto projects = catalog_.projects(after, projects_on_a_page + 1);
  if (!projects.ok()) return call.refuse(projects.error());
  const bool more = projects->size() > projects_on_a_page;
  if (more) projects->pop_back();
  return page(render(FrontPage{.index = catalog_.index(),
                               .base_url = url_.of(call.request, call.route.prefix),
                               .projects = *projects,
                               .first = after.empty(),
                               .more = more}));
}

http::Response WebRoutes::release(routing::RequestContext& call) const {
  return moved_to_project(call, "../../");
}

http::Response WebRoutes::uploaded_release(routing::RequestContext& call) const {
  return moved_to_project(call, "../../../project/");
}

http::Response WebRoutes::project(routing::RequestContext& call) const {
  const auto name = call.request.param("project");
  const auto parsed = ProjectName::parse(name);
  if (!parsed.ok() || parsed->str() != name) return moved_to_project(call, "../");
  const auto summary = catalog_.summary(name);
  if (!summary.ok()) return no_such_project(call);
  const auto base = url_.of(call.request, call.route.prefix);
  const auto page = caches_.view(*summary, fmt::format("web\n{}", base), [&]() -> Result<api::PagePointer> {
    TRY(const auto detail, catalog_.project(name));
    return api::make_page(folder_, render(ProjectPage{.project = detail, .base_url = base}),
                          api::PageKind{"text/html; charset=utf-8", policy_},
                          {.serial = detail.serial, .identity = call.route.identity});
  });
  return page.ok() ? api::answer_with(*page, call.request) : call.refuse(page.error());
}

std::vector<routing::Route> WebRoutes::routes() {
  routing::RouteTable table{*this, {}};
  table.add(http::Method::get, "/", api::readers, &WebRoutes::front);
  table.add(http::Method::get, "/project/{project}/", api::project_readers, &WebRoutes::project).heavy = true;
  table.add(http::Method::get, "/project/{project}/{version}/", api::project_readers, &WebRoutes::release);
  table.add(http::Method::get, "/legacy/{project}/{version}/", api::project_readers,
            &WebRoutes::uploaded_release);
  return table.take();
}

}  // namespace packhouse::web
