#include "wiring/release_context.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "wiring/forge_access.hpp"

namespace packhouse::app {
namespace {

Result<std::vector<attest::TrustedRoot>> read_trusted_roots(const DeskConfiguration& configuration,
                                                            Desk& desk) {
  using Mode = source::AttestationPolicy::Mode;
  const auto& attestations = configuration.policy.attestations;
  if (attestations.mode == Mode::off) return std::vector<attest::TrustedRoot>{};
  constexpr std::uint64_t max_bytes = 16 * attest::TrustedRoot::max_bytes;
  TRY(const auto text, desk.disk().read(attestations.trusted_root, max_bytes));
  return attest::parse_trusted_roots(text);
}

Result<desk::DeskSettings> read_settings(Desk& desk, const DeskConfiguration& configuration) {
  TRY(auto addresses, upload_addresses(desk.secrets(), configuration.forge));
  TRY(auto roots, read_trusted_roots(configuration, desk));
  return desk::DeskSettings{
      .source = {.policy = configuration.policy,
                 .files = configuration.files,
                 .trusted_roots = std::move(roots),
                 .server_url = environment_variable("GITHUB_SERVER_URL").value_or("https://github.com"),
                 .max_archive_bytes = configuration.max_archive_mb * 1'000'000},
      .smoke = configuration.smoke,
      .upload = std::move(addresses.upload),
      .simple = std::move(addresses.simple),
      .index_wait = configuration.index_wait,
      .staging = configuration.staging};
}

}  // namespace

ReleaseWorld::ReleaseWorld(Desk& desk, DeskConfiguration configuration, desk::DeskSettings settings,
                           std::unique_ptr<forge::Forge> forge)
    : desk_(desk),
      configuration_(std::move(configuration)),
      settings_(std::move(settings)),
      forge_(std::move(forge)),
      index_(desk.client(), settings_.upload, settings_.simple),
      sessions_(desk.client(),
                {.url = client::session_root(settings_.upload.url), .auth = settings_.upload.auth}) {}

Result<std::unique_ptr<ReleaseWorld>> ReleaseWorld::open(Desk& desk) {
  TRY(auto configuration, desk.read_configuration());
  TRY(auto settings, read_settings(desk, configuration));
  TRY(auto forge, connect_forge(desk, configuration, configuration.forge_wait));
  return std::unique_ptr<ReleaseWorld>(
      new ReleaseWorld(desk, std::move(configuration), std::move(settings), std::move(forge)));
}

desk::DeskTools ReleaseWorld::tools() {
  return {.forge = *forge_,
          .index = index_,
          .sessions = sessions_,
          .disk = desk_.disk(),
          .processes = desk_.processes(),
          .clock = desk_.clock(),
          .console = desk_.output(),
          .redactor = desk_.redactor(),
          .search_path = desk_.search_path(),
          .learn = [this](const Secret& secret) { desk_.learn(secret); },
          .network = desk_.pip_network()};
}

Result<std::vector<journal::Approval>> read_approvals(const std::vector<std::string>& files, Desk& desk) {
  std::vector<journal::Approval> approvals;
  for (const std::string& path : files) {
    TRY(const auto text, desk.disk().read(path, journal::max_approval_bytes));
    auto given = journal::read_approvals(text);
    if (!given.ok()) return std::move(given).error().context(quote(path, 300));
    approvals.insert(approvals.end(), given->begin(), given->end());
  }
  auto given = journal::read_approvals(environment_variable("PACKHOUSE_APPROVALS").value_or(""));
  if (!given.ok()) return std::move(given).error().context("$PACKHOUSE_APPROVALS");
  approvals.insert(approvals.end(), given->begin(), given->end());
  return approvals;
}

ExitCode tell_refusal(Desk& desk, const Checks& checks) {
  desk.output().line(fmt::format("refused: {}", fmt::join(refused_ids(checks), ", ")));
  return exit_code_for(worst_refusal(checks));
}

}  // namespace packhouse::app
