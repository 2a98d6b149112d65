#include "client/release_state_client.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "base/text.hpp"

namespace packhouse::client {
namespace {

constexpr std::string_view upload_segment = "legacy/";

Error not_allowed(const AdminClient::Answer& answer) {
  return {Errc::unauthenticated,
          fmt::format("the index did not let us look after its releases: status {} {}", answer.status,
                      quote(answer.detail(), 300)),
          "PRIVATE_INDEX_USERNAME and PRIVATE_INDEX_PASSWORD need the permissions `read` and `yank` of this "
          "project"};
}

Error no_answer(const AdminClient::Answer& answer) {
  return {Errc::unavailable,
          fmt::format("expected the index to tell of its release, found status {}", answer.status),
          "run the same command again"};
}

std::optional<std::string> reason_in(const json::Object& release, std::string_view key) {
  auto text = json::get_string(release, key);
  return text.ok() ? std::optional(*std::move(text)) : std::nullopt;
}

/// nullopt for a document that is none of a Packhouse index.
std::optional<ReleaseStanding> read_standing(const std::optional<json::Object>& document,
                                             const Version& version) {
  if (!document) return std::nullopt;
  const auto releases = json::get_array(*document, "releases");
  if (!releases.ok() || !json::get_int(*document, "serial").ok()) return std::nullopt;
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

std::optional<AdminClient> ReleaseStateClient::admin() const {
  http::Url url = upload_.url;
  if (!url.path.ends_with("/" + std::string(upload_segment))) return std::nullopt;
  url.path.resize(url.path.size() - upload_segment.size());
  AdminClient::Auth auth;
  if (upload_.auth) auth = *upload_.auth;
  return AdminClient(client_, std::move(url), std::move(auth));
}

Result<std::optional<ReleaseStanding>> ReleaseStateClient::look(const ReleaseName& release) {
  using Found = std::optional<ReleaseStanding>;
  auto api = admin();
  if (!api) return Found{};
  TRY(const auto answer, api->send(http::Method::get, project_path(release.project.str())));
  if (answer.status == 200) return read_standing(answer.document, release.version);
  if (answer.status >= 500 || answer.status == 429) return no_answer(answer);
  if (!answer.problem) return Found{};
  if (answer.status == 404) return Found{ReleaseStanding{}};
  return not_allowed(answer);
}

Result<bool> ReleaseStateClient::may_withdraw(const ReleaseName& release) {
  auto api = admin();
  if (!api) return true;
  const auto& project = release.project.str();
  TRY(const auto read, api->send(http::Method::get, project_path(project)));
  if (!read.document && !read.problem) return true;
  const auto path = release_path(project, release.version.str(), to_string(Withdrawal::block));
  TRY(const auto changed, api->send(http::Method::post, path, {{"reason", ""}}));
  const auto refused = [](int status) { return status == 401 || status == 403; };
  return !refused(read.status) && !refused(changed.status);
}

Status ReleaseStateClient::post(std::string_view verb, const ReleaseName& release, std::string_view reason) {
  auto api = admin();
  if (!api) throw std::logic_error("an index without that API was asked to change a release");
  TRY(const auto answer,
      api->send(http::Method::post, release_path(release.project.str(), release.version.str(), verb),
                {{"reason", reason}}));
  if (answer.status == 200) return success();
  if (answer.status == 401 || answer.status == 403) return not_allowed(answer);
  if (answer.status >= 500 || answer.status == 429) return no_answer(answer);
  return Error{Errc::conflict,
               fmt::format("expected the index to {} {} {}, found status {} {}", verb, release.project.str(),
                           release.version.str(), answer.status, quote(answer.detail(), 300))};
}

Status ReleaseStateClient::withdraw(Withdrawal mode, const ReleaseName& release, std::string_view reason) {
  return post(to_string(mode), release, reason);
}

Status ReleaseStateClient::restore(Withdrawal mode, const ReleaseName& release, std::string_view reason) {
  return post("un" + std::string(to_string(mode)), release, reason);
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
