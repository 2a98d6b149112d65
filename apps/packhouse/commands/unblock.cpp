#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/reason.hpp"
#include "client/index_client.hpp"
#include "commands/commands.hpp"
#include "desk/withdrawal.hpp"
#include "journal/release_state.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {
namespace {

struct UnblockOptions {
  DeskOptions desk;
  std::string version;
  std::string reason;
};

/// What the index answered to the wish to lift its block.
std::string_view word_of(desk::IndexEffect effect) {
  switch (effect) {
    case desk::IndexEffect::done:
      return "offered again";
    case desk::IndexEffect::absent:
      return "has no such release";
    case desk::IndexEffect::unsupported:
      return "has no such ability";
  }
  return "not asked";
}

/// The index, where one is configured. Without a journal on this machine, what another one's promotion left
/// there is all there is to lift.
class Index {
 public:
  explicit Index(CommandContext& context) : context_(context) {}

  bool is_configured() const { return !context_.secrets().repository_url.empty(); }
  Status open(bool plain_http_allowed) {
    TRY(const auto secrets, context_.index_secrets());
    TRY(const auto addresses, index_addresses(secrets, plain_http_allowed));
    client_.emplace(context_.client(), addresses.upload, addresses.simple);
    return success();
  }
  Result<bool> blocks(const ReleaseName& release) {
    TRY(const auto standing, client_->life().look(release));
    return standing && standing->blocked;
  }
  Result<std::string_view> restore(const desk::WithdrawalRequest& order, journal::Journal& journal) {
    TRY(const auto effect,
        desk::restore(order, {journal, client_->life(), context_.clock(), context_.console()}));
    return word_of(effect);
  }

 private:
  CommandContext& context_;
  std::optional<client::IndexClient> client_;
};

/// On the index first: the journal must not allow a version that the index still refuses. No request is made
/// if no index is configured and the journal records no withdrawal there.
Result<std::string_view> lift(CommandContext& context, journal::Journal& journal,
                              desk::WithdrawalRequest order, bool plain_http_allowed) {
  using Effect = desk::RecordedWithdrawal::Index;
  const auto recorded = desk::recorded_withdrawal(journal.entries());
  const auto here = journal::can_unblock(journal, order.reason);
  Index index(context);
  std::string_view there = "not asked";
  if (index.is_configured() || (recorded && recorded->index == Effect::done)) {
    CHECK_OK(index.open(plain_http_allowed));
    if (recorded) order.mode = recorded->mode;
    if (!here.ok()) {
      TRY(const bool blocked, index.blocks(order.release));
      if (!blocked) return here.error();
    }
    TRY(there, index.restore(order, journal));
  }
  if (here.ok()) CHECK_OK(journal::unblock(journal, order.actor, order.reason));
  return here.ok() || index.is_configured() ? Result<std::string_view>(there) : here.error();
}

/// A version that nothing knows of makes no journal.
Status require_record(CommandContext& context, const ReleaseName& release, const Path& folder,
                      bool plain_http_allowed) {
  const auto journal = journal::Journal::load(context.disk(), context.clock(), context.redactor(), folder);
  Index index(context);
  if (journal.ok() || journal.error().code != Errc::not_found || !index.is_configured())
    return journal.ok() ? success() : Status{journal.error()};
  CHECK_OK(index.open(plain_http_allowed));
  TRY(const bool blocked, index.blocks(release));
  return blocked ? success() : Status{journal.error()};
}

Result<ExitCode> unblock(CommandContext& context, const UnblockOptions& options) {
  TRY(const auto version, source::parse_release_version(options.version));
  TRY(const auto configuration, context.read_configuration());
  TRY(const auto state, context.state_folder());
  TRY(const auto reason, parse_reason(options.reason, "say why: the journal and the index keep it"));
  const ReleaseName release{configuration.policy.project, version};
  const Path folder = journal::release_folder(state, release);
  CHECK_OK(require_record(context, release, folder, configuration.plain_http_allowed));
  TRY(const auto lock, journal::ReleaseLock::take(context.disk(), folder));
  TRY(auto journal, journal::Journal::open(context.disk(), context.clock(), context.redactor(), folder));
  const desk::WithdrawalRequest order{.release = release, .reason = reason, .actor = context.actor()};
  TRY(const auto there, lift(context, journal, order, configuration.plain_http_allowed));
  context.console().document(json::Object{{"outcome", "unblocked"},
                                          {"project", release.project.str()},
                                          {"version", version.str()},
                                          {"actor", context.actor()},
                                          {"reason", reason},
                                          {"index", there}});
  context.console().line(fmt::format("unblocked {} {}", release.project.str(), version.str()));
  return ExitCode::ok;
}

ExitCode run_unblock(const UnblockOptions& options) {
  return with_context(options.desk, [&](CommandContext& context) { return unblock(context, options); });
}

}  // namespace

void register_unblock(Command root) {
  auto options = std::make_shared<UnblockOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "unblock", "Lift the block of a version that was no fault of it, in the journal and on the index",
      options, run_unblock);
  command.text("version", options->version, "The version").placeholder("VERSION").required();
  command.text("--reason", options->reason, "Why it may be used after all; kept in the journal").required();
  options->desk.add_to(command);
}

}  // namespace packhouse::app
