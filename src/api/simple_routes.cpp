#include "api/simple_routes.hpp"

#include <fmt/format.h>

#include "api/access.hpp"
#include "api/simple_page.hpp"
#include "base/text.hpp"
#include "pep/project_name.hpp"

namespace packhouse::api {
namespace {

// Of "/legacy/+simple/<project>/": one level deeper than the page it stands for.
constexpr std::string_view root_from_alias_page = "../../../";

http::Response no_such_project(const routing::RequestContext& call, std::string_view name) {
  return call.refuse({Errc::not_found, fmt::format("there is no project {}", quote(name)), {}});
}

http::Response moved(const std::string& location) {
  auto response = http::Response::text(301, "the page is at " + location + "\n");
  response.headers.add("Location", location);
  response.headers.add("Cache-Control", "max-age=0, must-revalidate");
  return response;
}

std::string with_query(const std::string& location, const http::Request& request) {
  return request.query.empty() ? location : location + "?" + request.query;
}

/// The redirect to the page of the normalised name, `up` levels below the root list; nullopt for that name.
std::optional<http::Response> elsewhere(const routing::RequestContext& call, std::string_view up) {
  const auto written = call.request.param("project");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return no_such_project(call, written);
  if (name->str() == written) return std::nullopt;
  return moved(with_query(fmt::format("{}{}/", up, name->str()), call.request));
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
  add("/simple/{project}/", project_readers, &SimpleRoutes::project).quick = [this](auto& call) {
    return quick_project(call);
  };
  add("/simple", readers, &SimpleRoutes::add_slash);
  add("/simple/{project}", project_readers, &SimpleRoutes::add_slash);
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
  RootList list(representation, serial, [&](std::string_view piece) { return page.write(piece); });
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
  auto body =
      representation == Representation::json ? project_json(detail, links) : project_html(detail, links);
  return make_page(folder_, std::move(body), representation, fields(detail.serial));
}

http::Response SimpleRoutes::root(routing::RequestContext& call) const {
  const auto representation = choose(call.request);
  if (!representation) return call.refuse(406, not_acceptable());
  const auto page = caches_.pages.get("", *representation, [&] { return root_page(*representation); });
  return page.ok() ? answer_with(*page, call.request) : call.refuse(page.error());
}

http::Response SimpleRoutes::project(routing::RequestContext& call) const {
  if (auto answer = elsewhere(call, "../")) return std::move(*answer);
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
  if (!representation) return std::nullopt;
  // Cached by normalised name only: project() redirects every other spelling.
  const auto name = call.request.param("project");
  if (const auto page = caches_.pages.find(name, *representation)) return answer_with(page, call.request);
  return upstreams_ != nullptr ? upstreams_->quick_page(call, name, *representation) : std::nullopt;
}

http::Response SimpleRoutes::add_slash(routing::RequestContext& call) const {
  const auto written = call.request.param("project");
  if (written.empty()) {
    const auto last = call.request.path.substr(call.request.path.rfind('/') + 1);
    return moved(with_query(last + "/", call.request));
  }
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return no_such_project(call, written);
  return moved(with_query(name->str() + "/", call.request));
}

http::Response SimpleRoutes::alias_root(routing::RequestContext& call) const {
  return root(call);
}

http::Response SimpleRoutes::alias_project(routing::RequestContext& call) const {
  if (auto answer = elsewhere(call, "../")) return std::move(*answer);
  const auto representation = choose(call.request);
  if (!representation) return call.refuse(406, not_acceptable());
  const auto name = call.request.param("project");
  const auto summary = catalog_.summary(name);
  if (!summary.ok()) return no_such_project(call, name);
  const PageLinks links{.root = root_from_alias_page, .public_url = public_url_};
  const auto page = caches_.view(*summary, fmt::format("+simple {}", content_type(*representation)),
                                 [&] { return project_page(name, *representation, links); });
  return page.ok() ? answer_with(*page, call.request) : call.refuse(page.error());
}

}  // namespace packhouse::api
