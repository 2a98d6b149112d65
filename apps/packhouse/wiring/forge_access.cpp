#include "wiring/forge_access.hpp"

#include <fmt/format.h>

#include "forge/gitea.hpp"
#include "forge/github.hpp"
#include "forge/gitlab.hpp"

namespace packhouse::app {

namespace {

struct Address {
  forge::ForgeDialect dialect;
  std::string_view usual;  // empty: there is none
};

Address address_of(ForgeKind kind) {
  switch (kind) {
    case ForgeKind::gitlab:
      return {forge::gitlab_dialect(), forge::gitlab_api_url};
    case ForgeKind::gitea:
      return {forge::gitea_dialect(), {}};
    case ForgeKind::github:
      break;
  }
  return {forge::github_dialect(), forge::github_api_url};
}

}  // namespace

http::ClientRequest forge_question(ForgeKind kind) {
  const auto [dialect, usual] = address_of(kind);
  http::ClientRequest question{
      .url = environment_variable(dialect.url_variable.c_str()).value_or(std::string(usual))};
  for (const auto& [name, value] : dialect.headers)
    question.headers.add(name, value);
  return question;
}

Result<std::unique_ptr<forge::Forge>> connect_forge(Desk& desk, const DeskConfiguration& configuration,
                                                    std::chrono::seconds max_wait) {
  forge::ForgeAccess access{.api_url = forge_question(configuration.forge).url,
                            .token = desk.secrets().forge_token(configuration.forge),
                            .max_wait = max_wait};
  access.on_wait = [&desk](const http::Wait& wait) {
    desk.output().line(fmt::format("  {}: waiting {} s", wait.reason,
                                   std::chrono::ceil<std::chrono::seconds>(wait.time).count()));
  };
  const source::Policy& policy = configuration.policy;
  switch (configuration.forge) {
    case ForgeKind::gitlab:
      return forge::make_gitlab(std::move(access), policy.repository, policy.build_job, desk.client(),
                                desk.clock());
    case ForgeKind::gitea:
      return forge::make_gitea(std::move(access), policy.repository, policy.build_job, desk.client(),
                               desk.clock());
    case ForgeKind::github:
      break;
  }
  return forge::make_github(std::move(access), policy.repository, desk.client(), desk.clock());
}

}  // namespace packhouse::app
