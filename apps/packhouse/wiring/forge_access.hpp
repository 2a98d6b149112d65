#pragma once

#include <chrono>
#include <memory>

#include "forge/forge.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {

/// A request to the forge's API, at the address in the environment or that of the public host, without a
/// credential.
http::ClientRequest forge_question(const forge::ForgeKind& kind);

/// The configuration's forge, which waits at most so long in all; each wait is shown.
Result<std::unique_ptr<forge::Forge>> connect_forge(CommandContext& context,
                                                    const DeskConfiguration& configuration,
                                                    std::chrono::seconds max_wait);

}  // namespace packhouse::app
