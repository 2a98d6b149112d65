#include "wiring/index_instance.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "attest/trusted_root.hpp"
#include "index/identity.hpp"
#include "sys/file_system.hpp"
#include "web/routes.hpp"

namespace packhouse::app {
namespace {

index::SessionLimits session_limits(const Configuration& configuration) {
  index::SessionLimits limits;
  limits.lifetime = std::chrono::seconds{configuration.session_seconds};
  limits.longest = std::chrono::seconds{configuration.session_seconds_most};
  limits.max_file_size = configuration.file_size;
  return limits;
}

/// Where it stands on the server. `main` at the root too: clients that keep one credential for all addresses
/// that begin alike (uv, pip) would send it to the other indexes as well.
std::vector<std::string> prefixes_of(const std::string& name) {
  if (name == main_index) return {"", fmt::format("/{}", main_index)};
  return {"/" + name};
}

api::IndexRouteOptions route_options(const std::string& name, bool open_reading, const SharedParts& parts) {
  const auto& configuration = parts.configuration;
  return {
      .identity = parts.identities.at(name),
      .prefixes = prefixes_of(name),
      .public_url = configuration.public_url,
      .open_reading = open_reading,
      .folder = parts.data.path,
      .uploads = {.max_file_size = configuration.file_size, .max_in_flight = configuration.uploads_in_flight},
      .sessions = session_limits(configuration)};
}

/// Null for an index without upstreams.
std::unique_ptr<upstream::Upstreams> make_upstreams(const std::string& name, const SharedParts& parts,
                                                    const dist::Policy& policy) {
  const auto found = parts.upstreams.find(name);
  if (found == parts.upstreams.end() || found->second.empty()) return nullptr;
  upstream::UpstreamParts mine{
      .index = name,
      .store = *parts.data.store,
      .blobs = *parts.data.blobs,
      .clock = parts.clock,
      .log = parts.log,
      .policy = policy,
      .max_file_size = parts.configuration.file_size,
      .changed = [&hub = parts.hub, name](std::string_view project) { hub.offer_changed(name, project); }};
  return std::make_unique<upstream::Upstreams>(std::move(mine), parts.reserved,
                                               make_sources(found->second, &parts.upstream_requests));
}

LedgerNote note_of(std::string_view action, std::string_view index) {
  return {.actor = {.kind = "system", .id = "configuration", .address = {}},
          .action = std::string(action),
          .subject = std::string(index),
          .reason = {},
          .detail = {}};
}

}  // namespace

IndexInstance::IndexInstance(std::string name, const IndexConfiguration& configuration,
                             const SharedParts& parts)
    : policy_(configuration.policy),
      hub_(parts.hub),
      caches_(parts.configuration.page_cache, parts.configuration.file_cache),
      upstreams_(make_upstreams(name, parts, policy_)),
      context_{.index = std::move(name),
               .store = *parts.data.store,
               .blobs = *parts.data.blobs,
               .clock = parts.clock,
               .policy = policy_,
               .changes = *this,
               .rules = configuration.rules,
               .quotas = configuration.quotas,
               .attestations = parts.attestations.accepts_any() ? &parts.attestations : nullptr},
      routes_(context_,
              {.caches = caches_,
               .users = parts.users,
               .publishers = parts.publishers,
               .log = parts.log,
               .upstreams = upstreams_.get(),
               .reserved = &parts.reserved,
               .space = &parts.space,
               .downloads = &parts.downloads,
               .incidents = &parts.incidents,
               .uploads = &parts.uploads},
              route_options(context_.index, configuration.open_reading, parts)) {
  routes_.add(std::make_unique<web::WebRoutes>(context_, caches_, parts.data.path,
                                               routing::BaseUrl{parts.configuration.public_url}));
  hub_.add(*this);
}

void ChangeHub::add(IndexInstance& instance) {
  const std::unique_lock lock(mutex_);
  instances_.push_back(&instance);
}

void ChangeHub::remove(IndexInstance& instance) noexcept {
  const std::unique_lock lock(mutex_);
  std::erase(instances_, &instance);
}

void ChangeHub::project_changed(std::string_view index, std::string_view project) const {
  const std::shared_lock lock(mutex_);
  for (auto* instance : instances_) {
    if (instance->context().index == index) instance->drop_project(project);
    instance->forget_upstream(project);
  }
}

void ChangeHub::offer_changed(std::string_view index, std::string_view project) const {
  const std::shared_lock lock(mutex_);
  for (auto* instance : instances_) {
    if (instance->context().index == index) instance->drop_project(project);
  }
}

void ChangeHub::drop_caches() const {
  const std::shared_lock lock(mutex_);
  for (auto* instance : instances_)
    instance->drop_caches();
}

void IndexInstance::forget_upstream(std::string_view project) {
  if (!upstreams_) return;
  upstreams_->forget(project);
  caches_.project_changed(project);
}

void IndexInstance::drop_caches() {
  caches_.drop_all();
  if (upstreams_) upstreams_->forget_all();
}

Result<index::AttestationPolicy> attestations_of(const Configuration& configuration) {
  index::AttestationPolicy policy;
  if (configuration.trusted_root.empty()) return policy;
  constexpr std::uint64_t max_bytes = 16 * attest::TrustedRoot::max_bytes;
  TRY(const auto text, make_posix_file_system()->read(configuration.trusted_root, max_bytes));
  TRY(policy.roots, attest::parse_trusted_roots(text));
  for (const auto& [project, workflows] : configuration.publishers) {
    for (const std::string& workflow : workflows) {
      TRY(auto publisher, index::TrustedPublisher::parse(workflow));
      policy.publishers[project].push_back(std::move(publisher));
    }
  }
  return policy;
}

namespace {

Status settle_index(CatalogStore& catalog, std::string_view name, const IndexPolicy& rules, Timestamp now,
                    spdlog::logger& log) {
  TRY(const auto made, catalog.ensure_index(name, note_of("index.create", name), now));
  if (made) log.info("made the index {}", name);
  TRY(const auto changed, catalog.set_policy(name, rules, note_of("index.policy", name), now));
  if (changed) log.info("the index {} has another policy", name);
  return success();
}

}  // namespace

Result<std::map<std::string, std::string>> settle_indexes(const Configuration& configuration,
                                                          MetadataStore& store, Timestamp now,
                                                          spdlog::logger& log) {
  std::map<std::string, std::string> identities;
  const auto settle = [&](const std::string& name, const IndexConfiguration& index) -> Status {
    CHECK_OK(settle_index(store.catalog(), name, index.rules, now, log));
    TRY(identities[name], index::identity_of(store.ledger(), name));
    return success();
  };
  CHECK_OK(settle(std::string(main_index), configuration.main));
  for (const auto& [name, index] : configuration.others)
    CHECK_OK(settle(name, index));
  return identities;
}

}  // namespace packhouse::app
