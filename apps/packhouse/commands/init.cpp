#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <memory>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "desk/workflows.hpp"
#include "sys/write_file.hpp"
#include "wiring/package_setup.hpp"

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_file = 1U << 20U;

struct InitOptions {
  DeskOptions desk;
  SetupChoices choices;
  std::string index;
  std::string environment = "private-index";
  std::string runs_on;
  std::string python;
  bool trusted_publishing = false;
  bool publish_only = false;
  bool yes = false;
};

/// The package's settings, and the pyproject.toml that is to hold them where it did not.
struct Prepared {
  PackagePlace place;
  ProjectFacts facts;
  std::string settings_file;  ///< from the top
  DeskConfiguration configuration;
  std::optional<std::string> pyproject;
};

Result<ProjectFacts> read_facts(const std::string& pyproject, const Error* missing) {
  if (missing != nullptr && missing->code == Errc::not_found) return ProjectFacts{};
  if (missing != nullptr) return *missing;
  return read_project_facts(pyproject);
}

Result<Prepared> prepare(CommandContext& context, const InitOptions& options) {
  const auto place = find_package(context);
  const auto pyproject = context.disk().read(place.folder / "pyproject.toml", max_file);
  TRY(auto facts, read_facts(pyproject.value_or(""), pyproject.ok() ? nullptr : &pyproject.error()));
  const bool has_own = context.disk().size(place.folder / "packhouse.toml").ok();
  const bool is_named = !options.desk.config.empty();
  const bool has_settings = is_named || has_own || facts.has_settings || !pyproject.ok();
  if (has_settings && options.choices.any()) {
    return Error{Errc::invalid_input, "expected no option for a setting: the package has its settings",
                 "correct them in their file, and run `packhouse init` without these options"};
  }
  const Path file = is_named ? std::filesystem::absolute(options.desk.config).lexically_normal()
                             : place.folder / (has_own ? "packhouse.toml" : "pyproject.toml");
  std::string settings_file = file.lexically_relative(place.top).string();
  if (settings_file.starts_with("..")) {
    return Error{Errc::invalid_input, "expected settings in the repository, found " + quote(file.string()),
                 "the workflow that promotes reads them from a checkout"};
  }
  if (has_settings) {
    TRY(auto configuration, context.read_configuration());
    return Prepared{place, std::move(facts), std::move(settings_file), std::move(configuration),
                    std::nullopt};
  }
  SetupChoices choices = options.choices;
  choices.ask = !options.yes;
  TRY(auto setup, set_up_package(context, place, *pyproject, facts, choices));
  return Prepared{place, std::move(facts), std::move(settings_file), std::move(setup.configuration),
                  std::move(setup.text)};
}

/// The checklist without its build: the workflow builds in a separate job.
std::vector<std::vector<std::string>> checks_of(const DeskConfiguration& configuration) {
  auto commands = configuration.checklist.commands.empty()
                      ? source::default_checklist(configuration.policy.project)
                      : configuration.checklist.commands;
  std::erase_if(commands, [](const std::vector<std::string>& words) {
    return words.size() >= 3 && words[0] == "python" && words[1] == "-m" && words[2] == "build";
  });
  return commands;
}

std::vector<std::vector<std::string>> words_of(const smoke::SmokePolicy& smoke) {
  std::vector<std::vector<std::string>> all;
  for (const auto& command : smoke.commands)
    all.push_back(command.words);
  return all;
}

/// A matrix has its wheels in artifacts of their own, or a job collects them into the one of the first rule.
Status take_artifacts(const source::Policy& policy, desk::WorkflowSettings& settings) {
  const auto& rules = policy.artifacts;
  settings.artifact = rules.front().name.str();
  settings.build_job = rules.front().job.str();
  if (rules.size() == 1) return success();
  const bool is_matrix =
      rules.size() == 2 && rules.front().name.has_star() == false && rules[1].name.has_star();
  if (is_matrix && settings.wheel_matrix) {
    settings.wheels_artifact = rules[1].name.str();
    settings.wheels_job = rules[1].job.str();
    return success();
  }
  if (settings.publish_only) return success();
  return Error{Errc::invalid_input,
               "expected one artifact, or of a project that maturin builds an sdist and a pattern of wheels, "
               "found others",
               "write the workflow that builds by hand, and give --publish-only"};
}

Result<desk::WorkflowSettings> workflow_settings(CommandContext& context, const Prepared& package,
                                                 const InitOptions& options) {
  const auto& policy = package.configuration.policy;
  const auto has = [&](const Path& folder, std::string_view name) {
    return context.disk().size(folder / "requirements" / name).ok();
  };
  const Path& folder = package.place.folder;
  const bool found_by_itself =
      package.settings_file == "pyproject.toml" || package.settings_file == "packhouse.toml";
  const bool by_maturin = package.facts.build_backend == "maturin";  // its version is in Cargo.toml
  const std::string& python = options.python;
  desk::WorkflowSettings settings{
      .forge = std::string(package.configuration.forge->name),
      .workflow = policy.workflow,
      .branch = policy.branch,
      .artifact = {},
      .build_job = {},
      .tags = policy.tags,
      .events = policy.events,
      .checks = checks_of(package.configuration),
      .smoke = words_of(package.configuration.smoke),
      .project = policy.project.str(),
      .folder = package.place.below.string(),
      .config = found_by_itself ? "" : package.settings_file,
      .python = !python.empty()
                    ? python
                    : python_for(package.facts.requires_python, package.configuration.smoke.pythons),
      .version_from_git = package.facts.dynamic_version && !by_maturin,
      // GitLab's runners of other systems have images of their own.
      .wheel_matrix = by_maturin && package.configuration.forge->name != "gitlab",
      .wheels_alone = package.configuration.files.severity("artifact.has-sdist") == dist::Severity::off,
      .attest = policy.attestations.mode == source::AttestationPolicy::Mode::require,
      .pinned_checks = has(folder, "checks.txt"),
      .pinned_build = has(folder, "build.txt"),
      .pinned_runtime = has(folder, "runtime.txt"),
      .packhouse_requirements = has(package.place.top, "packhouse.txt") ? "requirements/packhouse.txt" : "",
      .environment = options.environment,
      .runs_on = options.runs_on,
      .trusted_publishing = options.trusted_publishing,
      .publish_only = options.publish_only};
  for (const forge::NamePattern& branch : policy.other_branches)
    settings.other_branches.push_back(branch.str());
  CHECK_OK(take_artifacts(policy, settings));
  return settings;
}

/// nullopt: there is no such file.
Result<std::optional<std::string>> read_workflow(CommandContext& context, const Path& path) {
  auto found = context.disk().read(path, max_file);
  if (!found.ok() && found.error().code == Errc::not_found) return std::optional<std::string>{};
  if (!found.ok()) return found.error();
  return std::optional(*std::move(found));
}

/// The workflow that publishes holds the secrets: one that says something else is looked at by a person.
Error differs(const desk::WorkflowFile& file) {
  return {Errc::conflict, fmt::format("expected no {}, found one that says something else", file.path),
          "nothing was written: move it away, run this again, and compare the two"};
}

struct Work {
  std::vector<desk::WorkflowFile> missing;
  std::vector<std::string> lines;  ///< what the workflow that builds lacks
};

/// What is to be written. Nothing that is there is overwritten; a repository's own workflow that builds
/// stays.
Result<Work> find_work(CommandContext& context, const Path& top, const desk::WorkflowSettings& settings) {
  TRY(const auto files, desk::make_workflows(settings));
  Work work;
  for (const auto& file : files) {
    if (settings.publish_only && file.path == settings.workflow && settings.forge != "gitlab") continue;
    TRY(const auto found, read_workflow(context, top / file.path));
    if (!found) work.missing.push_back(file);
    const bool is_other = found && *found != file.text;
    if (is_other && file.path != settings.workflow) return differs(file);
    if (is_other) {
      TRY(work.lines, desk::missing_lines(settings, *found));
    }
    context.console().line(fmt::format("  {}  {}", found ? "keep " : "write", file.path));
  }
  return work;
}

Status write(CommandContext& context, const Path& path, const std::string& text) {
  CHECK_OK(context.disk().make_folders(path.parent_path()));
  CHECK_OK(write_new_file(context.disk(), path, text));
  std::filesystem::permissions(path, std::filesystem::perms::group_read | std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  return success();
}

Status replace_file(CommandContext& context, const Path& path, const std::string& text) {
  const Path beside = path.string() + ".packhouse-new";
  static_cast<void>(context.disk().remove(beside));  // of a call that was cut off
  CHECK_OK(write_new_file(context.disk(), beside, text));
  std::filesystem::permissions(beside, std::filesystem::status(path).permissions());
  return context.disk().rename(beside, path);
}

void show_missing_lines(console::Console& console, const desk::WorkflowSettings& settings,
                        const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  console.line(fmt::format("{} stays as it is. Its job {} lacks, after what builds:", settings.workflow,
                           quote(settings.build_job)));
  for (const std::string& line : lines)
    console.line(line);
}

/// Scheme and host of the index, with the user and a placeholder for the token that pip needs.
std::string pip_url(std::string_view index) {
  const std::size_t scheme = index.find("://");
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  return fmt::format("{}__token__:TOKEN@{}/simple/", index.substr(0, host), index.substr(host));
}

/// Where a forge keeps secrets, and how one is set there.
struct SecretPlace {
  std::string introduction;
  std::function<std::string(std::string_view name)> command;
};

SecretPlace secret_place(const Prepared& package, const std::string& environment) {
  const auto& repository = package.configuration.policy.repository;
  const std::string_view forge = package.configuration.forge->name;
  if (forge == "gitlab") {
    return {fmt::format(
                "then, in the project's settings for CI, five variables of the environment `{}`, protected "
                "and masked; and let only maintainers give a pipeline variables:",
                environment),
            [=](std::string_view name) {
              return fmt::format("glab variable set {} --scope {} --protected --masked --repo {}", name,
                                 environment, repository);
            }};
  }
  if (forge == "gitea") {
    return {"then, in the repository's settings for Actions, five secrets:",
            [=](std::string_view name) { return fmt::format("name: {}", name); }};
  }
  return {fmt::format("then, in the repository's settings, an environment `{}`, and in it four secrets:",
                      environment),
          [=](std::string_view name) {
            return fmt::format("gh secret set {} --env {} --repo {}", name, environment, repository);
          }};
}

void show_secrets(console::Console& console, const Prepared& package, const InitOptions& options) {
  const auto& policy = package.configuration.policy;
  const std::string_view forge = package.configuration.forge->name;
  const std::string root(trim(options.index, "/"));
  const SecretPlace place = secret_place(package, options.environment);
  const auto set = [&](std::string_view name, std::string_view value) {
    console.line(fmt::format("  {}", value));
    console.line(fmt::format("    {}", place.command(name)));
  };
  console.line(place.introduction);
  set("PRIVATE_INDEX_REPOSITORY_URL", root + "/legacy/");
  set("PRIVATE_INDEX_USERNAME", "__token__");
  set("PRIVATE_INDEX_PASSWORD", fmt::format("the token of: packhouse token create --label \"ci of {0}\" "
                                            "--allow read,yank,stage,publish --project {0}",
                                            policy.project.str()));
  set("PRIVATE_INDEX_PIP_INDEX_URL", fmt::format("{}, its token one with --allow read", pip_url(root)));
  if (forge == "gitlab") set("GITLAB_TOKEN", "a project access token with read_api");
  if (forge == "gitea") set("FORGE_TOKEN", "an access token with read:repository");
}

/// What takes the place of the secrets where the index trusts the workflow's runs.
void show_publisher(console::Console& console, const Prepared& package,
                    const desk::WorkflowSettings& settings, const InitOptions& options) {
  const auto& policy = package.configuration.policy;
  const std::string root(trim(options.index, "/"));
  console.line(
      fmt::format("then, in the repository's settings, an environment `{}`, and in it two variables:",
                  options.environment));
  for (const auto& [name, value] : {std::pair{"PRIVATE_INDEX_REPOSITORY_URL", root + "/legacy/"},
                                    std::pair{"PRIVATE_INDEX_PIP_INDEX_URL", root + "/simple/"}}) {
    console.line(fmt::format("  gh variable set {} --env {} --repo {} --body {}", name, options.environment,
                             policy.repository, value));
  }
  console.line("and on the index, which needs no secret of this repository then:");
  console.line(fmt::format(
      "  packhouse publisher add {} --github {} --workflow {} --environment {} "
      "--allow read,yank,stage,publish --read-index",
      policy.project.str(), policy.repository, desk::publishing_workflow(settings), options.environment));
}

void show_remaining_steps(console::Console& console, const Prepared& package,
                          const desk::WorkflowSettings& settings) {
  const auto& smoke = package.configuration.smoke;
  if (smoke.commands.empty() && smoke.imports.empty()) {
    console.line(fmt::format("the smoke check only installs so far: name `commands` or `imports` in {}",
                             package.settings_file));
  }
  if (settings.packhouse_requirements.empty()) {
    console.line(fmt::format("a runner {} that reaches the index and has packhouse; or",
                             !settings.runs_on.empty()    ? "`" + settings.runs_on + "`"
                             : settings.forge == "github" ? "group `private-index`"
                                                          : "with the label `private-index`"));
    console.line(
        "  requirements/packhouse.txt, which pins it with hashes, and the variable PACKHOUSE_INDEX_URL");
  }
  if (settings.forge == "gitea")
    console.line("pin the actions that hand files on by their commits: your host may have other versions");
  const bool pinned = settings.pinned_checks && settings.pinned_build && settings.pinned_runtime;
  if (pinned || settings.publish_only) return;
  console.line(
      "pin the tools, then let this write the workflow again: for NAME of checks, build and runtime");
  console.line("  uv pip compile --generate-hashes requirements/NAME.in --output-file requirements/NAME.txt");
}

Result<ExitCode> init(CommandContext& context, const InitOptions& options) {
  TRY(const auto package, prepare(context, options));
  if (options.trusted_publishing && package.configuration.forge->name != "github") {
    return Error{Errc::invalid_input, "expected a package on GitHub for --trusted-publishing",
                 "docs/trusted-publishing.md says what a job of GitLab needs"};
  }
  TRY(const auto settings, workflow_settings(context, package, options));
  TRY(const auto work, find_work(context, package.place.top, settings));
  json::Array written;
  for (const auto& file : work.missing) {
    CHECK_OK(write(context, package.place.top / file.path, file.text));
    written.emplace_back(file.path);
  }
  if (package.pyproject) {
    CHECK_OK(replace_file(context, package.place.folder / "pyproject.toml", *package.pyproject));
    context.console().line(fmt::format("  write  [tool.packhouse] in {}", package.settings_file));
    written.emplace_back(package.settings_file);
  }
  show_missing_lines(context.console(), settings, work.lines);
  if (options.trusted_publishing) {
    show_publisher(context.console(), package, settings, options);
  } else {
    show_secrets(context.console(), package, options);
  }
  show_remaining_steps(context.console(), package, settings);
  context.console().document(
      json::Object{{"outcome", "initialised"},
                   {"written", std::move(written)},
                   {"missing_lines", json::Array(work.lines.begin(), work.lines.end())}});
  return ExitCode::ok;
}

ExitCode run_init(const InitOptions& options) {
  return with_context(options.desk, [&](CommandContext& context) { return init(context, options); });
}

}  // namespace

void register_init(Command root) {
  auto options = std::make_shared<InitOptions>();  // shared by the parser and the action
  options->index = "https://INDEX";
  const auto command =
      root.command("init", "Write the settings of this package and the workflows that build and promote it",
                   options, run_init);
  SetupChoices& choices = options->choices;
  command.choice("--forge", choices.forge, {"github", "gitlab", "gitea"}, "Else the remote's");
  command.text("--repository", choices.repository, "Else the remote's").placeholder("OWNER/NAME");
  command.text("--branch", choices.branch, "What releases are built from; else the remote's")
      .placeholder("NAME");
  command.text("--project", choices.project, "Else that of pyproject.toml").placeholder("NAME");
  command.text("--workflow", choices.workflow, "The one that builds; else one that is there")
      .placeholder("FILE");
  command.text("--build-job", choices.build_job, "Its job that uploads the artifact").placeholder("NAME");
  command.text("--artifact", choices.artifact, "What that job uploads").placeholder("NAME");
  command.text("--index", options->index, "The index's address, for what is printed of the secrets")
      .placeholder("URL");
  command.text("--environment", options->environment, "Of the secrets; else private-index")
      .placeholder("NAME");
  command.text("--runs-on", options->runs_on, "A label of your own runners; else hosted ones")
      .placeholder("LABEL");
  command.text("--python", options->python, "Of every job; else what the package takes").placeholder("3.N");
  command.flag("--trusted-publishing", options->trusted_publishing,
               "Store no secret of the index: it gives each run a token (GitHub)");
  command.flag("--publish-only", options->publish_only,
               "Write the workflow that promotes, and none that builds");
  command.flag("--yes", options->yes, "Ask nothing: what is not known is an error");
  options->desk.add_to(command);
}

}  // namespace packhouse::app
