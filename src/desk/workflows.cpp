#include "desk/workflows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "desk/workflow_templates.hpp"

namespace packhouse::desk {
namespace {

// Neither YAML nor a shell gives any of these a meaning within a word.
bool is_plain(char c) {
  return is_ascii_alnum(c) || std::string_view("_./=,+@%-").find(c) != std::string_view::npos;
}

Status check_word(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return success();
  return Error{
      Errc::invalid_input,
      fmt::format("expected a word of letters, digits and _./=,+@%- for a workflow, found {}", quote(word)),
      "put the command into a script of the project, and name that"};
}

Result<std::string> yaml_steps(const std::vector<std::vector<std::string>>& commands) {
  std::string steps;
  for (const auto& words : commands) {
    for (const std::string& word : words) {
      CHECK_OK(check_word(word));
    }
    steps += fmt::format("      - run: {}\n", join(words, " "));
  }
  return steps;
}

}  // namespace

Result<std::vector<WorkflowFile>> github_workflows(const WorkflowSettings& settings) {
  constexpr std::string_view attempt = "{attempt}";
  for (const std::string& word : {settings.workflow, settings.branch,
                                  replace_all(settings.artifact, attempt, "1"), settings.build_job}) {
    CHECK_OK(check_word(word));
  }
  const std::string artifact = replace_all(settings.artifact, attempt, "${{ github.run_attempt }}");
  TRY(const auto checks, yaml_steps(settings.checks));
  TRY(const auto smoke, yaml_steps(settings.smoke));
  const auto fill = [&](std::string_view text) {
    std::string filled(text);
    for (const auto& [mark, value] :
         {std::pair<std::string_view, std::string_view>{"<BRANCH>", settings.branch},
          {"<ARTIFACT>", artifact},
          {"<BUILD-JOB>", settings.build_job},
          {"<CHECKS>", checks},
          {"<SMOKE>", smoke}})
      filled = replace_all(std::move(filled), mark, value);
    return filled;
  };
  return std::vector<WorkflowFile>{{settings.workflow, fill(ci_workflow())},
                                   {".github/workflows/publish-private.yml", fill(publish_workflow())}};
}

}  // namespace packhouse::desk
