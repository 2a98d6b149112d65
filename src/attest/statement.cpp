#include "attest/statement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "attest/protojson.hpp"

namespace packhouse::attest {
namespace {

constexpr std::string_view payload_type = "application/vnd.in-toto+json";
constexpr std::string_view statement_type = "https://in-toto.io/Statement/v1";
constexpr std::string_view slsa_v1 = "https://slsa.dev/provenance/v1";
constexpr std::size_t most_subjects = 1024;

Error found(std::string message) {
  return {Errc::invalid_input, std::move(message)};
}

Status same(std::string_view where, std::string_view expected, std::string_view value) {
  if (expected == value) return success();
  constexpr std::size_t limit = 512;  // URIs differ at their ends
  return found(fmt::format("{} at {}, not {}", quote(value, limit), where, quote(expected, limit)));
}

// "https://github.com/o/r/.github/workflows/ci.yml@refs/heads/main" in the three parts that SLSA has it in.
Status check_workflow(const json::Object& workflow, const Expectation& expected) {
  constexpr std::string_view where = "externalParameters.workflow";
  TRY(const auto ref, json::get_string(workflow, "ref", where));
  TRY(const auto repository, json::get_string(workflow, "repository", where));
  TRY(const auto path, json::get_string(workflow, "path", where));
  if (workflow.size() != 3) return found("more than ref, repository and path in externalParameters.workflow");
  return same(where, expected.build_config_uri, fmt::format("{}/{}@{}", repository, path, ref));
}

}  // namespace

Result<Statement> Statement::parse(const Bundle& bundle) {
  CHECK_OK(same("payloadType", payload_type, bundle.payload_type));
  TRY(const auto value, json::parse(bundle.payload, Bundle::max_bytes));
  TRY(auto object, protojson::as_object(value, "the statement"));
  TRY(const auto type, json::get_string(object, "_type", "statement"));
  CHECK_OK(same("_type", statement_type, type));
  TRY(auto predicate_type, json::get_string(object, "predicateType", "statement"));
  TRY(auto subjects, protojson::get_list(object, "subject", "statement", most_subjects));
  if (subjects.empty()) return found("a statement without subjects");
  return Statement{std::move(object), std::move(subjects), std::move(predicate_type)};
}

Result<std::string> find_subject(const Statement& statement, const Expectation& expected) {
  std::string other;
  for (const auto& element : statement.subjects) {
    TRY(const auto subject, protojson::as_object(element, "subject"));
    TRY(const auto digests, json::get_object(subject, "digest", "subject"));
    const auto* digest = digests.if_contains("sha256");
    const auto* name = subject.if_contains("name");
    auto quoted =
        name != nullptr && name->is_string() ? quote(std::string_view(name->get_string())) : "no name";
    if (digest == nullptr || !digest->is_string() || digest->get_string() != expected.subject.hex()) continue;
    if (expected.subject_name.empty() || quoted == quote(expected.subject_name)) return quoted;
    other = std::move(quoted);
  }
  if (!other.empty()) return found("the digest under the name " + other);
  return found(
      fmt::format("{} with other digests", statement.subjects.size() == 1
                                               ? "one subject"
                                               : fmt::format("{} subjects", statement.subjects.size())));
}

Status check_build(const Statement& statement, const Expectation& expected) {
  constexpr std::array<std::string_view, 2> build_types = {
      "https://actions.github.io/buildtypes/workflow/v1",
      "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"};
  if (statement.predicate_type != slsa_v1) return success();
  TRY(const auto predicate, json::get_object(statement.object, "predicate", "statement"));
  TRY(const auto definition, json::get_object(predicate, "buildDefinition", "predicate"));
  TRY(const auto build_type, json::get_string(definition, "buildType", "buildDefinition"));
  if (std::ranges::find(build_types, build_type) == build_types.end()) {
    return found("the build type " + quote(build_type));
  }
  TRY(const auto parameters, json::get_object(definition, "externalParameters", "buildDefinition"));
  for (const auto& parameter : parameters) {
    if (parameter.key() != "workflow") return found("the external parameter " + quote(parameter.key()));
  }
  TRY(const auto workflow, json::get_object(parameters, "workflow", "externalParameters"));
  CHECK_OK(check_workflow(workflow, expected));
  TRY(const auto details, json::get_object(predicate, "runDetails", "predicate"));
  TRY(const auto metadata, json::get_object(details, "metadata", "runDetails"));
  TRY(const auto invocation, json::get_string(metadata, "invocationId", "metadata"));
  return same("invocationId", expected.run_invocation_uri, invocation);
}

}  // namespace packhouse::attest
