#include "oidc/publisher_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/reason.hpp"
#include "base/text.hpp"
#include "http/url.hpp"
#include "pep/project_name.hpp"

namespace packhouse::oidc {
namespace {

json::Array names_of(const Permissions& permissions) {
  json::Array names;
  for (const auto name : split(permissions.str(), ','))
    names.emplace_back(name);
  return names;
}

LedgerNote note_of(const Publisher& publisher, std::string action, std::string reason, const Actor& actor) {
  return {.actor = actor,
          .action = std::move(action),
          .subject = publisher.index + "/" + publisher.project,
          .reason = std::move(reason),
          .detail = {{"kind", to_string(publisher.kind)},
                     {"issuer", publisher.issuer},
                     {"conditions", publisher.conditions.to_json()},
                     {"permissions", publisher.permissions.str()},
                     {"reads_index", publisher.reads_index}}};
}

/// An issuer's tokens hold it as a text, so that its spelling counts.
Result<std::string> parse_issuer(IssuerKind kind, std::string_view text) {
  const auto issuer = text.empty() ? default_issuer(kind) : text;
  if (issuer.empty()) {
    return Error{Errc::invalid_input, "expected the address of the issuer, found nothing",
                 "name it with its scheme, as its tokens have it in the claim iss"};
  }
  TRY(const auto url, http::Url::parse(issuer));
  if (issuer.ends_with('/') || url.has_credentials() || !url.query.empty()) {
    return Error{Errc::invalid_input,
                 fmt::format("expected an issuer without a slash at its end, credentials and query, found {}",
                             quote(issuer))};
  }
  return std::string(issuer);
}

}  // namespace

Result<PublisherRequest> PublisherRequest::parse(std::string_view index, std::string_view project,
                                                 std::string_view kind, std::string_view issuer,
                                                 const PublisherConditions& conditions,
                                                 std::string_view permissions) {
  PublisherRequest request{.index = std::string(index), .conditions = conditions};
  TRY(const auto name, ProjectName::parse(project));
  request.project = name.str();
  TRY(request.kind, parse_issuer_kind(kind));
  TRY(request.issuer, parse_issuer(request.kind, issuer));
  TRY(request.permissions, Permissions::parse(permissions));
  if (request.permissions.names(Permission::admin)) {
    return Error{Errc::invalid_input, "expected permissions of releases, found admin",
                 "a run uploads, stages, publishes, yanks and reads; people administer"};
  }
  CHECK_OK(check_publisher({.kind = request.kind, .conditions = request.conditions}));
  return request;
}

Result<Publisher> PublisherService::add(const PublisherRequest& request, const Actor& actor) {
  const Publisher wanted{.index = request.index,
                         .project = request.project,
                         .kind = request.kind,
                         .issuer = request.issuer,
                         .conditions = request.conditions,
                         .permissions = request.permissions,
                         .reads_index = request.reads_index,
                         .created = clock_.now()};
  return publishers_.add(wanted, note_of(wanted, "publisher.add", {}, actor));
}

Result<std::vector<Publisher>> PublisherService::list(std::string_view index, std::string_view project) {
  TRY(auto all, publishers_.list());
  std::erase_if(all, [&](const Publisher& publisher) {
    return publisher.index != index || (!project.empty() && publisher.project != project);
  });
  return all;
}

Result<Publisher> PublisherService::remove(std::string_view index, std::string_view project, std::int64_t id,
                                           std::string_view reason, const Actor& actor) {
  TRY(auto why, parse_optional_reason(reason));
  TRY(const auto there, list(index, project));
  const auto found = std::ranges::find(there, id, &Publisher::id);
  if (found == there.end()) return Error{Errc::not_found, fmt::format("there is no publisher {}", id)};
  const auto note = note_of(*found, "publisher.remove", std::move(why), actor);
  CHECK_OK(publishers_.remove(index, id, note, clock_.now()));
  CHECK_OK(authenticator_.reload([this] { return access_.snapshot(); }));
  return *found;
}

json::Object to_json(const Publisher& publisher) {
  return {{"id", publisher.id},
          {"index", publisher.index},
          {"project", publisher.project},
          {"kind", to_string(publisher.kind)},
          {"issuer", publisher.issuer},
          {"conditions", publisher.conditions.to_json()},
          {"permissions", names_of(publisher.permissions)},
          {"reads_index", publisher.reads_index},
          {"created", to_iso8601(publisher.created)}};
}

}  // namespace packhouse::oidc
