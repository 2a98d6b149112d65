#include "desk/workflows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "desk/workflow_reader.hpp"
#include "desk/workflow_templates.hpp"

namespace packhouse::desk {
namespace {

constexpr std::string_view attempt = "{attempt}";

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

/// A job's name may be any line of text; the forge fills in expressions.
Status check_job_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (!name.empty() && is_utf8(name) && std::ranges::none_of(name, is_control) &&
      name.find("${{") == std::string_view::npos)
    return success();
  return Error{
      Errc::invalid_input,
      fmt::format("expected a job's name in one line and without expressions, found {}", quote(name)),
      "correct `build-job`"};
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

/// The key of a job: a letter or _, then letters, digits, _ and -.
std::string job_key(std::string_view name) {
  std::string key;
  for (const char c : name)
    key += is_ascii_alnum(c) || c == '_' || c == '-' ? c : '-';
  const bool begins_well = is_ascii_alpha(key.front()) || key.front() == '_';
  return begins_well ? key : "_" + key;
}

using Marks = std::map<std::string_view, std::string>;
using Conditions = std::map<std::string_view, bool>;

/// The parts of a template between "#if NAME" or "#if !NAME" and "#end" that hold, with the marks filled in.
std::string fill(std::string_view text, const Marks& marks, const Conditions& conditions) {
  constexpr std::string_view begin = "#if ";
  std::string filled;
  bool holds = true;
  for (const std::string_view line : split(text, '\n')) {
    if (line == "#end") {
      holds = true;
    } else if (line.starts_with(begin)) {
      const std::string_view name = line.substr(begin.size());
      const bool negated = name.starts_with('!');
      holds = conditions.at(negated ? name.substr(1) : name) != negated;
    } else if (holds) {
      filled += line;
      filled += '\n';
    }
  }
  filled.pop_back();  // no line feed follows the last line
  for (const auto& [mark, value] : marks)
    filled = replace_all(std::move(filled), mark, value);
  return filled;
}

Status check_words(const WorkflowSettings& settings) {
  for (const std::string& word :
       {settings.workflow, settings.branch, replace_all(settings.artifact, attempt, "1")}) {
    CHECK_OK(check_word(word));
  }
  for (const std::string& word : {settings.folder, settings.config, settings.packhouse_requirements}) {
    if (!word.empty()) CHECK_OK(check_word(word));
  }
  return check_job_name(settings.build_job);
}

std::string artifact_of(const WorkflowSettings& settings) {
  return replace_all(settings.artifact, attempt, "${{ github.run_attempt }}");
}

std::string below(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

Conditions conditions_of(const WorkflowSettings& settings) {
  return {{"folder", !settings.folder.empty()},
          {"checks", settings.pinned_checks && !settings.checks.empty()},
          {"build-name", job_key(settings.build_job) != settings.build_job},
          {"attest", settings.attest},
          {"history", settings.version_from_git},
          {"matrix", settings.wheel_matrix},
          {"pinned-build", settings.pinned_build},
          {"pinned-runtime", settings.pinned_runtime},
          {"pinned-packhouse", !settings.packhouse_requirements.empty()}};
}

Result<Marks> marks_of(const WorkflowSettings& settings) {
  TRY(const auto checks, yaml_steps(settings.checks));
  TRY(const auto smoke, yaml_steps(settings.smoke));
  const std::string build = job_key(settings.build_job);
  const bool alone = settings.folder.empty();
  const std::string& project = settings.project;
  const bool matrix = settings.wheel_matrix;
  return Marks{
      {"<CI-NAME>", alone ? "CI" : "CI of " + project},
      {"<CI-GROUP>", alone ? "ci" : "ci-" + project},
      {"<PUBLISH-NAME>",
       alone ? "Publish to the private index" : fmt::format("Publish {} to the private index", project)},
      {"<PUBLISH-GROUP>", alone ? "publish-private" : "publish-private-" + project},
      {"<BRANCH>", settings.branch},
      {"<FOLDER>", settings.folder},
      {"<DIST>", below(settings.folder, "dist")},
      {"<ARTIFACT-FOLDER>", below(settings.folder, "artifact")},
      {"<ARTIFACT>", artifact_of(settings)},
      {"<BUILD-ID>", build},
      {"<BUILD-NAME>", json::canonical(json::Value(settings.build_job))},  // JSON's strings are YAML's
      {"<CHECKS-JOB>", build == "checks" ? "other-checks" : "checks"},
      {"<INSTALL-JOB>", build == "install" ? "try-install" : "install"},
      {"<WHEELS-JOB>", build == "wheels" ? "each-wheel" : "wheels"},
      {"<BUILD-TOOLS>",
       settings.pinned_build ? "--require-hashes -r requirements/build.txt" : "build==1.6.1"},
      {"<ISOLATION>", settings.pinned_build ? " --no-isolation" : ""},
      {"<SDIST-ALONE>", matrix ? " --sdist" : ""},
      // Of several wheels pip finds the one for the machine.
      {"<ARTIFACT-WHEEL>", matrix ? "--find-links artifact " + project : "artifact/*.whl"},
      {"<PROJECT>", project},
      {"<PYTHON>", settings.python},
      {"<PACKHOUSE-TXT>", settings.packhouse_requirements},
      // By its path: the Python beside it is not the one that the smoke check is to find.
      {"<PACKHOUSE>",
       settings.packhouse_requirements.empty() ? "packhouse" : "\"$RUNNER_TEMP/packhouse/bin/packhouse\""},
      {"<CONFIG>", settings.config.empty() ? "" : " --config " + settings.config},
      {"<CHECKS>", checks},
      {"<SMOKE>", smoke}};
}

std::string publish_path(const WorkflowSettings& settings) {
  return settings.folder.empty() ? ".github/workflows/publish-private.yml"
                                 : fmt::format(".github/workflows/publish-private-{}.yml", settings.project);
}

/// From the line that has `first` to the one that has `last`, or the first one alone.
void take_lines(std::string_view text, std::string_view first, std::string_view last,
                std::vector<std::string>& lines) {
  bool taking = false;
  for (const std::string_view line : split(text, '\n')) {
    taking = taking || line.find(first) != std::string_view::npos;
    if (!taking) continue;
    lines.emplace_back(line);
    if (line.find(last) != std::string_view::npos) return;
  }
}

}  // namespace

Result<std::vector<WorkflowFile>> github_workflows(const WorkflowSettings& settings) {
  CHECK_OK(check_words(settings));
  const std::string publish = publish_path(settings);
  if (settings.workflow == publish) {
    return Error{Errc::invalid_input,
                 fmt::format("expected a workflow that builds beside {}, found that one", publish),
                 "correct `workflow`: the one that builds holds no secret"};
  }
  TRY(const auto marks, marks_of(settings));
  const auto conditions = conditions_of(settings);
  return std::vector<WorkflowFile>{{settings.workflow, fill(ci_workflow(), marks, conditions)},
                                   {publish, fill(publish_workflow(), marks, conditions)}};
}

Result<std::vector<std::string>> missing_lines(const WorkflowSettings& settings, std::string_view workflow) {
  TRY(const auto files, github_workflows(settings));
  const std::string& ours = files.front().text;
  std::vector<std::string> lines;
  const auto uploads = read_uploads(workflow);
  const bool uploaded = std::ranges::any_of(uploads, [&](const WorkflowUpload& upload) {
    return upload.job == settings.build_job && upload.artifact == settings.artifact;
  });
  const bool unattested = settings.attest && workflow.find("actions/attest") == std::string_view::npos;
  if (unattested) {
    take_lines(ours, "id-token: write", "attestations: write", lines);
    take_lines(ours, "uses: actions/attest", "*.tar.gz", lines);
  }
  if (!uploaded) take_lines(ours, "- id: upload", "retention-days", lines);
  return lines;
}

}  // namespace packhouse::desk
