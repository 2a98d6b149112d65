#include "config/desk_identity.hpp"

#include <fmt/format.h>

#include <limits>

#include "base/text.hpp"

namespace packhouse::app {
namespace {

Result<std::string> one_of(std::string_view key, std::string_view file, const std::string& written,
                           const char* variable, const Environment& environment) {
  const auto ambient = environment(variable);
  if (!written.empty() && ambient && *ambient != written) {
    return Error{Errc::invalid_input,
                 fmt::format("expected one {}, found {} in {} and {} in ${}", key, quote(written), file,
                             quote(*ambient), variable),
                 "promote in the repository that built, or correct the configuration"};
  }
  return !written.empty() ? written : ambient.value_or("");
}

/// Of the configuration or the environment; nullopt where neither has it.
Result<std::optional<std::int64_t>> repository_number(std::int64_t written, std::string_view file,
                                                      const char* variable, const Environment& environment) {
  const std::string text = written == 0 ? "" : std::to_string(written);
  TRY(const auto id, one_of("repository-id", file, text, variable, environment));
  if (id.empty()) return std::optional<std::int64_t>{};
  const auto number = parse_decimal(id);
  if (!number || *number == 0 ||
      *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Error{Errc::invalid_input, fmt::format("expected a number in ${}, found {}", variable, quote(id))};
  }
  return std::optional{static_cast<std::int64_t>(*number)};
}

}  // namespace

Status DeskIdentity::settle(const forge::ForgeKind& forge, std::string_view file,
                            const Environment& environment, source::Policy& policy) const {
  auto name = ProjectName::parse(project);
  if (!name.ok()) return std::move(name).error().context(file);
  policy.project = *std::move(name);
  policy.workflow = workflow.empty() ? std::string(forge.usual_workflow) : workflow;
  CHECK_OK(forge.check_workflow(policy.workflow));
  TRY(const auto found, one_of("repository", file, repository, forge.repository_variable, environment));
  if (found.empty()) {
    return Error{Errc::invalid_input,
                 fmt::format("expected \"repository\" in {} or ${}", file, forge.repository_variable),
                 fmt::format("write repository = \"{}\"", forge.repository_example)};
  }
  TRY(policy.repository, forge.parse_repository(found));
  TRY(policy.repository_id,
      repository_number(repository_id, file, forge.repository_id_variable, environment));
  return success();
}

}  // namespace packhouse::app
