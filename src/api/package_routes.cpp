#include "api/package_routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/json_exchange.hpp"
#include "api/package_json.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "http/conditional.hpp"
#include "index/core_metadata.hpp"
#include "pep/project_name.hpp"
#include "pep/version.hpp"

namespace packhouse::api {
namespace {

constexpr std::size_t max_found = 100;
constexpr std::size_t max_words = 200;  // bytes

/// An answer that a client may keep and ask for again.
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
  response.headers.add("Access-Control-Allow-Origin", "*");
  response.headers.add("Access-Control-Expose-Headers", "ETag, X-PyPI-Last-Serial");
  response.headers.add("X-Content-Type-Options", "nosniff");
  return response;
}

Error no_such_project(std::string_view name) {
  return {Errc::not_found, fmt::format("there is no project {}", quote(name))};
}

Error no_such_release(std::string_view project, std::string_view version) {
  return {Errc::not_found, fmt::format("there is no version {} of {}", quote(version), quote(project))};
}

/// To the page of the normal name, when the one that was asked for is another spelling; `up` leads to the
/// projects, and `rest` from there to the page.
std::optional<http::Response> elsewhere(const auth::Call& call, const ProjectName& name, std::string_view up,
                                        std::string_view rest) {
  if (name.str() == call.request.param("project")) return std::nullopt;
  auto location = fmt::format("{}{}/{}", up, name.str(), rest);
  auto response = http::Response::text(301, "the page is at " + location + "\n");
  response.headers.add("Location", std::move(location));
  return response;
}

/// As stored, for any spelling.
std::optional<Version> stored_version(const ProjectDetail& project, std::string_view text) {
  const auto wanted = Version::parse(text);
  if (!wanted.ok()) return std::nullopt;
  const auto release = std::ranges::find(project.releases, *wanted, &Release::version);
  return release == project.releases.end() ? std::nullopt : std::optional{release->version};
}

}  // namespace

/// Without the files that nobody may have.
Result<ProjectDetail> PackageRoutes::offered(std::string_view project) {
  TRY(auto detail, context_.store.catalog().project(context_.index, project));
  std::erase_if(detail.files, [](const File& file) { return file.withheld.has_value(); });
  return detail;
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

http::Response PackageRoutes::project(auth::Call& call) {
  const auto written = call.request.param("project");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return json_refusal(call, no_such_project(written));
  if (auto answer = elsewhere(call, *name, "../", "json")) return *std::move(answer);
  const auto detail = offered(name->str());
  const auto latest = detail.ok() ? latest_version(*detail) : std::nullopt;
  if (!latest) return json_refusal(call, no_such_project(written));
  const auto metadata = metadata_of(*detail, *latest);
  if (!metadata.ok()) return json_refusal(call, metadata.error());
  return page(call.request, project_json_api(*detail, *latest, **metadata, base(call.request)),
              detail->serial);
}

http::Response PackageRoutes::release(auth::Call& call) {
  const auto written = call.request.param("project");
  const auto asked = call.request.param("version");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return json_refusal(call, no_such_project(written));
  if (auto answer = elsewhere(call, *name, "../../", percent_encode(asked) + "/json"))
    return *std::move(answer);
  const auto detail = offered(name->str());
  if (!detail.ok()) return json_refusal(call, no_such_project(written));
  const auto version = stored_version(*detail, asked);
  if (!version) return json_refusal(call, no_such_release(written, asked));
  const auto metadata = metadata_of(*detail, *version);
  if (!metadata.ok()) return json_refusal(call, metadata.error());
  return page(call.request, version_json(*detail, *version, **metadata, base(call.request)), detail->serial);
}

json::Object PackageRoutes::found(const ProjectSummary& summary) {
  json::Object entry{{"name", summary.name}, {"version", nullptr}, {"summary", nullptr}};
  const auto detail = offered(summary.name);
  const auto latest = detail.ok() ? latest_version(*detail) : std::nullopt;
  if (!latest) return entry;
  entry["version"] = latest->str();
  const auto metadata = metadata_of(*detail, *latest);
  if (metadata.ok() && **metadata) entry["summary"] = to_json((*metadata)->value().summary);
  return entry;
}

http::Response PackageRoutes::search(auth::Call& call) {
  const auto words = call.request.query_value("q").value_or("");
  const auto limit = parse_decimal(call.request.query_value("limit").value_or("20"));
  if (!limit || *limit == 0 || *limit > max_found || words.size() > max_words || !is_utf8(words)) {
    return json_refusal(call, {Errc::invalid_input,
                               fmt::format("expected at most {} bytes of UTF-8 as q, and 1 to {} as limit",
                                           max_words, max_found)});
  }
  auto wanted = ascii_lower(trim(words));
  std::ranges::replace_if(wanted, [](char c) { return c == '_' || c == '.' || c == ' '; }, '-');
  json::Array list;
  const auto searched = each_project(context_.store.catalog(), context_.index,
                                     [&](const ProjectSummary& summary) -> Result<bool> {
                                       if (summary.name.find(wanted) != std::string::npos)
                                         list.emplace_back(found(summary));
                                       return list.size() < *limit;
                                     });
  if (!searched.ok()) return json_refusal(call, searched.error());
  auto response = json_answer(200, json::Object{{"projects", std::move(list)}});
  response.headers.add("Access-Control-Allow-Origin", "*");
  return response;
}

}  // namespace packhouse::api
