#pragma once

#include <memory>
#include <string>
#include <vector>

#include "desk/promotion/promote.hpp"
#include "desk/smoke_release.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {

/// The outside world of a command that releases: the forge and the index, by the configuration and the
/// secrets of its command context, which outlives it.
class ReleaseContext {
 public:
  /// unauthenticated where a secret is missing: all that are missing are named.
  static Result<std::unique_ptr<ReleaseContext>> open(CommandContext& context);
  ReleaseContext(const ReleaseContext&) = delete;
  ReleaseContext& operator=(const ReleaseContext&) = delete;

  const DeskConfiguration& configuration() const noexcept { return configuration_; }
  const desk::DeskSettings& settings() const noexcept { return settings_; }
  desk::DeskTools tools();

 private:
  ReleaseContext(CommandContext& context, DeskConfiguration configuration, desk::DeskSettings settings,
                 std::unique_ptr<forge::Forge> forge);

  CommandContext& context_;
  DeskConfiguration configuration_;
  desk::DeskSettings settings_;
  std::unique_ptr<forge::Forge> forge_;
  client::IndexClient index_;
  client::SessionClient sessions_;
};

/// What a smoke check of a released version needs.
desk::SmokeReleaseTools smoke_release_tools(CommandContext& context, client::IndexClient& index);

/// Of these files and of $PACKHOUSE_APPROVALS: a workflow's input is text, and reaches a program through the
/// environment.
Result<std::vector<journal::Approval>> read_approvals(const std::vector<std::string>& files,
                                                      CommandContext& context);

}  // namespace packhouse::app
