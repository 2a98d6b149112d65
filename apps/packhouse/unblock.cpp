#include <fmt/format.h>

#include <memory>

#include "base/text.hpp"
#include "command.hpp"
#include "desk.hpp"
#include "release/release_state.hpp"

namespace packhouse::app {
namespace {

struct UnblockOptions {
  DeskOptions desk;
  std::string version;
  std::string reason;
};

Result<ExitCode> unblock(Desk& desk, const UnblockOptions& options) {
  TRY(const auto version, release::parse_release_version(options.version));
  TRY(const auto configuration, desk.read_configuration());
  TRY(const auto state, desk.state_folder());
  const auto& project = configuration.policy.project;
  const Path folder = release::release_folder(state, project.str(), version.str());
  CHECK_OK(release::Journal::load(desk.disk(), desk.clock(), desk.redactor(), folder));
  TRY(const auto lock, release::ReleaseLock::take(desk.disk(), folder));
  TRY(auto journal, release::Journal::open(desk.disk(), desk.clock(), desk.redactor(), folder));
  CHECK_OK(release::unblock(journal, desk.actor(), options.reason));
  desk.output().document(json::Object{{"outcome", "unblocked"},
                                      {"project", project.str()},
                                      {"version", version.str()},
                                      {"actor", desk.actor()},
                                      {"reason", options.reason}});
  desk.output().line(fmt::format("unblocked {} {}", project.str(), version.str()));
  return ExitCode::ok;
}

ExitCode run_unblock(const UnblockOptions& options) {
  return at_desk(options.desk, [&](Desk& desk) { return unblock(desk, options); });
}

}  // namespace

void register_unblock(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<UnblockOptions>();  // shared by the parser and the action
  auto* command =
      add_command(root, chosen, options, "unblock",
                  "Lift the block of a version whose smoke check failed for no fault of it", run_unblock);
  command->add_option("version", options->version, "The version")->type_name("VERSION")->required();
  command->add_option("--reason", options->reason, "Why it may be used after all; kept in the journal")
      ->required();
  options->desk.add_to(*command);
}

}  // namespace packhouse::app
