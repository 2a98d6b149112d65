#include "release/promote.hpp"

#include <fmt/format.h>

#include <memory>

#include "command.hpp"
#include "desk.hpp"
#include "release/forge/github.hpp"

namespace packhouse::app {
namespace {

struct PromoteOptions {
  DeskOptions desk;
  std::string build_run_id;
  std::string package_version;
  bool dry_run = false;
};

Result<release::PromoteRequest> read_request(const PromoteOptions& options, const Desk& desk) {
  TRY(const auto run, release::RunId::parse(options.build_run_id));
  TRY(auto version, release::parse_release_version(options.package_version));
  TRY(auto state, desk.state_folder());
  return release::PromoteRequest{run, std::move(version), options.dry_run, std::move(state), desk.actor()};
}

Result<std::vector<attest::TrustedRoot>> read_trusted_roots(const DeskConfiguration& configuration,
                                                            Desk& desk) {
  using Mode = release::AttestationPolicy::Mode;
  const auto& attestations = configuration.policy.attestations;
  if (attestations.mode == Mode::off) return std::vector<attest::TrustedRoot>{};
  constexpr std::uint64_t max_bytes = 16 * attest::TrustedRoot::max_bytes;
  TRY(const auto text, desk.disk().read(attestations.trusted_root, max_bytes));
  return attest::parse_trusted_roots(text);
}

Result<release::DeskSettings> read_settings(Desk& desk, const DeskConfiguration& configuration) {
  TRY(auto addresses, upload_addresses(desk.secrets()));
  TRY(auto roots, read_trusted_roots(configuration, desk));
  return release::DeskSettings{
      .policy = configuration.policy,
      .smoke = configuration.smoke,
      .files = configuration.files,
      .trusted_roots = std::move(roots),
      .server_url = environment_variable("GITHUB_SERVER_URL").value_or("https://github.com"),
      .upload = std::move(addresses.upload),
      .simple = std::move(addresses.simple),
      .max_archive_bytes = configuration.max_archive_mb * 1'000'000,
      .index_wait = configuration.index_wait};
}

Result<std::unique_ptr<release::Forge>> connect_forge(Desk& desk, const DeskConfiguration& configuration) {
  release::GitHubOptions options{.repository = configuration.policy.repository,
                                 .token = desk.secrets().github_token,
                                 .max_wait = configuration.forge_wait};
  if (const auto url = environment_variable("GITHUB_API_URL")) options.api_url = *url;
  options.on_wait = [&desk](const release::Wait& wait) {
    desk.output().line(fmt::format("  {}: waiting {} s", wait.reason,
                                   std::chrono::ceil<std::chrono::seconds>(wait.time).count()));
  };
  return release::make_github(std::move(options), desk.client(), desk.clock());
}

ExitCode finish(Desk& desk, const release::PromoteRequest& request, const release::Policy& policy,
                const release::PromoteOutcome& outcome) {
  using Kind = release::PromoteOutcome::Kind;
  if (outcome.kind == Kind::failed && outcome.error) return desk.fail(*outcome.error, outcome.document);
  desk.output().document(outcome.document);
  const std::string name = fmt::format("{} {}", policy.project.str(), request.version.str());
  if (outcome.kind == Kind::refused) {
    desk.output().line(fmt::format("refused: {}", fmt::join(release::refused_ids(outcome.checks), ", ")));
    return exit_code_for(release::worst_fault(outcome.checks));
  }
  desk.output().line((outcome.kind == Kind::released ? "released " : "would release ") + name);
  return ExitCode::ok;
}

Result<ExitCode> promote(Desk& desk, const PromoteOptions& options) {
  TRY(const auto request, read_request(options, desk));
  TRY(const auto configuration, desk.read_configuration());
  TRY(const auto settings, read_settings(desk, configuration));
  TRY(const auto forge, connect_forge(desk, configuration));
  release::IndexClient index(desk.client(), settings.upload, settings.simple);
  const release::DeskTools tools{*forge,       index,         desk.disk(),     desk.processes(),
                                 desk.clock(), desk.output(), desk.redactor(), desk.search_path()};
  const auto outcome = release::promote(settings, request, tools);
  return finish(desk, request, settings.policy, outcome);
}

ExitCode run_promote(const PromoteOptions& options) {
  const auto desk = Desk::make(options.desk);
  if (!desk.ok()) return report(desk.error());
  const InterruptGuard guard((*desk)->temporary());
  const auto code = promote(**desk, options);
  return code.ok() ? *code : (*desk)->fail(code.error());
}

}  // namespace

void register_promote(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<PromoteOptions>();  // shared: with the closure that outlives this call
  CLI::App* command = root.add_subcommand("promote", "Release the files that one CI run built, unchanged");
  command->add_option("--build-run-id", options->build_run_id, "The CI run whose artifact is released")
      ->type_name("N")
      ->required();
  command->add_option("--package-version", options->package_version, "The version that it must be")
      ->type_name("VERSION")
      ->required();
  command->add_flag("--dry-run", options->dry_run, "Everything but the upload and the smoke check");
  options->desk.add_to(*command);
  command->callback([options, &chosen] { chosen = [options] { return run_promote(*options); }; });
}

}  // namespace packhouse::app
