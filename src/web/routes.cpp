#include "web/routes.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "web/pages.hpp"

namespace packhouse::web {

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
                               .base_url = url_.of(call.request),
                               .projects = *projects,
                               .first = after.empty(),
                               .more = more}));
}

http::Response WebRoutes::project(routing::RequestContext& call) const {
  const auto name = call.request.param("project");
  const auto summary = catalog_.summary(name);
  if (!summary.ok())
    return call.refuse({Errc::not_found, fmt::format("there is no project {}", quote(name))});
  const auto base = url_.of(call.request);
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
  table.add(http::Method::get, "/", {.permission = Permission::read}, &WebRoutes::front);
  table
      .add(http::Method::get, "/project/{project}/",
           {.permission = Permission::read, .scope = routing::Scope::project}, &WebRoutes::project)
      .heavy = true;
  return table.take();
}

}  // namespace packhouse::web
