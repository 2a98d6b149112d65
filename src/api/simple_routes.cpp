#include "api/simple_routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/access.hpp"
#include "api/simple_page.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "pep/project_name.hpp"
#include "routing/json_exchange.hpp"
#include "routing/redirect.hpp"

namespace packhouse::api {
namespace {

// Of "/legacy/+simple/<project>/": one level deeper than the page it stands for.
constexpr std::string_view root_from_alias_page = "../../../";

http::Response no_such_project(const routing::RequestContext& call, std::string_view name) {
  return call.refuse({Errc::not_found, fmt::format("there is no project {}", quote(name)), {}});
}

/// The redirect to what has the normalised name between `before` and `after`.
http::Response moved_to(const routing::RequestContext& call, std::string_view before,
                        std::string_view after = "/") {
  const auto written = call.request.param("project");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return no_such_project(call, written);
  return routing::moved(call.request, fmt::format("{}{}{}", before, name->str(), after));
}

/// The redirect to the page of the normalised name; nullopt for that name.
std::optional<http::Response> elsewhere(const routing::RequestContext& call) {
  const auto name = ProjectName::parse(call.request.param("project"));
  if (name.ok() && name->str() == call.request.param("project")) return std::nullopt;
  return moved_to(call, "../");
}

/// Of a short list that is not cached here.
http::Response namespaces_answer(std::string body) {
  auto response = http::Response::text(200, std::move(body), std::string(content_type(Representation::json)));
  response.headers.add("Cache-Control", "private, max-age=0, must-revalidate");
  return response;
}

}  // namespace

std::vector<routing::Route> SimpleRoutes::routes() {
  routing::RouteTable table{*this, {}};
  const auto add = [&](std::string_view pattern, const routing::Access& access, auto handler) -> auto& {
    auto& line = table.add(http::Method::get, pattern, access, handler);
    line.other_method_hint = simple_hint;
    return line;
  };
  add("/simple/", readers, &SimpleRoutes::root).quick = [this](auto& call) { return quick_root(call); };
  auto& page = add("/simple/{project}/", project_readers, &SimpleRoutes::project);
  page.quick = [this](auto& call) { return quick_project(call); };
  page.any_slashes = true;
  // Without a slash at their end, as PEP 752 has them: "/simple/namespaces/" is the page of a project.
  add("/simple/namespaces", readers, &SimpleRoutes::namespaces);
  add("/simple/namespace/{namespace}", readers, &SimpleRoutes::namespace_detail);
  add("/simple", readers, &SimpleRoutes::add_slash);
  add("/simple/{project}", project_readers, &SimpleRoutes::add_slash);
  add("/{project}/", project_readers, &SimpleRoutes::foreign_page).foreign = true;
  add("/{project}/json", project_readers, &SimpleRoutes::foreign_document).foreign = true;
  table.add(http::Method::get, "/legacy/+simple/", readers, &SimpleRoutes::alias_root);
  table.add(http::Method::get, "/legacy/+simple/{project}/", project_readers, &SimpleRoutes::alias_project)
      .heavy = true;
  return table.take();
}

PageFields SimpleRoutes::fields(std::int64_t serial) const {
  PageFields fields = fields_;
  fields.serial = serial;
  return fields;
}

Result<PagePointer> SimpleRoutes::root_page(Representation representation) const {
  // The serial first: after a change in between the page states an older serial, never a newer one.
  TRY(const auto serial, catalog_.serial());
  PageWriter page(folder_, representation);
  RootList list(
      representation, serial, [&](std::string_view piece) { return page.write(piece); },
      namespaces_api_version);
  CHECK_OK(catalog_.each_project([&](const ProjectSummary& project) -> Result<bool> {
    CHECK_OK(list.add(project));
    return true;
  }));
  CHECK_OK(list.finish());
  return page.finish(fields(serial));
}

Result<PagePointer> SimpleRoutes::project_page(std::string_view project, Representation representation,
                                               const PageLinks& links) const {
  TRY(const auto detail, catalog_.project(project));
  if (representation != Representation::json)
    return make_page(folder_, project_html(detail, links), representation, fields(detail.serial));
  TRY(auto namespaces, namespaces_.of(project));
  return make_page(folder_, project_json(detail, links, std::move(namespaces)), representation,
                   fields(detail.serial));
}

http::Response SimpleRoutes::root(routing::RequestContext& call) const {
  const auto representation = choose(call.request);
  if (!representation) return call.refuse(406, not_acceptable());
  const auto page = caches_.pages.get("", *representation, [&] { return root_page(*representation); });
  return page.ok() ? answer_with(*page, call.request) : call.refuse(page.error());
}

http::Response SimpleRoutes::project(routing::RequestContext& call) const {
  const auto& single_slashes = call.request.single_slashes;
  if (auto answer = elsewhere(call))
    return single_slashes.empty() ? std::move(*answer) : routing::moved(call.request, single_slashes);
  if (!single_slashes.empty()) {
    if (!catalog_.summary(call.request.param("project")).ok())
      return routing::moved(call.request, single_slashes);
    // Not redirected: micropip puts "/NAME/" behind the address of an index whatever that ends with, and does
    // not resolve the relative links of a JSON page.
    const auto base = url_.of(call.request, call.route.prefix) + "/";
    return other_page(call, {.root = base, .public_url = public_url_});
  }
  const auto representation = choose(call.request);
  if (!representation) return call.refuse(406, not_acceptable());
  const auto name = call.request.param("project");
  const PageLinks links{.public_url = public_url_};
  const auto page =
      caches_.pages.get(name, *representation, [&] { return project_page(name, *representation, links); });
  if (page.ok()) return answer_with(*page, call.request);
  if (page.error().code != Errc::not_found) return call.refuse(page.error());
  const auto parsed = ProjectName::parse(name);
  if (upstreams_ == nullptr || !parsed.ok()) return no_such_project(call, name);
  return upstreams_->page(call, *parsed, *representation);
}

std::optional<http::Response> SimpleRoutes::quick_root(routing::RequestContext& call) const {
  const auto representation = choose(call.request);
  if (!representation) return std::nullopt;
  const auto page = caches_.pages.find("", *representation);
  return page ? std::optional{answer_with(page, call.request)} : std::nullopt;
}

std::optional<http::Response> SimpleRoutes::quick_project(routing::RequestContext& call) const {
  const auto representation = choose(call.request);
  if (!representation || !call.request.single_slashes.empty()) return std::nullopt;
  // Cached by normalised name only: project() redirects every other spelling.
  const auto name = call.request.param("project");
  if (const auto page = caches_.pages.find(name, *representation)) return answer_with(page, call.request);
  return upstreams_ != nullptr ? upstreams_->quick_page(call, name, *representation) : std::nullopt;
}

http::Response SimpleRoutes::namespaces(routing::RequestContext& call) const {
  const auto all = namespaces_.all();
  if (!all.ok()) return call.refuse(all.error());
  json::Array listed;
  for (const auto& name : *all)
    listed.emplace_back(json::Object{{"name", name}});
  return namespaces_answer(json::dump(listed));
}

http::Response SimpleRoutes::namespace_detail(routing::RequestContext& call) const {
  const auto written = call.request.param("namespace");
  const auto name = ProjectName::parse(written);
  const auto all = namespaces_.all();
  if (!all.ok()) return call.refuse(all.error());
  if (!name.ok() || std::ranges::find(*all, name->str()) == all->end())
    return call.refuse({Errc::not_found, fmt::format("there is no namespace {}", quote(written)), {}});
  if (name->str() != written) return routing::moved(call.request, name->str());
  const auto detail = upstream::detail_of(name->str(), *all);
  json::Array children;
  for (const auto& child : detail.children)
    children.emplace_back(child);
  return namespaces_answer(json::dump(json::Object{{"name", name->str()},
                                                   {"parent", routing::to_json(detail.parent)},
                                                   {"children", std::move(children)}}));
}

http::Response SimpleRoutes::add_slash(routing::RequestContext& call) const {
  return call.request.params.empty() ? routing::moved(call.request, "simple/") : moved_to(call, "");
}

http::Response SimpleRoutes::foreign_page(routing::RequestContext& call) const {
  return moved_to(call, "../simple/");
}

http::Response SimpleRoutes::foreign_document(routing::RequestContext& call) const {
  return moved_to(call, "../pypi/", "/json");
}

http::Response SimpleRoutes::alias_root(routing::RequestContext& call) const {
  return root(call);
}

http::Response SimpleRoutes::alias_project(routing::RequestContext& call) const {
  return other_page(call, {.root = root_from_alias_page, .public_url = public_url_});
}

http::Response SimpleRoutes::other_page(const routing::RequestContext& call, const PageLinks& links) const {
  if (auto answer = elsewhere(call)) return std::move(*answer);
  const auto representation = choose(call.request);
  if (!representation) return call.refuse(406, not_acceptable());
  const auto name = call.request.param("project");
  const auto summary = catalog_.summary(name);
  if (!summary.ok()) return no_such_project(call, name);
  const auto page =
      caches_.view(*summary, fmt::format("simple {} {}", links.root, content_type(*representation)),
                   [&] { return project_page(name, *representation, links); });
  return page.ok() ? answer_with(*page, call.request) : call.refuse(page.error());
}

}  // namespace packhouse::api
