#include "wiring/release_context.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "wiring/environment.hpp"
#include "wiring/forge_access.hpp"

namespace packhouse::app {
namespace {

Result<std::vector<attest::TrustedRoot>> read_trusted_roots(const DeskConfiguration& configuration,
                                                            CommandContext& context) {
  using Mode = source::AttestationPolicy::Mode;
  const auto& attestations = configuration.policy.attestations;
  if (attestations.mode == Mode::off) return std::vector<attest::TrustedRoot>{};
  constexpr std::uint64_t max_bytes = 16 * attest::TrustedRoot::max_bytes;
  TRY(const auto text, context.disk().read(attestations.trusted_root, max_bytes));
  return attest::parse_trusted_roots(text);
}

Result<desk::DeskSettings> read_settings(CommandContext& context, const DeskConfiguration& configuration) {
  TRY(const auto secrets, context.index_secrets());
  TRY(auto addresses, upload_addresses(secrets, *configuration.forge));
  TRY(auto roots, read_trusted_roots(configuration, context));
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
      .staging = configuration.staging,
      .index_has_root = configuration.index_has_root,
      .plain_http_allowed = configuration.plain_http_allowed};
}

}  // namespace

ReleaseContext::ReleaseContext(CommandContext& context, DeskConfiguration configuration,
                               desk::DeskSettings settings, std::unique_ptr<forge::Forge> forge)
    : context_(context),
      configuration_(std::move(configuration)),
      settings_(std::move(settings)),
      forge_(std::move(forge)),
      index_(context.client(), settings_.upload, settings_.simple),
      sessions_(context.client(),
                {.url = client::session_root(settings_.upload.url), .auth = settings_.upload.auth}) {}

Result<std::unique_ptr<ReleaseContext>> ReleaseContext::open(CommandContext& context) {
  TRY(auto configuration, context.read_configuration());
  TRY(auto settings, read_settings(context, configuration));
  TRY(auto forge, connect_forge(context, configuration, configuration.forge_wait));
  return std::unique_ptr<ReleaseContext>(
      new ReleaseContext(context, std::move(configuration), std::move(settings), std::move(forge)));
}

desk::DeskTools ReleaseContext::tools() {
  return {.forge = *forge_,
          .index = index_,
          .sessions = sessions_,
          .disk = context_.disk(),
          .processes = context_.processes(),
          .clock = context_.clock(),
          .console = context_.console(),
          .redactor = context_.redactor(),
          .search_path = context_.search_path(),
          .learn = [this](const Secret& secret) { context_.mask(secret); },
          .network = context_.pip_network()};
}

desk::SmokeReleaseTools smoke_release_tools(CommandContext& context, client::IndexClient& index) {
  return {index,
          context.disk(),
          context.processes(),
          context.clock(),
          context.console(),
          context.redactor(),
          context.search_path(),
          context.pip_network()};
}

Result<std::vector<journal::Approval>> read_approvals(const std::vector<std::string>& files,
                                                      CommandContext& context) {
  std::vector<journal::Approval> approvals;
  for (const std::string& path : files) {
    TRY(const auto text, context.disk().read(path, journal::max_approval_bytes));
    auto given = journal::read_approvals(text);
    if (!given.ok()) return std::move(given).error().context(quote(path, 300));
    approvals.insert(approvals.end(), given->begin(), given->end());
  }
  auto given = journal::read_approvals(environment_variable("PACKHOUSE_APPROVALS").value_or(""));
  if (!given.ok()) return std::move(given).error().context("$PACKHOUSE_APPROVALS");
  approvals.insert(approvals.end(), given->begin(), given->end());
  return approvals;
}

}  // namespace packhouse::app
