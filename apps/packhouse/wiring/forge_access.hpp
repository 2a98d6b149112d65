#pragma once

#include <chrono>
#include <memory>

#include "forge/forge.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {

/// A question to its API, at the address that the environment says or that of the public host, without a
/// credential.
http::ClientRequest forge_question(ForgeKind kind);

/// The forge of the configuration, waiting at most so long in all; each wait is told.
Result<std::unique_ptr<forge::Forge>> connect_forge(Desk& desk, const DeskConfiguration& configuration,
                                                    std::chrono::seconds max_wait);

}  // namespace packhouse::app
