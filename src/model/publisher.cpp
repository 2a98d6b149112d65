#include "model/publisher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/control_characters.hpp"
#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::size_t max_value = 500;  // bytes of a condition
constexpr std::size_t max_claims = 10;

struct KindName {
  IssuerKind kind;
  std::string_view name;
  std::string_view issuer;
};
constexpr std::array<KindName, 4> kinds{
    {{IssuerKind::github, "github", "https://token.actions.githubusercontent.com"},
     {IssuerKind::gitlab, "gitlab", "https://gitlab.com"},
     {IssuerKind::forgejo, "forgejo", ""},
     {IssuerKind::other, "other", ""}}};

const KindName& entry(IssuerKind kind) noexcept {
  return *std::ranges::find(kinds, kind, &KindName::kind);
}

struct Field {
  std::string_view name;
  std::string PublisherConditions::* member;
};
constexpr std::array<Field, 7> fields{{{"repository", &PublisherConditions::repository},
                                       {"repository_id", &PublisherConditions::repository_id},
                                       {"owner_id", &PublisherConditions::owner_id},
                                       {"workflow", &PublisherConditions::workflow},
                                       {"ref", &PublisherConditions::ref},
                                       {"environment", &PublisherConditions::environment},
                                       {"event", &PublisherConditions::event}}};
constexpr std::string_view claims_key = "claims";

Result<std::map<std::string, std::string>> read_claims(const json::Object& object) {
  std::map<std::string, std::string> claims;
  for (const auto& [name, value] : object) {
    if (!value.is_string()) {
      return Error{Errc::invalid_input,
                   fmt::format("claims: expected a string at {}, found another type", quote(name))};
    }
    claims.emplace(name, value.get_string());
  }
  return claims;
}

Status check_value(std::string_view name, std::string_view value) {
  if (value.size() <= max_value && is_plain_line(value)) return success();
  return Error{Errc::invalid_input, fmt::format("{}: expected at most {} bytes of printable text, found {}",
                                                name, max_value, quote(value))};
}

Error lacks(std::string_view what, std::string_view hint) {
  return {Errc::invalid_input, fmt::format("expected {}, found nothing", what), std::string(hint)};
}

Status check_of_forge(const PublisherConditions& conditions) {
  const auto& workflow = conditions.workflow;
  if (conditions.repository.find('/') == std::string::npos)
    return lacks("a repository with its owner", "name it as OWNER/NAME");
  if (workflow.empty()) {
    return lacks("the path of a workflow",
                 "a publisher is one workflow: without it any workflow of the repository could publish");
  }
  if (workflow.find('@') == std::string::npos && !workflow.starts_with('/')) return success();
  return Error{
      Errc::invalid_input,
      fmt::format("expected a path below the repository's top as workflow, found {}", quote(workflow))};
}

}  // namespace

std::string_view to_string(IssuerKind kind) noexcept {
  return entry(kind).name;
}

Result<IssuerKind> parse_issuer_kind(std::string_view text) {
  const auto* const found = std::ranges::find(kinds, text, &KindName::name);
  if (found != kinds.end()) return found->kind;
  return Error{
      Errc::invalid_input,
      fmt::format("expected github, gitlab, forgejo or other as kind of an issuer, found {}", quote(text))};
}

std::string_view default_issuer(IssuerKind kind) noexcept {
  return entry(kind).issuer;
}

json::Object PublisherConditions::to_json() const {
  json::Object object;
  for (const auto& field : fields) {
    const auto& value = this->*field.member;
    if (!value.empty()) object[field.name] = value;
  }
  if (claims.empty()) return object;
  json::Object more;
  for (const auto& [name, value] : claims)
    more[name] = value;
  object[claims_key] = std::move(more);
  return object;
}

Result<PublisherConditions> PublisherConditions::from_json(const json::Object& object) {
  PublisherConditions conditions;
  for (const auto& [key, value] : object) {
    if (key == claims_key) {
      TRY(const auto claims, json::get_object(object, claims_key));
      TRY(conditions.claims, read_claims(claims));
      continue;
    }
    const auto* const field = std::ranges::find(fields, std::string_view(key), &Field::name);
    if (field == fields.end()) {
      return Error{Errc::invalid_input,
                   fmt::format("expected a condition of a publisher, found {}", quote(key))};
    }
    TRY(conditions.*(field->member), json::get_string(object, field->name));
  }
  return conditions;
}

Status check_publisher(const Publisher& publisher) {
  const auto& conditions = publisher.conditions;
  for (const auto& field : fields)
    CHECK_OK(check_value(field.name, conditions.*field.member));
  if (conditions.claims.size() > max_claims) {
    return Error{Errc::too_large,
                 fmt::format("expected at most {} claims, found {}", max_claims, conditions.claims.size())};
  }
  for (const auto& [name, value] : conditions.claims) {
    CHECK_OK(check_value("claim", name));
    CHECK_OK(check_value(name, value));
    if (name.empty() || value.empty()) return lacks("a claim with its value", "name it as NAME=VALUE");
  }
  if (publisher.kind != IssuerKind::other) return check_of_forge(conditions);
  if (!conditions.claims.contains("sub"))
    return lacks("the claim sub", "an issuer of another kind is known by the subject of its tokens");
  return success();
}

}  // namespace packhouse
