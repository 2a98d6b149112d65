#include "api/package_routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/access.hpp"
#include "api/package_json.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "http/conditional.hpp"
#include "index/core_metadata.hpp"
#include "pep/project_name.hpp"
#include "pep/version.hpp"
#include "routing/json_exchange.hpp"

namespace packhouse::api {
namespace {

using routing::json_answer;
using routing::to_json;

constexpr std::size_t max_found = 100;
constexpr std::size_t max_words = 200;  // bytes

/// An answer that a client may keep and revalidate.
http::Response page(const http::Request& request, const json::Object& body, std::int64_t serial) {
  const auto text = json::dump(body);
  const auto etag = fmt::format("\"{}\"", Sha256::of(text).hex().substr(0, 32));
  const auto known = request.headers.get("If-None-Match");
  auto response = known && http::matches_etag(*known, etag)
                      ? http::Response{.status = 304}
                      : http::Response::text(200, text, "application/json");
  response.headers.add("ETag", etag);
  response.headers.add("Cache-Control", "private, max-age=0, must-revalidate");
  response.headers.add("X-PyPI-Last-Serial", fmt::to_string(serial));
  return response;
}

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
  auto location = fmt::format("{}{}/{}", up, name.str(), rest);
  auto response = http::Response::text(301, "the page is at " + location + "\n");
  response.headers.add("Location", std::move(location));
  return response;
}

/// The release of that version in any spelling; null: there is none.
const Release* find_release(const ProjectDetail& project, std::string_view version) {
  const auto wanted = Version::parse(version);
  return wanted.ok() ? project.find_release(*wanted) : nullptr;
}

}  // namespace

std::vector<routing::Route> PackageRoutes::routes() {
  routing::RouteTable table{*this, {.problems = routing::ProblemFormat::json}};
  table.add(http::Method::get, "/pypi/{project}/json", project_readers, &PackageRoutes::project);
  table.add(http::Method::get, "/pypi/{project}/{version}/json", project_readers, &PackageRoutes::release);
  table.add(http::Method::get, "/api/v1/search", readers, &PackageRoutes::search);
  return table.take();
}

Result<PackageRoutes::Metadata> PackageRoutes::metadata_of(const ProjectDetail& project,
                                                           const Version& version) {
  const auto key = fmt::format("{}/{}/{}", project.name, version.str(), project.serial);
  if (auto kept = metadata_.find(key)) return *std::move(kept);
  const auto generation = metadata_.generation();
  TRY(auto read, index::core_metadata(context_, project, version));
  auto metadata = std::make_shared<const std::optional<CoreMetadata>>(std::move(read));
  metadata_.put(key, metadata, 1, generation);
  return metadata;
}

http::Response PackageRoutes::project(routing::RequestContext& call) {
  const auto written = call.request.param("project");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return call.refuse(no_such_project(written));
  if (auto answer = elsewhere(call, *name, "../", "json")) return *std::move(answer);
  const auto detail = catalog_.offered_project(name->str());
  const auto latest = detail.ok() ? latest_version(*detail) : std::nullopt;
  if (!latest) return call.refuse(no_such_project(written));
  const auto metadata = metadata_of(*detail, *latest);
  if (!metadata.ok()) return call.refuse(metadata.error());
  return page(call.request, project_json_api(*detail, *latest, **metadata, url_.of(call.request)),
              detail->serial);
}

http::Response PackageRoutes::release(routing::RequestContext& call) {
  const auto written = call.request.param("project");
  const auto asked = call.request.param("version");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return call.refuse(no_such_project(written));
  if (auto answer = elsewhere(call, *name, "../../", percent_encode(asked) + "/json"))
    return *std::move(answer);
  const auto detail = catalog_.offered_project(name->str());
  if (!detail.ok()) return call.refuse(no_such_project(written));
  const auto* const release = find_release(*detail, asked);
  if (release == nullptr) return call.refuse(no_such_release(written, asked));
  const auto metadata = metadata_of(*detail, release->version);
  if (!metadata.ok()) return call.refuse(metadata.error());
  return page(call.request, version_json(*detail, release->version, **metadata, url_.of(call.request)),
              detail->serial);
}

json::Object PackageRoutes::found(const ProjectSummary& summary) {
  json::Object entry{{"name", summary.name}, {"version", nullptr}, {"summary", nullptr}};
  const auto detail = catalog_.offered_project(summary.name);
  const auto latest = detail.ok() ? latest_version(*detail) : std::nullopt;
  if (!latest) return entry;
  entry["version"] = latest->str();
  const auto metadata = metadata_of(*detail, *latest);
  if (metadata.ok() && **metadata) entry["summary"] = to_json((*metadata)->value().summary);
  return entry;
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
    if (summary.name.find(wanted) != std::string::npos) list.emplace_back(found(summary));
    return list.size() < *limit;
  });
  if (!searched.ok()) return call.refuse(searched.error());
  return json_answer(200, json::Object{{"projects", std::move(list)}});
}

}  // namespace packhouse::api
