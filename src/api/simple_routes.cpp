#include "api/simple_routes.hpp"

#include <fmt/format.h>

#include "api/simple_page.hpp"
#include "base/text.hpp"
#include "http/conditional.hpp"
#include "http/negotiate.hpp"
#include "pep/project_name.hpp"

namespace packhouse::api {
namespace {

// Of "/legacy/+simple/<project>/": one level deeper than the page it stands for.
constexpr std::string_view root_from_alias_page = "../../../";

std::optional<Representation> wanted(const http::Request& request) {
  const auto format = request.query.empty() ? std::nullopt : request.query_value("format");
  return choose(request.headers.get_all("Accept"), format);
}

/// A script on any site may read it, as it may read a page: without that it cannot tell a project that is not
/// there from an index that is down, nor follow a redirect.
http::Response for_all_origins(http::Response response) {
  response.headers.add("Access-Control-Allow-Origin", "*");
  return response;
}

http::Response not_acceptable(const auth::Call& call) {
  return for_all_origins(
      call.refuse(406, {Errc::invalid_input, "none of the types that were asked for is offered here",
                        "accept application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html "
                        "or text/html"}));
}

http::Response no_such_project(const auth::Call& call, std::string_view name) {
  return for_all_origins(
      call.refuse({Errc::not_found, fmt::format("there is no project {}", quote(name)), {}}));
}

http::Response send(const PagePointer& page, const http::Request& request) {
  const bool gzip =
      page->gzip.full != nullptr &&
      http::choose_coding(request.headers.get_all("Accept-Encoding")) == http::ContentCoding::gzip;
  const auto& variant = gzip ? page->gzip : page->plain;
  http::Response response;
  const auto known = request.headers.get("If-None-Match");
  response.body = known && http::matches_etag(*known, variant.etag) ? variant.not_modified : variant.full;
  return response;
}

http::Response moved(const std::string& location) {
  auto response = http::Response::text(301, "the page is at " + location + "\n");
  response.headers.add("Location", location);
  response.headers.add("Cache-Control", "max-age=0, must-revalidate");
  return for_all_origins(std::move(response));
}

std::string with_query(const std::string& location, const http::Request& request) {
  return request.query.empty() ? location : location + "?" + request.query;
}

/// Where the page of this project is, as seen from `up` levels below the root list; nothing when it is here.
std::optional<http::Response> elsewhere(const auth::Call& call, std::string_view up) {
  const auto written = call.request.param("project");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return no_such_project(call, written);
  if (name->str() == written) return std::nullopt;
  return moved(with_query(fmt::format("{}{}/", up, name->str()), call.request));
}

}  // namespace

PageFields SimpleRoutes::fields(std::int64_t serial) const {
  return {.serial = serial, .private_cache = !open_reading_};
}

Result<PagePointer> SimpleRoutes::root_page(Representation representation) const {
  // The serial first: a change in between makes the page look older than it is, never newer.
  TRY(const auto serial, context_.store.catalog().serial(context_.index));
  PageWriter page(folder_, representation);
  RootList list(representation, serial, [&](std::string_view piece) { return page.write(piece); });
  CHECK_OK(each_project(context_.store.catalog(), context_.index,
                        [&](const ProjectSummary& project) -> Result<bool> {
                          CHECK_OK(list.add(project));
                          return true;
                        }));
  CHECK_OK(list.finish());
  return page.finish(fields(serial));
}

Result<PagePointer> SimpleRoutes::project_page(std::string_view project,
                                               Representation representation) const {
  TRY(const auto detail, context_.store.catalog().project(context_.index, project));
  const PageLinks links{.public_url = public_url_};
  auto body =
      representation == Representation::json ? project_json(detail, links) : project_html(detail, links);
  return make_page(folder_, std::move(body), representation, fields(detail.serial));
}

http::Response SimpleRoutes::root(auth::Call& call) const {
  const auto representation = wanted(call.request);
  if (!representation) return not_acceptable(call);
  const auto page = caches_.pages.get("", *representation, [&] { return root_page(*representation); });
  return page.ok() ? send(*page, call.request) : call.refuse(page.error());
}

http::Response SimpleRoutes::project(auth::Call& call) const {
  if (auto answer = elsewhere(call, "../")) return std::move(*answer);
  const auto representation = wanted(call.request);
  if (!representation) return not_acceptable(call);
  const auto name = call.request.param("project");
  const auto page =
      caches_.pages.get(name, *representation, [&] { return project_page(name, *representation); });
  if (page.ok()) return send(*page, call.request);
  if (page.error().code == Errc::not_found) return no_such_project(call, name);
  return call.refuse(page.error());
}

std::optional<http::Response> SimpleRoutes::quick_root(auth::Call& call) const {
  const auto representation = wanted(call.request);
  if (!representation) return std::nullopt;
  const auto page = caches_.pages.find("", *representation);
  return page ? std::optional{send(page, call.request)} : std::nullopt;
}

std::optional<http::Response> SimpleRoutes::quick_project(auth::Call& call) const {
  const auto representation = wanted(call.request);
  if (!representation) return std::nullopt;
  // Kept by normal name only: any other spelling is not found here and redirected by project().
  const auto page = caches_.pages.find(call.request.param("project"), *representation);
  return page ? std::optional{send(page, call.request)} : std::nullopt;
}

http::Response SimpleRoutes::add_slash(auth::Call& call) {
  const auto written = call.request.param("project");
  if (written.empty()) {
    const auto last = call.request.path.substr(call.request.path.rfind('/') + 1);
    return moved(with_query(last + "/", call.request));
  }
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return no_such_project(call, written);
  return moved(with_query(name->str() + "/", call.request));
}

http::Response SimpleRoutes::alias_root(auth::Call& call) const {
  return root(call);
}

http::Response SimpleRoutes::alias_project(auth::Call& call) const {
  if (auto answer = elsewhere(call, "../")) return std::move(*answer);
  const auto representation = wanted(call.request);
  if (!representation) return not_acceptable(call);
  const auto name = call.request.param("project");
  const auto detail = context_.store.catalog().project(context_.index, name);
  if (!detail.ok()) return no_such_project(call, name);
  const PageLinks links{.root = root_from_alias_page, .public_url = public_url_};
  auto body =
      *representation == Representation::json ? project_json(*detail, links) : project_html(*detail, links);
  return send(make_page(folder_, std::move(body), *representation, fields(detail->serial)), call.request);
}

}  // namespace packhouse::api
