#include "config/desk_configuration.hpp"

#include <fmt/format.h>

#include <array>

#include "base/text.hpp"
#include "config/desk_approvals.hpp"
#include "config/desk_builds.hpp"
#include "config/desk_runs.hpp"
#include "config/desk_smoke.hpp"
#include "config/files_policy.hpp"
#include "config/toml_reader.hpp"

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_file = 1U << 20U;

Status take_withdrawal(const std::string& text, DeskConfiguration& configuration) {
  using client::Withdrawal;
  constexpr std::array<std::string_view, 2> words{"block", "yank"};
  if (text != words[0] && text != words[1])
    return Error{Errc::invalid_input, "unknown way to withdraw " + quote(text), suggest(text, words)};
  configuration.withdrawal = text == words[1] ? Withdrawal::yank : Withdrawal::block;
  return success();
}

/// "\"github\", \"gitlab\" or \"gitea\""
std::string forge_names() {
  std::string names;
  const auto kinds = forge::forge_kinds();
  for (const auto& kind : kinds) {
    const bool last = &kind == &kinds.back();
    names += fmt::format("{}\"{}\"", names.empty() ? "" : (last ? " or " : ", "), kind.name);
  }
  return names;
}

bool take_forge(const toml::node& node, const forge::ForgeKind*& forge) {
  const auto* kind = forge::find_forge_kind(node.value_exact<std::string>().value_or(""));
  if (kind == nullptr) return false;
  forge = kind;
  return true;
}

Status read_forge(const toml::table& table, std::string_view file, DeskConfiguration& configuration) {
  return TomlReader(table, file, "in [forge]")
      .with("kind", forge_names(),
            [&](const toml::node& node) { return take_forge(node, configuration.forge); })
      .seconds("max-wait-seconds", configuration.forge_wait)
      .with("max-archive-mb", "a number of megabytes from 1 to 65536",
            [&](const toml::node& node) {
              const auto value = node.value_exact<std::int64_t>();
              if (!value || *value < 1 || *value > 65'536) return false;
              configuration.max_archive_mb = static_cast<std::uint64_t>(*value);
              return true;
            })
      .finish();
}

constexpr auto staging_words =
    std::to_array<std::pair<std::string_view, desk::Staging>>({{"automatic", desk::Staging::automatic},
                                                               {"required", desk::Staging::required},
                                                               {"off", desk::Staging::off}});

Status read_index(const toml::table& table, std::string_view file, DeskConfiguration& configuration) {
  return TomlReader(table, file, "in [index]")
      .seconds("wait-seconds", configuration.index_wait)
      .choice("staging", "\"automatic\", \"required\" or \"off\"", staging_words, configuration.staging)
      .boolean("root-page", configuration.index_has_root)
      .boolean("allow-plain-http", configuration.plain_http_allowed)
      .finish();
}

Status read_network(const toml::table& table, std::string_view file, DeskConfiguration& configuration) {
  return TomlReader(table, file, "in [network]").text("ca-file", configuration.ca_file).finish();
}

Status read_rollback(const toml::table& table, std::string_view file, DeskConfiguration& configuration) {
  return TomlReader(table, file, "in [rollback]")
      .text_with("withdraw", [&](const std::string& text) { return take_withdrawal(text, configuration); })
      .finish();
}

Status read_table(const toml::table& table, std::string_view file, const std::string& where,
                  DeskIdentity& identity, RunSettings& runs, DeskConfiguration& configuration) {
  source::Policy& policy = configuration.policy;
  return TomlReader(table, file, where)
      .text("project", identity.project)
      .text("repository", identity.repository)
      .integer("repository-id", identity.repository_id)
      .text("workflow", identity.workflow)
      .with("branch", "a branch, or an array of branches and patterns,",
            [&](const toml::node& node) { return take_names(node, runs.branches); })
      .text_with("tags", [&](const std::string& text) { return take_tags(text, policy); })
      .with("events", "an array of events",
            [&](const toml::node& node) { return take_names(node, runs.events); })
      .with("artifact", "an artifact, or an array of artifacts and patterns,",
            [&](const toml::node& node) { return take_names(node, runs.artifacts); })
      .with("build-job", "a job, or an array of a job for each artifact,",
            [&](const toml::node& node) { return take_names(node, runs.jobs); })
      .with("sidecars", "an array of names such as \"*.publish.attestation\"",
            [&](const toml::node& node) { return take_names(node, runs.sidecars); })
      .with("local-versions", "true or false",
            [&](const toml::node& node) { return take_local_versions(node, policy); })
      .texts("referenced-workflows", policy.referenced_workflows)
      .boolean("allow-missing-artifact-digest", policy.allow_missing_artifact_digest)
      .table("smoke", [&](const toml::table& inner) { return read_smoke(inner, file, configuration.smoke); })
      .table("verify",
             [&](const toml::table& inner) { return read_verify(inner, file, configuration.checklist); })
      .table("approvals",
             [&](const toml::table& inner) { return read_approvals(inner, file, policy.approvals); })
      .table("attestations",
             [&](const toml::table& inner) { return read_attestations(inner, file, policy.attestations); })
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
  DeskIdentity identity;
  RunSettings runs;
  CHECK_OK(read_table(table, file, where, identity, runs, configuration));
  CHECK_OK(runs.settle(*configuration.forge, file, configuration.policy));
  if (identity.project.empty()) {
    return Error{Errc::invalid_input, fmt::format("{}: expected \"project\" {}", file, where),
                 "write project = \"NAME\": the one project that is released from here"};
  }
  // Found out by the smoke check, it would block the version.
  if (configuration.smoke.sdist &&
      configuration.files.severity("artifact.has-sdist").value_or(dist::Severity::refuse) !=
          dist::Severity::refuse) {
    return Error{
        Errc::invalid_input,
        fmt::format("{}: expected a release with an sdist, which \"sdist\" in [smoke] installs, found "
                    "\"artifact.has-sdist\" lowered in [policy]",
                    file),
        "leave one of them out"};
  }
  CHECK_OK(identity.settle(*configuration.forge, file, environment, configuration.policy));
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

}  // namespace packhouse::app
