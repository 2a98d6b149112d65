#include <fmt/format.h>

#include <memory>

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

/// On the index first: the journal must not allow a version that the index still refuses. No request is made
/// if no index is configured and the journal records no withdrawal there.
Result<std::string_view> restore_on_index(CommandContext& context, const desk::WithdrawalRequest& order,
                                          journal::Journal& journal, bool plain_http_allowed) {
  using Index = desk::RecordedWithdrawal::Index;
  const auto recorded = desk::recorded_withdrawal(journal.entries());
  const bool withdrawn_there = recorded && recorded->index == Index::done;
  if (!withdrawn_there && context.secrets().repository_url.empty()) return "not asked";
  TRY(const auto addresses, index_addresses(context.secrets(), plain_http_allowed));
  client::IndexClient index(context.client(), addresses.upload, addresses.simple);
  desk::WithdrawalRequest undo = order;
  if (recorded) undo.mode = recorded->mode;
  TRY(const auto effect, desk::restore(undo, {journal, index.life(), context.clock(), context.console()}));
  return effect == desk::IndexEffect::done     ? "offered again"
         : effect == desk::IndexEffect::absent ? "has no such release"
                                               : "has no such ability";
}

Result<ExitCode> unblock(CommandContext& context, const UnblockOptions& options) {
  TRY(const auto version, source::parse_release_version(options.version));
  TRY(const auto configuration, context.read_configuration());
  TRY(const auto state, context.state_folder());
  const auto& project = configuration.policy.project;
  const Path folder = journal::release_folder(state, {project, version});
  CHECK_OK(journal::Journal::load(context.disk(), context.clock(), context.redactor(), folder));
  TRY(const auto lock, journal::ReleaseLock::take(context.disk(), folder));
  TRY(auto journal, journal::Journal::open(context.disk(), context.clock(), context.redactor(), folder));
  CHECK_OK(journal::can_unblock(journal, options.reason));
  TRY(const auto reason, parse_reason(options.reason, "say why: the journal and the index keep it"));
  const desk::WithdrawalRequest order{
      .release = {project, version}, .reason = reason, .actor = context.actor()};
  TRY(const auto there, restore_on_index(context, order, journal, configuration.plain_http_allowed));
  CHECK_OK(journal::unblock(journal, context.actor(), reason));
  context.console().document(json::Object{{"outcome", "unblocked"},
                                          {"project", project.str()},
                                          {"version", version.str()},
                                          {"actor", context.actor()},
                                          {"reason", reason},
                                          {"index", there}});
  context.console().line(fmt::format("unblocked {} {}", project.str(), version.str()));
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
