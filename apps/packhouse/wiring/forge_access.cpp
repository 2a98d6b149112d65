#include "wiring/forge_access.hpp"

#include <fmt/format.h>

#include "wiring/environment.hpp"

namespace packhouse::app {

http::ClientRequest forge_question(const forge::ForgeKind& kind) {
  const auto named = environment_variable(kind.dialect.url_variable.c_str());
  http::ClientRequest question{.url = named.value_or(std::string(kind.api_url))};
  for (const auto& [name, value] : kind.dialect.headers)
    question.headers.add(name, value);
  return question;
}

Result<std::unique_ptr<forge::Forge>> connect_forge(CommandContext& context,
                                                    const DeskConfiguration& configuration,
                                                    std::chrono::seconds max_wait) {
  const forge::ForgeKind& kind = *configuration.forge;
  forge::ForgeAccess access{.api_url = forge_question(kind).url,
                            .token = context.secrets().forge_token(kind),
                            .max_wait = max_wait};
  access.on_wait = [&context](const http::Wait& wait) {
    context.console().line(fmt::format("  {}: waiting {} s", wait.reason,
                                       std::chrono::ceil<std::chrono::seconds>(wait.time).count()));
  };
  const source::Policy& policy = configuration.policy;
  return kind.connect(std::move(access), policy.repository, source::build_jobs(policy), context.client(),
                      context.clock());
}

}  // namespace packhouse::app
