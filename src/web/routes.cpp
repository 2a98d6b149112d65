#include "web/routes.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "web/pages.hpp"

namespace packhouse::web {

WebRoutes::WebRoutes(const index::Context& context, std::optional<std::string> public_url, std::string prefix)
    : context_(context),
      public_url_(std::move(public_url)),
      prefix_(std::move(prefix)),
      policy_(content_security_policy()) {}

std::string WebRoutes::base_url(const http::Request& request) const {
  if (public_url_) return std::string(*public_url_);
  return request.origin() + prefix_;
}

http::Response WebRoutes::page(std::string html) const {
  auto response = http::Response::text(200, std::move(html), "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy", policy_);
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("Cache-Control", "private, no-cache");
  return response;
}

http::Response WebRoutes::front(auth::Call& call) const {
  const auto after = call.request.query_value("after").value_or("");
  auto projects = context_.store.catalog().projects(context_.index, after, projects_on_a_page + 1);
  if (!projects.ok()) return call.refuse(projects.error());
  const bool more = projects->size() > projects_on_a_page;
  if (more) projects->pop_back();
  return page(render(FrontPage{.index = context_.index,
                               .base_url = base_url(call.request),
                               .projects = *projects,
                               .first = after.empty(),
                               .more = more}));
}

http::Response WebRoutes::project(auth::Call& call) const {
  const auto name = call.request.param("project");
  const auto detail = context_.store.catalog().project(context_.index, name);
  if (detail.ok()) return page(render(ProjectPage{.project = *detail, .base_url = base_url(call.request)}));
  return call.refuse({Errc::not_found, fmt::format("there is no project {}", quote(name))});
}

std::vector<auth::Route> WebRoutes::routes() const {
  return {{.method = http::Method::get,
           .pattern = "/",
           .access = {.permission = Permission::read},
           .handle = [this](auth::Call& call) { return front(call); }},
          {.method = http::Method::get,
           .pattern = "/project/{project}/",
           .access = {.permission = Permission::read, .scope = auth::Scope::project},
           .handle = [this](auth::Call& call) { return project(call); }}};
}

}  // namespace packhouse::web
