#include "index_site.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "attest/trusted_root.hpp"
#include "sys/file_system.hpp"

namespace packhouse::app {
namespace {

std::optional<std::string> below(const std::optional<std::string>& url, std::string_view prefix) {
  return url ? std::optional{fmt::format("{}{}", *url, prefix)} : std::nullopt;
}

LedgerNote note_of(std::string_view action, std::string_view index) {
  return {.actor = {.kind = "system", .id = "configuration", .address = {}},
          .action = std::string(action),
          .subject = std::string(index),
          .reason = {},
          .detail = {}};
}

}  // namespace

IndexSite::IndexSite(std::string name, const IndexConfiguration& configuration, const SharedParts& parts)
    : prefix_("/" + name),
      open_reading_(configuration.open_reading),
      policy_(configuration.policy),
      caches_(parts.configuration.page_cache, parts.configuration.file_cache),
      context_{.index = std::move(name),
               .store = *parts.data.store,
               .blobs = *parts.data.blobs,
               .clock = parts.clock,
               .policy = policy_,
               .changes = caches_,
               .rules = configuration.rules,
               .quotas = quotas_of(parts.configuration),
               .attestations = kept(parts.attestations)},
      simple_(context_, caches_, open_reading_, parts.data.path,
              below(parts.configuration.public_url, prefix_)),
      files_(context_, caches_, open_reading_),
      uploads_(context_, parts.log,
               {.max_file_size = parts.configuration.file_size,
                .max_in_flight = parts.configuration.uploads_in_flight},
               below(parts.configuration.public_url, prefix_), prefix_),
      admin_(context_, parts.tokens, parts.log),
      roles_(context_, parts.users),
      life_(context_, parts.log),
      packages_(context_, below(parts.configuration.public_url, prefix_), prefix_),
      sessions_(context_, session_limits(parts.configuration)),
      session_routes_(context_, sessions_, parts.log,
                      {.public_url = below(parts.configuration.public_url, prefix_),
                       .prefix = prefix_,
                       .max_in_flight = parts.configuration.uploads_in_flight}),
      stage_routes_(context_, sessions_, files_, parts.data.path),
      web_(context_, below(parts.configuration.public_url, prefix_), prefix_) {}

index::SessionLimits session_limits(const Configuration& configuration) {
  index::SessionLimits limits;
  limits.lifetime = std::chrono::seconds{configuration.session_seconds};
  limits.longest = std::chrono::seconds{configuration.session_seconds_most};
  limits.max_file_size = configuration.file_size;
  return limits;
}

std::vector<auth::Route> IndexSite::routes() {
  auto table = api::make_index_routes({.simple = simple_,
                                       .files = files_,
                                       .uploads = uploads_,
                                       .admin = admin_,
                                       .roles = roles_,
                                       .life = life_,
                                       .packages = packages_,
                                       .sessions = session_routes_,
                                       .stages = stage_routes_});
  for (auto& route : web_.routes())
    table.push_back(std::move(route));
  for (auto& route : table) {
    route.pattern = prefix_ + route.pattern;
    route.index = context_.index;
    route.open_reading = open_reading_;
  }
  return table;
}

Result<index::AttestationPolicy> attestations_of(const Configuration& configuration) {
  index::AttestationPolicy policy;
  if (configuration.trusted_root.empty()) return policy;
  constexpr std::uint64_t max_bytes = 16 * attest::TrustedRoot::max_bytes;
  TRY(const auto text, make_posix_file_system()->read(configuration.trusted_root, max_bytes));
  TRY(policy.roots, attest::parse_trusted_roots(text));
  for (const auto& [project, workflows] : configuration.publishers) {
    for (const std::string& workflow : workflows) {
      TRY(auto publisher, index::Publisher::parse(workflow));
      policy.publishers[project].push_back(std::move(publisher));
    }
  }
  return policy;
}

const index::AttestationPolicy* kept(const index::AttestationPolicy& attestations) {
  return attestations.accepts_any() ? &attestations : nullptr;
}

Quotas quotas_of(const Configuration& configuration) {
  return {.projects = configuration.projects,
          .files_per_project = configuration.files_per_project,
          .project_size = configuration.project_size};
}

Status settle_index(CatalogStore& catalog, std::string_view name, const IndexPolicy& rules, Timestamp now,
                    spdlog::logger& log) {
  TRY(const auto made, catalog.ensure_index(name, note_of("index.create", name), now));
  if (made) log.info("made the index {}", name);
  TRY(const auto changed, catalog.set_policy(name, rules, note_of("index.policy", name), now));
  if (changed) log.info("the index {} has another policy", name);
  return success();
}

}  // namespace packhouse::app
