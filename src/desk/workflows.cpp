#include "desk/workflows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "desk/workflow_reader.hpp"
#include "desk/workflow_templates.hpp"
#include "forge/name_pattern.hpp"

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

/// `prefix`: "      - run: ", or what else begins a line of the forge's.
Result<std::string> yaml_steps(std::string_view prefix,
                               const std::vector<std::vector<std::string>>& commands) {
  std::string steps;
  for (const auto& words : commands) {
    for (const std::string& word : words) {
      CHECK_OK(check_word(word));
    }
    steps += fmt::format("{}{}\n", prefix, join(words, " "));
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

std::string common_beginning(std::string_view a, std::string_view b) {
  const auto differing = std::ranges::mismatch(a, b).in1;
  return {a.begin(), differing};
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

/// The same words, where a `*` stands in YAML's quotes.
Status check_pattern(std::string_view pattern) {
  return check_word(replace_all(std::string(pattern), "*", "x"));
}

Status check_words(const WorkflowSettings& settings) {
  for (const std::string& word : {settings.workflow, settings.branch, settings.environment,
                                  replace_all(settings.artifact, attempt, "1")}) {
    CHECK_OK(check_word(word));
  }
  for (const std::string& word :
       {settings.folder, settings.config, settings.packhouse_requirements, settings.runs_on}) {
    if (!word.empty()) CHECK_OK(check_word(word));
  }
  for (const std::string& branch : settings.other_branches) {
    CHECK_OK(check_pattern(branch));
  }
  if (!settings.wheels_artifact.empty()) CHECK_OK(check_pattern(settings.wheels_artifact));
  return check_job_name(settings.build_job);
}

constexpr std::string_view matrix_ending = " (*)";

/// Of the jobs "NAME (*)", NAME; empty where the pattern is another.
std::string matrix_job(const WorkflowSettings& settings) {
  const std::string& name = settings.wheels_job;
  return name.ends_with(matrix_ending) ? name.substr(0, name.size() - matrix_ending.size()) : std::string();
}

bool has_several(const WorkflowSettings& settings) {
  return settings.wheel_matrix && !settings.wheels_artifact.empty();
}

std::string with_attempt(std::string artifact) {
  return replace_all(std::move(artifact), attempt, "${{ github.run_attempt }}");
}

std::string below(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

bool takes(const WorkflowSettings& settings, std::string_view event) {
  return std::ranges::find(settings.events, event) != settings.events.end();
}

Conditions conditions_of(const WorkflowSettings& settings) {
  const bool several = has_several(settings);
  const bool has_runner = !settings.runs_on.empty();
  const bool pinned = !settings.packhouse_requirements.empty();
  return {{"github", settings.forge == "github"},
          {"gitea", settings.forge == "gitea"},
          {"trusted", settings.trusted_publishing},
          {"folder", !settings.folder.empty()},
          {"checks", settings.pinned_checks && !settings.checks.empty()},
          {"build-name", job_key(settings.build_job) != settings.build_job},
          {"attest", settings.attest},
          {"attest-wheels", settings.attest && several},
          {"history", settings.version_from_git},
          {"matrix", settings.wheel_matrix},
          {"several", several},
          {"collect", settings.wheel_matrix && !several},
          {"tags", !settings.tags.empty()},
          {"release", takes(settings, "release")},
          {"merge-group", takes(settings, "merge_group")},
          {"own-group", settings.forge == "github" && !pinned && !has_runner},
          {"own-runner", has_runner},
          {"publish-runner", has_runner || !pinned},
          {"pinned-build", settings.pinned_build},
          {"pinned-runtime", settings.pinned_runtime},
          {"pinned-packhouse", pinned}};
}

/// What the settings take, for the reader of the workflow.
std::string accepted(const WorkflowSettings& settings) {
  std::string text = "a push to " + settings.branch;
  for (const std::string& branch : settings.other_branches)
    text += " or " + branch;
  if (!settings.tags.empty()) text += " or of the tag of the version";
  return text;
}

/// "main", or "main, "release/*"" in YAML's quotes.
std::string branch_list(const WorkflowSettings& settings) {
  std::string list = settings.branch;
  for (const std::string& branch : settings.other_branches)
    list += fmt::format(", \"{}\"", branch);
  return list;
}

/// JSON's strings are YAML's. A key of YAML that needs no quotes has none.
std::string yaml_text(const std::string& text) {
  return json::canonical(json::Value(text));
}

Marks shared_marks(const WorkflowSettings& settings) {
  const std::string& project = settings.project;
  const bool pinned = !settings.packhouse_requirements.empty();
  return Marks{{"<BRANCHES>", branch_list(settings)},
               {"<BRANCH>", settings.branch},
               {"<TAGS>", replace_all(settings.tags, "{version}", "*")},
               {"<ACCEPTED>", accepted(settings)},
               {"<FOLDER>", settings.folder},
               {"<BUILD-NAME>", yaml_text(settings.build_job)},
               {"<BUILD-TOOLS>",
                settings.pinned_build ? "--require-hashes -r requirements/build.txt" : "build==1.6.1"},
               {"<ISOLATION>", settings.pinned_build ? " --no-isolation" : ""},
               {"<KIND>", settings.wheel_matrix   ? " --sdist"
                          : settings.wheels_alone ? " --wheel"
                                                  : ""},
               {"<PROJECT>", project},
               {"<PYTHON>", settings.python},
               {"<ENVIRONMENT>", settings.environment},
               {"<PACKHOUSE-TXT>", settings.packhouse_requirements},
               {"<RUNS-ON>", settings.runs_on.empty() ? "ubuntu-24.04" : settings.runs_on},
               {"<PUBLISH-RUNS-ON>", !settings.runs_on.empty() ? settings.runs_on
                                     : pinned                  ? "ubuntu-24.04"
                                                               : "private-index"},
               {"<CONFIG>", settings.config.empty() ? "" : " --config " + settings.config}};
}

/// The actions that hand files on. Gitea's host takes them from a fork, which GitHub's own refuse to run on.
void add_actions(Marks& marks, const WorkflowSettings& settings) {
  const bool gitea = settings.forge == "gitea";
  marks["<UPLOAD>"] = gitea ? "https://github.com/christopherHX/gitea-upload-artifact@v4"
                            : "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0";
  marks["<DOWNLOAD>"] = gitea ? "https://github.com/christopherHX/gitea-download-artifact@v4"
                              : "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1";
}

Result<Marks> action_marks(const WorkflowSettings& settings) {
  constexpr std::string_view prefix = "      - run: ";
  TRY(const auto checks, yaml_steps(prefix, settings.checks));
  TRY(const auto smoke, yaml_steps(prefix, settings.smoke));
  const std::string build = job_key(settings.build_job);
  const bool alone = settings.folder.empty();
  const std::string& project = settings.project;
  const bool several = has_several(settings);
  const std::string wheels = several             ? job_key(matrix_job(settings))
                             : build == "wheels" ? "each-wheel"
                                                 : "wheels";
  Marks marks = shared_marks(settings);
  marks.merge(Marks{
      {"<CI-NAME>", alone ? "CI" : "CI of " + project},
      {"<CI-GROUP>", alone ? "ci" : "ci-" + project},
      {"<PUBLISH-NAME>",
       alone ? "Publish to the private index" : fmt::format("Publish {} to the private index", project)},
      {"<PUBLISH-GROUP>", alone ? "publish-private" : "publish-private-" + project},
      {"<DIST>", below(settings.folder, "dist")},
      {"<ARTIFACT-FOLDER>", below(settings.folder, "artifact")},
      {"<ARTIFACT>", with_attempt(settings.artifact)},
      {"<BUILD-ID>", build},
      {"<CHECKS-JOB>", build == "checks" ? "other-checks" : "checks"},
      {"<INSTALL-JOB>", build == "install" ? "try-install" : "install"},
      {"<INSTALL-NEEDS>", several ? fmt::format("[{}, {}]", build, wheels) : build},
      {"<WHEELS-JOB>", wheels},
      {"<WHEELS-ARTIFACT>",
       several ? with_attempt(replace_all(settings.wheels_artifact, "*", "${{ matrix.runner }}"))
               : "wheels-${{ matrix.runner }}"},
      {"<WHEELS-DAYS>", several ? "30" : "1"},
      // What both names begin with.
      {"<ARTIFACT-PATTERN>", yaml_text(common_beginning(settings.artifact, settings.wheels_artifact) + "*")},
      // Of several wheels pip finds the one for the machine.
      {"<ARTIFACT-WHEEL>", settings.wheel_matrix ? "--find-links artifact " + project : "artifact/*.whl"},
      // By its path: the Python beside it is not the one that the smoke check is to find.
      {"<PACKHOUSE>",
       settings.packhouse_requirements.empty() ? "packhouse" : "\"$RUNNER_TEMP/packhouse/bin/packhouse\""},
      {"<CHECKS>", checks},
      {"<SMOKE>", smoke}});
  add_actions(marks, settings);
  return marks;
}

Result<Marks> gitlab_marks(const WorkflowSettings& settings) {
  constexpr std::string_view prefix = "    - ";
  TRY(const auto checks, yaml_steps(prefix, settings.checks));
  TRY(const auto smoke, yaml_steps(prefix, settings.smoke));
  const std::string suffix = settings.folder.empty() ? "" : "-" + settings.project;
  // Of several packages the pipeline promotes the one that is named.
  const std::string of_project =
      settings.folder.empty() ? "" : fmt::format(" && $PROJECT == \"{}\"", settings.project);
  Marks marks = shared_marks(settings);
  marks.merge(
      Marks{{"<SUFFIX>", suffix},
            {"<ARTIFACT>", replace_all(settings.artifact, attempt, "1")},
            {"<PROMOTE-RULE>", fmt::format("$CI_PIPELINE_SOURCE == \"web\" && $CI_COMMIT_BRANCH == \"{}\" && "
                                           "$BUILD_RUN_ID && $PACKAGE_VERSION{}",
                                           settings.branch, of_project)},
            {"<PACKHOUSE>", settings.packhouse_requirements.empty()
                                ? "packhouse"
                                : "\"$CI_PROJECT_DIR/.packhouse/bin/packhouse\""},
            {"<CHECKS>", checks},
            {"<SMOKE>", smoke}});
  return marks;
}

}  // namespace

std::string publishing_workflow(const WorkflowSettings& settings) {
  const std::string name = settings.folder.empty() ? "" : "-" + settings.project;
  if (settings.forge == "gitlab") return fmt::format(".gitlab/packhouse{}.yml", name);
  return fmt::format("{}/workflows/publish-private{}.yml", settings.forge == "gitea" ? ".gitea" : ".github",
                     name);
}

namespace {

Result<std::vector<WorkflowFile>> gitlab_files(const WorkflowSettings& settings) {
  TRY(const auto marks, gitlab_marks(settings));
  const std::string jobs = publishing_workflow(settings);
  return std::vector<WorkflowFile>{{settings.workflow, fmt::format("include:\n  - local: {}\n", jobs)},
                                   {jobs, fill(gitlab_jobs(), marks, conditions_of(settings))}};
}

Status check_matrix(const WorkflowSettings& settings) {
  if (!has_several(settings) || !matrix_job(settings).empty()) return success();
  return Error{Errc::invalid_input,
               "expected the jobs of the wheels as \"NAME (*)\", found " + quote(settings.wheels_job),
               "a forge shows the jobs of a matrix so: correct `build-job`, or write the workflow by hand"};
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

Result<std::vector<WorkflowFile>> make_workflows(const WorkflowSettings& settings) {
  CHECK_OK(check_words(settings));
  CHECK_OK(check_matrix(settings));
  const std::string publish = publishing_workflow(settings);
  if (settings.workflow == publish) {
    return Error{Errc::invalid_input,
                 fmt::format("expected a workflow that builds beside {}, found that one", publish),
                 "correct `workflow`: the one that builds holds no secret"};
  }
  if (settings.forge == "gitlab") return gitlab_files(settings);
  TRY(const auto marks, action_marks(settings));
  const auto conditions = conditions_of(settings);
  return std::vector<WorkflowFile>{{settings.workflow, fill(ci_workflow(), marks, conditions)},
                                   {publish, fill(publish_workflow(), marks, conditions)}};
}

namespace {

/// Whether a step of the workflow uploads that artifact from that job, of a matrix or not.
bool is_uploaded(const std::vector<WorkflowUpload>& uploads, const std::string& artifact,
                 const std::string& job) {
  // The attempt is the forge's to fill in, and so is what a matrix has for the `*`.
  const auto name = forge::NamePattern::parse(replace_all(artifact, attempt, "1"));
  return std::ranges::any_of(uploads, [&](const WorkflowUpload& upload) {
    const bool same_job = upload.job == job || upload.job + std::string(matrix_ending) == job;
    return same_job && name.ok() && name->matches(replace_all(upload.artifact, attempt, "1"));
  });
}

std::vector<std::string> missing_in_gitlab(const WorkflowSettings& settings, std::string_view workflow) {
  const std::string jobs = publishing_workflow(settings);
  if (workflow.find(jobs) != std::string_view::npos) return {};
  return {"include:", "  - local: " + jobs};
}

}  // namespace

Result<std::vector<std::string>> missing_lines(const WorkflowSettings& settings, std::string_view workflow) {
  if (settings.forge == "gitlab") return missing_in_gitlab(settings, workflow);
  TRY(const auto files, make_workflows(settings));
  const std::string& ours = files.front().text;
  std::vector<std::string> lines;
  const auto uploads = read_uploads(workflow);
  const bool unattested = settings.attest && workflow.find("actions/attest") == std::string_view::npos;
  if (unattested) {
    take_lines(ours, "id-token: write", "attestations: write", lines);
    take_lines(ours, "uses: actions/attest", "*.tar.gz", lines);
  }
  if (has_several(settings) && !is_uploaded(uploads, settings.wheels_artifact, settings.wheels_job))
    take_lines(ours, "- uses: " + std::string("actions/upload-artifact"), "retention-days", lines);
  if (!is_uploaded(uploads, settings.artifact, settings.build_job))
    take_lines(ours, "- id: upload", "retention-days", lines);
  return lines;
}

}  // namespace packhouse::desk
