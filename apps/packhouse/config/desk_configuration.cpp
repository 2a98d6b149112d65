#include "config/desk_configuration.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/text.hpp"
#include "config/files_policy.hpp"
#include "config/toml_reader.hpp"
#include "forge/repository_name.hpp"
#include "journal/approval.hpp"

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_file = 1U << 20U;
constexpr std::int32_t max_approval_hours = 24 * 31;

// ----- tables

/// What the table may leave to the environment.
struct RawIdentity {
  std::string project;
  std::string repository;
  std::int64_t repository_id = 0;
  std::string workflow;
};

/// What one kind of forge calls the things that a release comes from.
struct ForgeWords {
  const char* repository_variable;
  const char* id_variable;
  std::string_view example;
  std::string_view usual_workflow;
  Result<std::string> (*parse_repository)(std::string_view);
  /// Where workflows may be; none: the project has one, wherever it is.
  std::vector<std::string_view> workflow_folders;
};

ForgeWords words_of(ForgeKind kind) {
  const ForgeWords github{"GITHUB_REPOSITORY",        "GITHUB_REPOSITORY_ID",   "OWNER/NAME",
                          ".github/workflows/ci.yml", &forge::parse_repository, {".github/workflows/"}};
  switch (kind) {
    case ForgeKind::gitlab:
      return {
          "CI_PROJECT_PATH", "CI_PROJECT_ID", "GROUP/NAME", ".gitlab-ci.yml", &forge::parse_project_path, {}};
    case ForgeKind::gitea: {
      // Its runner gives a job GitHub's variables. A repository without the first folder may use the second.
      ForgeWords words = github;
      words.usual_workflow = ".gitea/workflows/ci.yml";
      words.workflow_folders = {".gitea/workflows/", ".github/workflows/"};
      return words;
    }
    case ForgeKind::github:
      break;
  }
  return github;
}

bool take_forge(const toml::node& node, ForgeKind& kind) {
  const auto word = node.value_exact<std::string>();
  for (const auto& [name, named] :
       {std::pair("github", ForgeKind::github), std::pair("gitlab", ForgeKind::gitlab),
        std::pair("gitea", ForgeKind::gitea)}) {
    if (word != name) continue;
    kind = named;
    return true;
  }
  return false;
}

Status check_workflow(const ForgeWords& words, const std::string& text) {
  const auto& folders = words.workflow_folders;
  const auto is_in = [&](std::string_view folder) {
    return text.starts_with(folder) && text.size() > folder.size() &&
           text.find('/', folder.size()) == std::string::npos;
  };
  if (folders.empty() || std::ranges::any_of(folders, is_in)) return success();
  return Error{Errc::invalid_input,
               fmt::format("expected a workflow as {}NAME.yml, found {}", folders.front(), quote(text))};
}

Status take_mode(const std::string& text, source::Policy& policy) {
  using Mode = source::AttestationPolicy::Mode;
  constexpr std::array<std::string_view, 2> words{"off", "require"};
  if (text != words[0] && text != words[1])
    return Error{Errc::invalid_input, "unknown mode " + quote(text), suggest(text, words)};
  policy.attestations.mode = text == words[1] ? Mode::require : Mode::off;
  return success();
}

Status take_withdrawal(const std::string& text, DeskConfiguration& configuration) {
  using client::Withdrawal;
  constexpr std::array<std::string_view, 2> words{"block", "yank"};
  if (text != words[0] && text != words[1])
    return Error{Errc::invalid_input, "unknown way to withdraw " + quote(text), suggest(text, words)};
  configuration.withdrawal = text == words[1] ? Withdrawal::yank : Withdrawal::block;
  return success();
}

/// NAME = "the public line of a key"; the same key under two names would make two owners of one person.
Status read_owners(const toml::table& table, std::string_view file, journal::ApprovalPolicy& approvals) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto line = node.value_exact<std::string>();
    const std::string place = fmt::format("{}: [approvals.owners] {}", file, quote(name));
    if (!line) return Error{Errc::invalid_input, place + ": expected a public line as a string"};
    auto pem = journal::public_key_pem(*line);
    if (!pem.ok()) return std::move(pem).error().context(place);
    for (const auto& [other, held] : approvals.owners) {
      if (held == *line) {
        return Error{Errc::invalid_input,
                     fmt::format("{}: expected a key of their own, found that of {}", place, quote(other))};
      }
      if (iequals(other, name)) {
        return Error{Errc::invalid_input,
                     fmt::format("{}: expected a name of their own, found {} too", place, quote(other))};
      }
    }
    approvals.owners[name] = *line;
  }
  return success();
}

Status read_approvals(const toml::table& table, std::string_view file, journal::ApprovalPolicy& approvals) {
  std::int32_t hours = static_cast<std::int32_t>(approvals.max_validity.count());
  CHECK_OK(TomlReader(table, file, "in [approvals]")
               .integer("required", approvals.required)
               .integer("max-hours", hours)
               .table("owners", [&](const toml::table& inner) { return read_owners(inner, file, approvals); })
               .finish());
  approvals.max_validity = std::chrono::hours(std::min(hours, max_approval_hours));
  if (std::cmp_less_equal(approvals.required, approvals.owners.size())) return success();
  return Error{
      Errc::invalid_input,
      fmt::format("{}: expected at least {} owners in [approvals.owners], found {}", file, approvals.required,
                  approvals.owners.size()),
      "each makes a key with `packhouse approve --new-key FILE`, and its public line is listed here"};
}

bool take_commands(const toml::node& node, std::vector<std::vector<std::string>>& commands) {
  const auto* list = node.as_array();
  if (list == nullptr) return false;
  for (const auto& item : *list) {
    const auto* words = item.as_array();
    if (words == nullptr || words->empty()) return false;
    std::vector<std::string> command;
    for (const auto& word : *words) {
      const auto text = word.value_exact<std::string>();
      if (!text) return false;
      command.push_back(*text);
    }
    if (command.front().empty()) return false;
    commands.push_back(std::move(command));
  }
  return true;
}

bool take_texts(const toml::node& node, std::vector<std::string>& texts) {
  const auto* list = node.as_array();
  if (list == nullptr || list->empty()) return false;
  for (const auto& item : *list) {
    const auto text = item.value_exact<std::string>();
    if (!text || text->empty()) return false;
    texts.push_back(*text);
  }
  return true;
}

/// What a JSON document can hold and be compared with.
std::optional<json::Value> json_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return json::Value(*text);
  if (const auto number = node.value_exact<std::int64_t>()) return json::Value(*number);
  if (const auto flag = node.value_exact<bool>()) return json::Value(*flag);
  return std::nullopt;
}

/// The keys of a command that is a table, beside "run".
bool take_expectations(const toml::table& table, smoke::SmokeCommand& command) {
  using enum smoke::Expectation::Kind;
  for (const auto& [key, node] : table) {
    if (key == "run" || key == "equals") continue;
    const auto text = node.value_exact<std::string>();
    const bool known = key == "contains" || key == "matches" || key == "json";
    if (!known || !text) return false;
    command.expects.push_back({.kind = key == "contains" ? contains : (key == "matches" ? matches : json),
                               .text = *text,
                               .equals = std::nullopt});
    if (key != "json" || !table.contains("equals")) continue;
    command.expects.back().equals = json_of(*table.get("equals"));
    if (!command.expects.back().equals) return false;
  }
  return table.contains("json") || !table.contains("equals");
}

/// Run by its absolute path in the environment's folder of scripts: a path of one's own has no place there.
bool take_smoke_command(const toml::node& node, smoke::SmokeCommand& command) {
  const auto* table = node.as_table();
  const toml::node* words = table != nullptr ? table->get("run") : &node;
  if (words == nullptr || !words->is_array() || !take_texts(*words, command.words)) return false;
  const std::string& name = command.words.front();
  if (name.find('/') != std::string::npos || name == "..") return false;
  return table == nullptr || take_expectations(*table, command);
}

bool take_smoke_commands(const toml::node& node, std::vector<smoke::SmokeCommand>& commands) {
  const auto* list = node.as_array();
  if (list == nullptr) return false;
  for (const auto& item : *list) {
    commands.emplace_back();
    if (!take_smoke_command(item, commands.back())) return false;
  }
  return true;
}

/// "3.12" is the program python3.12; anything else is a path, or a program's name.
std::string python_program(const std::string& text) {
  const auto parts = split(text, '.');
  const bool version = parts.size() == 2 && parse_decimal(parts[0]) && parse_decimal(parts[1]);
  return version ? "python" + text : text;
}

bool is_module_name(std::string_view text) {
  const auto is_word = [](std::string_view word) {
    const auto allowed = [](char c) { return is_ascii_alnum(c) || c == '_'; };
    return !word.empty() && !is_ascii_digit(word.front()) && std::ranges::all_of(word, allowed);
  };
  return std::ranges::all_of(split(text, '.'), is_word);
}

bool is_install_client(std::string_view text) {
  return text == "pip" || text == "uv";
}

Status read_verify(const toml::table& table, std::string_view file, source::ChecklistPolicy& checklist) {
  std::int32_t timeout = static_cast<std::int32_t>(checklist.timeout.count());
  CHECK_OK(TomlReader(table, file, "in [verify]")
               .with("commands", "an array of commands, each an array of a program and its arguments,",
                     [&](const toml::node& node) { return take_commands(node, checklist.commands); })
               .integer("timeout-seconds", timeout)
               .finish());
  checklist.timeout = std::chrono::seconds(timeout);
  return success();
}

Status read_smoke(const toml::table& table, std::string_view file, smoke::SmokePolicy& smoke) {
  std::string python;
  std::vector<std::string> pythons;
  std::int32_t timeout = static_cast<std::int32_t>(smoke.timeout.count());
  std::int32_t install_timeout = static_cast<std::int32_t>(smoke.install_timeout.count());
  CHECK_OK(
      TomlReader(table, file, "in [smoke]")
          .with("commands",
                "an array of commands, each an array of a script's name and its arguments, or a table of "
                "`run` with it and of `contains`, `matches`, or `json` and `equals`,",
                [&](const toml::node& node) { return take_smoke_commands(node, smoke.commands); })
          .with("imports", "an array of modules' names",
                [&](const toml::node& node) {
                  return take_texts(node, smoke.imports) &&
                         std::ranges::all_of(smoke.imports, is_module_name);
                })
          .integer("timeout-seconds", timeout)
          .integer("install-timeout-seconds", install_timeout)
          .with("pythons", "an array of versions, paths or programs' names",
                [&](const toml::node& node) { return take_texts(node, pythons); })
          .text("python", python)
          .boolean("sdist", smoke.sdist)
          .with("clients", "an array of \"pip\" and \"uv\"",
                [&](const toml::node& node) {
                  return take_texts(node, smoke.clients) &&
                         std::ranges::all_of(smoke.clients, is_install_client);
                })
          .finish());
  if (!python.empty() && !pythons.empty()) {
    return Error{Errc::invalid_input,
                 fmt::format("{}: expected one of \"python\" and \"pythons\" in [smoke], found both", file),
                 "keep `pythons`"};
  }
  if (!python.empty()) pythons.push_back(python);
  if (!pythons.empty()) {
    smoke.pythons.clear();
    std::ranges::transform(pythons, std::back_inserter(smoke.pythons), python_program);
  }
  for (const auto& command : smoke.commands) {
    for (const auto& expectation : command.expects) {
      const Status status = smoke::check_expectation(expectation);
      if (!status.ok()) return Error(status.error()).context(fmt::format("{}: [smoke] commands", file));
    }
  }
  smoke.timeout = std::chrono::seconds(timeout);
  smoke.install_timeout = std::chrono::seconds(install_timeout);
  return success();
}

Status read_forge(const toml::table& table, std::string_view file, DeskConfiguration& configuration) {
  std::int32_t wait = static_cast<std::int32_t>(configuration.forge_wait.count());
  CHECK_OK(TomlReader(table, file, "in [forge]")
               .with("kind", "\"github\", \"gitlab\" or \"gitea\"",
                     [&](const toml::node& node) { return take_forge(node, configuration.forge); })
               .integer("max-wait-seconds", wait)
               .with("max-archive-mb", "a number of megabytes from 1 to 65536",
                     [&](const toml::node& node) {
                       const auto value = node.value_exact<std::int64_t>();
                       if (!value || *value < 1 || *value > 65'536) return false;
                       configuration.max_archive_mb = static_cast<std::uint64_t>(*value);
                       return true;
                     })
               .finish());
  configuration.forge_wait = std::chrono::seconds(wait);
  return success();
}

bool take_staging(const toml::node& node, desk::Staging& staging) {
  using enum desk::Staging;
  const auto word = node.value_exact<std::string>();
  if (word == "automatic") {
    staging = automatic;
  } else if (word == "required") {
    staging = required;
  } else if (word == "off") {
    staging = off;
  } else {
    return false;
  }
  return true;
}

Status read_index(const toml::table& table, std::string_view file, DeskConfiguration& configuration) {
  std::int32_t wait = static_cast<std::int32_t>(configuration.index_wait.count());
  CHECK_OK(TomlReader(table, file, "in [index]")
               .integer("wait-seconds", wait)
               .with("staging", "\"automatic\", \"required\" or \"off\"",
                     [&](const toml::node& node) { return take_staging(node, configuration.staging); })
               .finish());
  configuration.index_wait = std::chrono::seconds(wait);
  return success();
}

Status read_network(const toml::table& table, std::string_view file, DeskConfiguration& configuration) {
  return TomlReader(table, file, "in [network]").text("ca-file", configuration.ca_file).finish();
}

Status read_rollback(const toml::table& table, std::string_view file, DeskConfiguration& configuration) {
  return TomlReader(table, file, "in [rollback]")
      .text_with("withdraw", [&](const std::string& text) { return take_withdrawal(text, configuration); })
      .finish();
}

/// A full ref: a bare name could be a tag's.
Status take_main(const std::string& text, source::RecoverPolicy& recovery) {
  if (!text.starts_with("refs/heads/") && !text.starts_with("refs/remotes/")) {
    return Error{Errc::invalid_input,
                 "expected a branch as refs/remotes/REMOTE/NAME or refs/heads/NAME, found " + quote(text)};
  }
  recovery.main = text;
  return success();
}

Status read_recover(const toml::table& table, std::string_view file, source::RecoverPolicy& recovery) {
  std::int32_t timeout = static_cast<std::int32_t>(recovery.timeout.count());
  const auto take_build = [&](const toml::node& node) {
    std::vector<std::vector<std::string>> commands;
    const toml::array one{node};
    if (!take_commands(one, commands)) return false;
    recovery.build = commands.front();
    return true;
  };
  CHECK_OK(TomlReader(table, file, "in [recover]")
               .text_with("main", [&](const std::string& text) { return take_main(text, recovery); })
               .with("build", "a program and its arguments, to which --outdir and the sources are added,",
                     take_build)
               .integer("timeout-seconds", timeout)
               .finish());
  recovery.timeout = std::chrono::seconds(timeout);
  return success();
}

Status read_attestations(const toml::table& table, std::string_view file, source::Policy& policy) {
  CHECK_OK(TomlReader(table, file, "in [attestations]")
               .text_with("mode", [&](const std::string& text) { return take_mode(text, policy); })
               .text("trusted-root", policy.attestations.trusted_root)
               .finish());
  const bool required = policy.attestations.mode == source::AttestationPolicy::Mode::require;
  if (required && policy.attestations.trusted_root.empty()) {
    return Error{Errc::invalid_input, fmt::format("{}: expected \"trusted-root\" in [attestations]", file),
                 "name a file made by `gh attestation trusted-root`"};
  }
  return success();
}

Status read_table(const toml::table& table, std::string_view file, const std::string& where,
                  RawIdentity& identity, DeskConfiguration& configuration) {
  source::Policy& policy = configuration.policy;
  return TomlReader(table, file, where)
      .text("project", identity.project)
      .text("repository", identity.repository)
      .integer("repository-id", identity.repository_id)
      .text("workflow", identity.workflow)
      .text("branch", policy.branch)
      .text("artifact", policy.artifact)
      .text("build-job", policy.build_job)
      .texts("referenced-workflows", policy.referenced_workflows)
      .boolean("allow-missing-artifact-digest", policy.allow_missing_artifact_digest)
      .table("smoke", [&](const toml::table& inner) { return read_smoke(inner, file, configuration.smoke); })
      .table("verify",
             [&](const toml::table& inner) { return read_verify(inner, file, configuration.checklist); })
      .table("approvals",
             [&](const toml::table& inner) { return read_approvals(inner, file, policy.approvals); })
      .table("attestations", [&](const toml::table& inner) { return read_attestations(inner, file, policy); })
      .table("forge", [&](const toml::table& inner) { return read_forge(inner, file, configuration); })
      .table("index", [&](const toml::table& inner) { return read_index(inner, file, configuration); })
      .table("network", [&](const toml::table& inner) { return read_network(inner, file, configuration); })
      .table("rollback", [&](const toml::table& inner) { return read_rollback(inner, file, configuration); })
      .table("recover",
             [&](const toml::table& inner) { return read_recover(inner, file, configuration.recovery); })
      .table("policy",
             [&](const toml::table& inner) { return read_files_policy(inner, file, configuration.files); })
      .finish();
}

// ----- who it is for

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

Status settle_identity(const RawIdentity& identity, std::string_view file, const Environment& environment,
                       DeskConfiguration& configuration) {
  source::Policy& policy = configuration.policy;
  const ForgeWords words = words_of(configuration.forge);
  policy.workflow = identity.workflow.empty() ? std::string(words.usual_workflow) : identity.workflow;
  CHECK_OK(check_workflow(words, policy.workflow));
  TRY(const auto repository,
      one_of("repository", file, identity.repository, words.repository_variable, environment));
  if (repository.empty()) {
    return Error{Errc::invalid_input,
                 fmt::format("expected \"repository\" in {} or ${}", file, words.repository_variable),
                 fmt::format("write repository = \"{}\"", words.example)};
  }
  TRY(policy.repository, words.parse_repository(repository));
  const std::string written = identity.repository_id == 0 ? "" : std::to_string(identity.repository_id);
  TRY(const auto id, one_of("repository-id", file, written, words.id_variable, environment));
  if (id.empty()) return success();
  const auto number = parse_decimal(id);
  if (!number || *number == 0 ||
      *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Error{Errc::invalid_input,
                 fmt::format("expected a number in ${}, found {}", words.id_variable, quote(id))};
  }
  policy.repository_id = static_cast<std::int64_t>(*number);
  return success();
}

Result<DeskConfiguration> from_table(const toml::table& table, std::string_view file,
                                     const std::string& where, const Environment& environment) {
  // The project's name has no default value, so a stand-in carries the rest until it is read.
  TRY(auto placeholder, ProjectName::parse("unnamed"));
  DeskConfiguration configuration{.policy = {.project = std::move(placeholder), .repository = {}},
                                  .smoke = {}};
  // Credentials and the sources' history are what a build must not leak (ArtiPACKED). `packhouse check` warns
  // of them; a release must not pass with them unless the table says so.
  CHECK_OK(configuration.files.set("content.secret", "refuse"));
  CHECK_OK(configuration.files.set("content.leftover", "refuse"));
  RawIdentity identity;
  CHECK_OK(read_table(table, file, where, identity, configuration));
  if (identity.project.empty()) {
    return Error{Errc::invalid_input, fmt::format("{}: expected \"project\" {}", file, where),
                 "write project = \"NAME\": the one project that is released from here"};
  }
  auto project = ProjectName::parse(identity.project);
  if (!project.ok()) return std::move(project).error().context(file);
  configuration.policy.project = *std::move(project);
  CHECK_OK(settle_identity(identity, file, environment, configuration));
  return configuration;
}

const toml::table* pyproject_table(const toml::table& document) {
  return document["tool"]["packhouse"].as_table();
}

}  // namespace

Result<DeskConfiguration> parse_desk_configuration(std::string_view text, std::string_view file,
                                                   const Environment& environment) {
  TRY(const auto document, parse_toml(text, file));
  if (!file.ends_with("pyproject.toml")) return from_table(document, file, "at the top", environment);
  const auto* table = pyproject_table(document);
  if (table == nullptr)
    return Error{Errc::invalid_input, fmt::format("{}: expected a table [tool.packhouse]", file)};
  return from_table(*table, file, "in [tool.packhouse]", environment);
}

Result<DeskConfiguration> read_desk_configuration(FileSystem& disk, const std::optional<Path>& given,
                                                  const Path& folder, const Environment& environment) {
  if (given) {
    TRY(const auto text, disk.read(*given, max_file));
    return parse_desk_configuration(text, given->filename().string(), environment);
  }
  const auto pyproject = disk.read(folder / "pyproject.toml", max_file);
  const auto own = disk.read(folder / "packhouse.toml", max_file);
  bool in_pyproject = false;
  if (pyproject.ok()) {
    TRY(const auto document, parse_toml(*pyproject, "pyproject.toml"));
    in_pyproject = pyproject_table(document) != nullptr;
  }
  if (in_pyproject && own.ok()) {
    return Error{Errc::invalid_input,
                 "expected one configuration, found [tool.packhouse] in pyproject.toml and a "
                 "packhouse.toml",
                 "keep one of them, or name one with --config"};
  }
  if (in_pyproject) return parse_desk_configuration(*pyproject, "pyproject.toml", environment);
  if (own.ok()) return parse_desk_configuration(*own, "packhouse.toml", environment);
  return Error{Errc::invalid_input,
               "expected [tool.packhouse] in pyproject.toml, or a packhouse.toml, in this folder",
               "go to the project's folder, or name a file with --config"};
}

// ----- secrets

namespace {

Secret take_variable(const char* name) {
  char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread is started
  if (value == nullptr) return {};
  Secret secret{std::string(trim(value))};
  ::explicit_bzero(value, std::char_traits<char>::length(value));
  ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread is started
  return secret;
}

}  // namespace

DeskSecrets DeskSecrets::take() {
  return {.repository_url = take_variable("PRIVATE_INDEX_REPOSITORY_URL"),
          .username = take_variable("PRIVATE_INDEX_USERNAME"),
          .password = take_variable("PRIVATE_INDEX_PASSWORD"),
          .pip_index_url = take_variable("PRIVATE_INDEX_PIP_INDEX_URL"),
          .github_token = take_variable("GITHUB_TOKEN"),
          .gitlab_token = take_variable("GITLAB_TOKEN"),
          .gitea_token = take_variable("GITEA_TOKEN")};
}

const Secret& DeskSecrets::forge_token(ForgeKind kind) const noexcept {
  switch (kind) {
    case ForgeKind::gitlab:
      return gitlab_token;
    case ForgeKind::gitea:
      return gitea_token;
    case ForgeKind::github:
      break;
  }
  return github_token;
}

Result<client::IndexAddress> simple_address(const DeskSecrets& secrets) {
  if (secrets.pip_index_url.empty()) {
    return Error{Errc::unauthenticated,
                 "expected PRIVATE_INDEX_PIP_INDEX_URL in the environment, found nothing",
                 "set the secrets of the runbook, section 1"};
  }
  return client::IndexAddress::parse("PRIVATE_INDEX_PIP_INDEX_URL", secrets.pip_index_url);
}

std::string_view forge_token_variable(ForgeKind kind) noexcept {
  switch (kind) {
    case ForgeKind::gitlab:
      return "GITLAB_TOKEN";
    case ForgeKind::gitea:
      return "GITEA_TOKEN";
    case ForgeKind::github:
      break;
  }
  return "GITHUB_TOKEN";
}

namespace {

Result<IndexAddresses> read_addresses(const DeskSecrets& secrets, std::vector<std::string> also_missing) {
  std::vector<std::string> missing;
  if (secrets.repository_url.empty()) missing.emplace_back("PRIVATE_INDEX_REPOSITORY_URL");
  if (secrets.pip_index_url.empty()) missing.emplace_back("PRIVATE_INDEX_PIP_INDEX_URL");
  Result<client::IndexAddress> upload = Error{};
  if (!secrets.repository_url.empty()) {
    upload = client::IndexAddress::parse("PRIVATE_INDEX_REPOSITORY_URL", secrets.repository_url);
    if (!upload.ok()) return std::move(upload).error();
  }
  const bool in_url = upload.ok() && upload->auth.has_value();
  if (!in_url && secrets.username.empty()) missing.emplace_back("PRIVATE_INDEX_USERNAME");
  if (!in_url && secrets.password.empty()) missing.emplace_back("PRIVATE_INDEX_PASSWORD");
  missing.insert(missing.end(), std::make_move_iterator(also_missing.begin()),
                 std::make_move_iterator(also_missing.end()));
  if (!missing.empty()) {
    return Error{Errc::unauthenticated,
                 fmt::format("expected {} in the environment, found nothing", join(missing, ", ")),
                 "set the secrets of the runbook, section 1"};
  }
  const http::BasicAuth own{secrets.username.reveal(), secrets.password};
  const bool differs = in_url && !secrets.username.empty() &&
                       (upload->auth->user != own.user || !(upload->auth->password == own.password));
  if (differs) {
    return Error{
        Errc::invalid_input,
        "expected one credential for uploads, found one in PRIVATE_INDEX_REPOSITORY_URL and another in "
        "PRIVATE_INDEX_USERNAME and PRIVATE_INDEX_PASSWORD",
        "keep the URL free of credentials"};
  }
  if (!in_url) upload->auth = own;
  TRY(auto simple, simple_address(secrets));
  return IndexAddresses{*std::move(upload), std::move(simple)};
}

}  // namespace

Result<IndexAddresses> upload_addresses(const DeskSecrets& secrets, ForgeKind forge) {
  std::vector<std::string> also_missing;
  if (secrets.forge_token(forge).empty()) also_missing.emplace_back(forge_token_variable(forge));
  return read_addresses(secrets, std::move(also_missing));
}

Result<IndexAddresses> index_addresses(const DeskSecrets& secrets) {
  return read_addresses(secrets, {});
}

}  // namespace packhouse::app
