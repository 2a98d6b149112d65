#include "api/package_routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/access.hpp"
#include "api/file_routes.hpp"
#include "base/text.hpp"
#include "index/core_metadata.hpp"
#include "pep/release_name.hpp"
#include "pep/version.hpp"
#include "routing/json_exchange.hpp"
#include "routing/redirect.hpp"

namespace packhouse::api {
namespace {

using routing::to_json;

constexpr std::size_t max_found = 100;
constexpr std::size_t max_words = 200;  // bytes

const PageKind document{"application/json"};

Error no_such_project(std::string_view name) {
  return {Errc::not_found, fmt::format("there is no project {}", quote(name))};
}

Error no_such_release(std::string_view project, std::string_view version) {
  return {Errc::not_found, fmt::format("there is no version {} of {}", quote(version), quote(project))};
}

/// The redirect to the page of the normalised name, for another spelling. `up` leads to the projects, `rest`
/// from there to the page.
std::optional<http::Response> elsewhere(const routing::RequestContext& call, const ProjectName& name,
                                        std::string_view up, std::string_view rest) {
  if (name.str() == call.request.param("project")) return std::nullopt;
  return routing::moved(call.request, fmt::format("{}{}/{}", up, name.str(), rest));
}

/// The release of that version in any spelling; null: there is none.
const ReleaseFiles* find_release(const std::vector<ReleaseFiles>& releases, const Version& version) {
  const auto found = std::ranges::find_if(
      releases, [&](const ReleaseFiles& each) { return each.release->version == version; });
  return found == releases.end() ? nullptr : &*found;
}

}  // namespace

std::vector<routing::Route> PackageRoutes::routes() {
  routing::RouteTable table{*this, {.heavy = true, .problems = routing::ProblemFormat::json}};
  table.add(http::Method::get, "/pypi/{project}/json", project_readers, &PackageRoutes::project);
  table.add(http::Method::get, "/pypi/{project}/{version}/json", project_readers, &PackageRoutes::release);
  table.add(http::Method::get, "/api/v1/search", readers, &PackageRoutes::search);
  return table.take();
}

PackageLinks PackageRoutes::links(const routing::RequestContext& call) const {
  const auto& prefix = call.route.prefix;
  return {.pages = url_.of(call.request, prefix),
          .files = fmt::format("{}{}{}", url_.of(call.request), packages_root, prefix)};
}

Result<PagePointer> PackageRoutes::project_page(const routing::RequestContext& call,
                                                const ProjectName& project) const {
  TRY(const auto detail, catalog_.offered_project(project.str()));
  const auto releases = by_release(detail);
  const auto* const latest = latest_release(releases);
  if (latest == nullptr) return no_such_project(project.str());
  TRY(const auto metadata, index::core_metadata(context_, latest->files));
  PageWriter page(folder_, document);
  CHECK_OK(write_project_json(detail, releases, metadata, links(call),
                              [&](std::string_view text) { return page.write(text); }));
  return page.finish({.serial = detail.serial, .identity = call.route.identity});
}

Result<PagePointer> PackageRoutes::release_page(const routing::RequestContext& call,
                                                const ReleaseName& wanted) const {
  TRY(const auto detail, catalog_.offered_project(wanted.project.str()));
  const auto releases = by_release(detail);
  const auto* const release = find_release(releases, wanted.version);
  if (release == nullptr) return no_such_release(wanted.project.str(), wanted.version.str());
  TRY(const auto metadata, index::core_metadata(context_, release->files));
  return make_page(folder_, json::dump(version_json(detail, *release, metadata, links(call))), document,
                   {.serial = detail.serial, .identity = call.route.identity});
}

http::Response PackageRoutes::project(routing::RequestContext& call) {
  const auto written = call.request.param("project");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return call.refuse(no_such_project(written));
  if (auto answer = elsewhere(call, *name, "../", "json")) return *std::move(answer);
  const auto summary = catalog_.summary(name->str());
  if (!summary.ok()) return call.refuse(no_such_project(written));
  const auto page = caches_.view(*summary, fmt::format("json\n{}", url_.of(call.request, call.route.prefix)),
                                 [&] { return project_page(call, *name); });
  return page.ok() ? answer_with(*page, call.request) : call.refuse(page.error());
}

http::Response PackageRoutes::release(routing::RequestContext& call) {
  const auto written = call.request.param("project");
  const auto asked = call.request.param("version");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return call.refuse(no_such_project(written));
  if (auto answer = elsewhere(call, *name, "../../", percent_encode(asked) + "/json"))
    return *std::move(answer);
  const auto summary = catalog_.summary(name->str());
  if (!summary.ok()) return call.refuse(no_such_project(written));
  const auto version = Version::parse(asked);
  if (!version.ok()) return call.refuse(no_such_release(written, asked));
  const auto page = caches_.view(
      *summary, fmt::format("json {}\n{}", version->identity(), url_.of(call.request, call.route.prefix)),
      [&] { return release_page(call, {*name, *version}); });
  return page.ok() ? answer_with(*page, call.request) : call.refuse(page.error());
}

PackageRoutes::Found PackageRoutes::find(const ProjectSummary& project) {
  constexpr std::uint64_t entry_overhead = 256;
  const auto key = fmt::format("{}\n{}", project.name, project.serial);
  if (auto kept = found_.find(key)) return *std::move(kept);
  const auto generation = found_.generation();
  auto found = look_up(project.name);
  const auto weight =
      entry_overhead + key.size() + found.version.value_or("").size() + found.summary.value_or("").size();
  found_.put(key, found, weight, generation);
  return found;
}

PackageRoutes::Found PackageRoutes::look_up(const std::string& project) const {
  const auto detail = catalog_.offered_project(project);
  if (!detail.ok()) return {};
  const auto releases = by_release(*detail);
  const auto* const latest = latest_release(releases);
  if (latest == nullptr) return {};
  const auto metadata = index::core_metadata(context_, latest->files);
  return {.version = latest->release->version.str(),
          .summary = metadata.ok() && *metadata ? (*metadata)->summary : std::nullopt};
}

http::Response PackageRoutes::search(routing::RequestContext& call) {
  const auto words = call.request.query_value("q").value_or("");
  const auto limit = parse_decimal(call.request.query_value("limit").value_or("20"));
  if (!limit || *limit == 0 || *limit > max_found || words.size() > max_words || !is_utf8(words)) {
    return call.refuse(
        {Errc::invalid_input,
         fmt::format("expected at most {} bytes of UTF-8 as q, and 1 to {} as limit", max_words, max_found)});
  }
  auto wanted = ascii_lower(trim(words));
  std::ranges::replace_if(wanted, [](char c) { return c == '_' || c == '.' || c == ' '; }, '-');
  json::Array list;
  const auto searched = catalog_.each_project([&](const ProjectSummary& summary) -> Result<bool> {
    if (summary.name.find(wanted) == std::string::npos) return true;
    const auto found = find(summary);
    list.emplace_back(json::Object{
        {"name", summary.name}, {"version", to_json(found.version)}, {"summary", to_json(found.summary)}});
    return list.size() < *limit;
  });
  if (!searched.ok()) return call.refuse(searched.error());
  const auto serial = catalog_.serial();
  if (!serial.ok()) return call.refuse(serial.error());
  const auto page = make_page(folder_, json::dump(json::Object{{"projects", std::move(list)}}), document,
                              {.serial = *serial, .identity = call.route.identity});
  return answer_with(page, call.request);
}

}  // namespace packhouse::api
