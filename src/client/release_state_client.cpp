#include "client/release_state_client.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "client/index_client.hpp"

namespace packhouse::client {
namespace {

constexpr std::string_view upload_segment = "legacy/";
constexpr std::uint64_t max_answer = 16U << 20U;
// Refusals in the form that tells a Packhouse index from any other server.
constexpr std::string_view answers = "application/problem+json, application/json;q=0.9";

/// A refusal in the words of RFC 9457, which no foreign index gives for such an address.
bool is_problem(const http::ClientResponse& response) {
  return response.headers.get("content-type").value_or("").starts_with("application/problem+json");
}

std::string detail_of(const http::ClientResponse& response) {
  const auto document = json::parse(response.body, max_answer);
  if (!document.ok() || !document->is_object()) return {};
  return json::get_string(document->get_object(), "detail").value_or("");
}

Error not_allowed(const http::ClientResponse& response) {
  return {Errc::unauthenticated,
          fmt::format("the index did not let us look after its releases: status {} {}", response.status,
                      quote(detail_of(response), 300)),
          "PRIVATE_INDEX_USERNAME and PRIVATE_INDEX_PASSWORD need the permissions `read` and `yank` of this "
          "project"};
}

Error no_answer(const http::ClientResponse& response) {
  return {Errc::unavailable,
          fmt::format("expected the index to tell of its release, found status {}", response.status),
          "run the same command again"};
}

std::optional<std::string> reason_in(const json::Object& release, std::string_view key) {
  auto text = json::get_string(release, key);
  return text.ok() ? std::optional(*std::move(text)) : std::nullopt;
}

/// nullopt for a document that is none of a Packhouse index.
std::optional<ReleaseStanding> read_standing(std::string_view body, const Version& version) {
  const auto document = json::parse(body, max_answer);
  if (!document.ok() || !document->is_object()) return std::nullopt;
  const auto releases = json::get_array(document->get_object(), "releases");
  if (!releases.ok() || !json::get_int(document->get_object(), "serial").ok()) return std::nullopt;
  for (const json::Value& item : *releases) {
    const auto* release = item.if_object();
    if (release == nullptr) return std::nullopt;
    const auto named = Version::parse(json::get_string(*release, "version").value_or(""));
    if (!named.ok() || *named != version) continue;
    return ReleaseStanding{true, reason_in(*release, "yanked"), reason_in(*release, "blocked")};
  }
  return ReleaseStanding{};
}

json::Value or_null(const std::optional<std::string>& text) {
  return text ? json::Value(*text) : json::Value();
}

}  // namespace

std::string_view to_string(Withdrawal mode) noexcept {
  return mode == Withdrawal::block ? "block" : "yank";
}

std::string_view state_after(Withdrawal mode) noexcept {
  return mode == Withdrawal::block ? "blocked" : "yanked";
}

Evidence ReleaseStanding::evidence() const {
  return Evidence("index-release",
                  json::Object{{"there", there}, {"yanked", or_null(yanked)}, {"blocked", or_null(blocked)}});
}

std::optional<http::Url> ReleaseStateClient::project_url(const ProjectName& project) const {
  http::Url url = upload_.url;
  if (!url.path.ends_with("/" + std::string(upload_segment))) return std::nullopt;
  url.path.resize(url.path.size() - upload_segment.size());
  url.path += "api/v1/projects/" + project.str();
  url.query.clear();
  return url;
}

Result<std::optional<ReleaseStanding>> ReleaseStateClient::look(const ProjectName& project,
                                                                const Version& version) {
  using Answer = std::optional<ReleaseStanding>;
  const auto url = project_url(project);
  if (!url) return Answer{};
  http::ClientRequest request;
  request.url = url->str();
  request.headers.add("Accept", std::string(answers));
  if (upload_.auth) request.auth = *upload_.auth;
  request.max_body = max_answer;
  TRY(const auto response, client_.send(request));
  if (response.status == 200) return read_standing(response.body, version);
  if (response.status >= 500 || response.status == 429) return no_answer(response);
  if (!is_problem(response)) return Answer{};
  if (response.status == 404) return Answer{ReleaseStanding{}};
  return not_allowed(response);
}

Status ReleaseStateClient::post(std::string_view verb, const ProjectName& project, const Version& version,
                                std::string_view reason) {
  auto url = project_url(project);
  if (!url) return Error{Errc::internal, "an index without that API was asked to change a release"};
  url->path += fmt::format("/releases/{}/{}", percent_encode(version.str()), verb);
  http::ClientRequest request;
  request.method = http::Method::post;
  request.url = url->str();
  request.headers.add("Accept", std::string(answers));
  request.headers.add("Content-Type", "application/json");
  if (upload_.auth) request.auth = *upload_.auth;
  request.body = json::dump(json::Object{{"reason", reason}});
  request.max_body = max_answer;
  TRY(const auto response, client_.send(request));
  if (response.status == 200) return success();
  if (response.status == 401 || response.status == 403) return not_allowed(response);
  if (response.status >= 500 || response.status == 429) return no_answer(response);
  return Error{Errc::conflict,
               fmt::format("expected the index to {} {} {}, found status {} {}", verb, project.str(),
                           version.str(), response.status, quote(detail_of(response), 300))};
}

Status ReleaseStateClient::withdraw(Withdrawal mode, const ProjectName& project, const Version& version,
                                    std::string_view reason) {
  return post(to_string(mode), project, version, reason);
}

Status ReleaseStateClient::restore(Withdrawal mode, const ProjectName& project, const Version& version,
                                   std::string_view reason) {
  return post("un" + std::string(to_string(mode)), project, version, reason);
}

Check decide_not_withdrawn(const ReleaseStanding& standing) {
  const auto& reason = standing.blocked ? standing.blocked : standing.yanked;
  CheckBuilder exam;
  exam.on({"index-release"})
      .require(
          "index.not-withdrawn", !reason, "a version that the index neither blocks nor has yanked",
          reason ? fmt::format("{}: {}", standing.blocked ? "blocked" : "yanked", quote(*reason, 300))
                 : "neither",
          "bump the version and release the fix. If the cause was not in the package, an owner may say so "
          "with `packhouse unblock VERSION --reason WHY`",
          RefusalKind::conflict);
  return exam.take().front();
}

}  // namespace packhouse::client
