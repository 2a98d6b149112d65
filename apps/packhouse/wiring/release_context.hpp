#pragma once

#include <memory>
#include <string>
#include <vector>

#include "desk/promotion/promote.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {

/// What a command that releases works with: the forge and the index, by the configuration and the secrets of
/// its desk, which outlives it.
class ReleaseWorld {
 public:
  /// unauthenticated where a secret is missing: all that are missing are named.
  static Result<std::unique_ptr<ReleaseWorld>> open(Desk& desk);
  ReleaseWorld(const ReleaseWorld&) = delete;
  ReleaseWorld& operator=(const ReleaseWorld&) = delete;

  const DeskConfiguration& configuration() const noexcept { return configuration_; }
  const desk::DeskSettings& settings() const noexcept { return settings_; }
  desk::DeskTools tools();

 private:
  ReleaseWorld(Desk& desk, DeskConfiguration configuration, desk::DeskSettings settings,
               std::unique_ptr<forge::Forge> forge);

  Desk& desk_;
  DeskConfiguration configuration_;
  desk::DeskSettings settings_;
  std::unique_ptr<forge::Forge> forge_;
  client::IndexClient index_;
  client::SessionClient sessions_;
};

/// Of these files and of $PACKHOUSE_APPROVALS: a workflow's input is text, and reaches a program through the
/// environment.
Result<std::vector<journal::Approval>> read_approvals(const std::vector<std::string>& files, Desk& desk);

/// What a refusal comes to: the last line, and the exit code.
ExitCode tell_refusal(Desk& desk, const Checks& checks);

}  // namespace packhouse::app
