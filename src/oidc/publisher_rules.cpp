#include "oidc/publisher_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"

namespace packhouse::oidc {
namespace {

/// The names that a kind of issuer gives to what is asked here. Empty: it has no such claim.
///
/// GitHub: docs.github.com, "OpenID Connect reference". GitLab: docs.gitlab.com, "ID token authentication".
/// Forgejo: its "Security OpenID Connect", which has no environments and no `job_workflow_ref`.
struct Dialect {
  IssuerKind kind;
  std::string_view repository;
  std::string_view repository_id;
  std::string_view owner_id;
  std::string_view workflow;
  std::string_view ref;  ///< "refs/heads/main"
  std::string_view environment;
  std::string_view event;
  std::string_view run;
  std::string_view attempt;
};
constexpr std::array<Dialect, 4> dialects{{{.kind = IssuerKind::github,
                                            .repository = "repository",
                                            .repository_id = "repository_id",
                                            .owner_id = "repository_owner_id",
                                            .workflow = "job_workflow_ref",
                                            .ref = "ref",
                                            .environment = "environment",
                                            .event = "event_name",
                                            .run = "run_id",
                                            .attempt = "run_attempt"},
                                           {.kind = IssuerKind::gitlab,
                                            .repository = "project_path",
                                            .repository_id = "project_id",
                                            .owner_id = "namespace_id",
                                            .workflow = "ci_config_ref_uri",
                                            .ref = "ref_path",
                                            .environment = "environment",
                                            .event = "pipeline_source",
                                            .run = "pipeline_id",
                                            .attempt = ""},
                                           {.kind = IssuerKind::forgejo,
                                            .repository = "repository",
                                            .repository_id = "repository_id",
                                            .owner_id = "repository_owner_id",
                                            .workflow = "workflow_ref",
                                            .ref = "ref",
                                            .environment = "",
                                            .event = "event_name",
                                            .run = "run_id",
                                            .attempt = "run_attempt"},
                                           {.kind = IssuerKind::other,
                                            .repository = "",
                                            .repository_id = "",
                                            .owner_id = "",
                                            .workflow = "",
                                            .ref = "",
                                            .environment = "",
                                            .event = "",
                                            .run = "",
                                            .attempt = ""}}};

/// Code of whoever opens a pull request may run in jobs of these events.
constexpr std::array<std::string_view, 4> events_of_others{
    "pull_request", "pull_request_target", "merge_request_event", "external_pull_request_event"};

const Dialect& dialect_of(IssuerKind kind) {
  return *std::ranges::find(dialects, kind, &Dialect::kind);
}

/// Empty where it is absent, or of another type than text and number. GitLab has numbers as text.
std::string text_at(const json::Object& claims, std::string_view name) {
  const auto* const value = name.empty() ? nullptr : claims.if_contains(name);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_int64()) return fmt::to_string(value->get_int64());
  return {};
}

Error refused(std::string_view claim, std::string_view expected, std::string_view found) {
  return {Errc::refused, fmt::format("expected {} at {}, found {}", quote(expected), claim,
                                     found.empty() ? "nothing" : quote(found))};
}

Status check_equal(std::string_view claim, std::string_view expected, std::string_view found) {
  return expected.empty() || expected == found ? success() : Status{refused(claim, expected, found)};
}

/// Forges compare the names of repositories without regard to case.
Status check_repository(std::string_view claim, std::string_view expected, std::string_view found) {
  return ascii_lower(expected) == ascii_lower(found) ? success() : Status{refused(claim, expected, found)};
}

/// In front of the workflow's path in its claim. A reusable workflow of another repository stands below that
/// one's name, so that it is refused.
std::string workflow_root(const Publisher& publisher, const Run& run) {
  if (publisher.kind != IssuerKind::gitlab) return run.repository + "/";
  const auto host = publisher.issuer.find("://");
  return publisher.issuer.substr(host == std::string::npos ? 0 : host + 3) + "/" + run.repository + "//";
}

/// The claim is the path at a ref. For a run without a ref, such as that of a deployment, it is the commit.
Status check_workflow(const Publisher& publisher, const Run& run) {
  const auto claim = dialect_of(publisher.kind).workflow;
  const auto path = workflow_root(publisher, run) + publisher.conditions.workflow + "@";
  if (run.ref.empty() && run.commit.empty()) return refused(dialect_of(publisher.kind).ref, "a ref", "");
  for (const auto& at : {run.ref, run.commit})
    if (!at.empty() && run.workflow == path + at) return success();
  return refused(claim, path + (run.ref.empty() ? run.commit : run.ref), run.workflow);
}

/// GitLab's subject begins with the project; the rest describes the job (RFC 7519 leaves its form to the
/// issuer).
Status check_subject(const Run& run) {
  const auto expected = "project_path:" + run.repository + ":";
  return ascii_lower(run.subject).starts_with(ascii_lower(expected))
             ? success()
             : Status{refused("sub", expected, run.subject)};
}

Status check_event(const Publisher& publisher, const Run& run) {
  const auto claim = dialect_of(publisher.kind).event;
  if (std::ranges::find(events_of_others, run.event) != events_of_others.end()) {
    return Error{
        Errc::refused,
        fmt::format("a run of the event {} may run code of others and publishes nothing", quote(run.event))};
  }
  return check_equal(claim, publisher.conditions.event, run.event);
}

Status check_of_forge(const Publisher& publisher, const Run& run) {
  const auto& names = dialect_of(publisher.kind);
  const auto& wanted = publisher.conditions;
  CHECK_OK(check_repository(names.repository, wanted.repository, run.repository));
  CHECK_OK(check_equal(names.repository_id, wanted.repository_id, run.repository_id));
  CHECK_OK(check_equal(names.owner_id, wanted.owner_id, run.owner_id));
  CHECK_OK(check_workflow(publisher, run));
  if (publisher.kind == IssuerKind::gitlab) CHECK_OK(check_subject(run));
  CHECK_OK(check_equal(names.ref, wanted.ref, run.ref));
  CHECK_OK(check_equal(names.environment.empty() ? "environment" : names.environment, wanted.environment,
                       run.environment));
  return check_event(publisher, run);
}

}  // namespace

json::Object Run::to_json() const {
  json::Object object;
  const auto put = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) object[name] = value;
  };
  put("repository", repository);
  put("repository_id", repository_id);
  put("owner_id", owner_id);
  put("workflow", workflow);
  put("ref", ref);
  put("commit", commit);
  put("environment", environment);
  put("event", event);
  put("run", id);
  put("attempt", attempt);
  put("subject", subject);
  return object;
}

std::string Run::str() const {
  if (id.empty()) return subject;
  return fmt::format("run {}{} of {}", id, attempt.empty() ? "" : ", attempt " + attempt + ",", repository);
}

Run run_of(IssuerKind kind, const json::Object& claims) {
  const auto& names = dialect_of(kind);
  return {.repository = text_at(claims, names.repository),
          .repository_id = text_at(claims, names.repository_id),
          .owner_id = text_at(claims, names.owner_id),
          .workflow = text_at(claims, names.workflow),
          .ref = text_at(claims, names.ref),
          .commit = text_at(claims, kind == IssuerKind::other ? "" : "sha"),
          .environment = text_at(claims, names.environment),
          .event = text_at(claims, names.event),
          .id = text_at(claims, names.run),
          .attempt = text_at(claims, names.attempt),
          .subject = text_at(claims, "sub")};
}

Status check_conditions(const Publisher& publisher, const json::Object& claims) {
  if (publisher.kind != IssuerKind::other)
    CHECK_OK(check_of_forge(publisher, run_of(publisher.kind, claims)));
  for (const auto& [name, value] : publisher.conditions.claims)
    CHECK_OK(check_equal(name, value, text_at(claims, name)));
  return success();
}

}  // namespace packhouse::oidc
