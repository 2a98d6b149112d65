#include "api/index_routes.hpp"

#include <algorithm>
#include <iterator>

#include "api/file_routes.hpp"
#include "api/frozen_routes.hpp"
#include "api/package_routes.hpp"
#include "api/publisher_routes.hpp"
#include "api/release_state_routes.hpp"
#include "api/session_admin_routes.hpp"
#include "api/session_routes.hpp"
#include "api/simple_routes.hpp"
#include "api/stage_routes.hpp"
#include "api/user_routes.hpp"

namespace packhouse::api {
namespace {

using Groups = std::vector<std::unique_ptr<routing::RouteGroup>>;

PageFields page_fields(const IndexRouteOptions& options) {
  return {.private_cache = !options.open_reading, .identity = options.identity};
}

upstream::Namespaces namespaces_of(const index::Context& context, const IndexServices& services) {
  static const upstream::NameSet nothing;
  return {context.store, services.reserved == nullptr ? nothing : *services.reserved};
}

std::unique_ptr<UpstreamAnswers> make_answers(const IndexServices& services,
                                              const IndexRouteOptions& options) {
  if (services.upstreams == nullptr) return nullptr;
  return std::make_unique<UpstreamAnswers>(*services.upstreams, services.caches, page_fields(options),
                                           options.folder);
}

Groups make_groups(const index::Context& context, const index::Sessions& sessions,
                   const IndexServices& services, const IndexRouteOptions& options, UploadSlots& slots,
                   const UpstreamAnswers* upstreams) {
  auto& log = services.log;
  const routing::BaseUrl url{options.public_url};
  const auto pages_url = options.public_url ? *options.public_url + options.prefixes.front() : std::string{};
  Groups groups;
  const auto add = [&groups]<typename Group>(std::unique_ptr<Group> group) -> const Group& {
    const auto& added = *group;
    groups.push_back(std::move(group));
    return added;
  };
  add(std::make_unique<SimpleRoutes>(context, services.caches, page_fields(options), options.folder, url,
                                     pages_url, namespaces_of(context, services), upstreams));
  const auto& files = add(std::make_unique<FileRoutes>(context, services.caches, options.open_reading,
                                                       upstreams, services.downloads));
  add(std::make_unique<FrozenRoutes>(context, services.caches, files, page_fields(options), options.folder));
  add(std::make_unique<UploadRoutes>(context, log, slots, options.uploads.max_file_size, url));
  add(std::make_unique<RoleRoutes>(context, services.users));
  add(std::make_unique<PublisherRoutes>(context, services.publishers, log));
  add(std::make_unique<SessionRoutes>(context, sessions, log, slots, url));
  add(std::make_unique<SessionAdminRoutes>(context, sessions, log));
  add(std::make_unique<StageRoutes>(context, sessions, files, options.folder, upstreams));
  add(std::make_unique<ReleaseStateRoutes>(context, services.caches, log, options.folder));
  add(std::make_unique<PackageRoutes>(context, services.caches, options.folder, url));
  return groups;
}

}  // namespace

IndexRoutes::IndexRoutes(const index::Context& context, const IndexServices& services,
                         const IndexRouteOptions& options)
    : options_(options),
      index_(context.index),
      sessions_(context, options.sessions),
      slots_(options.uploads.max_in_flight, services.space, services.incidents, services.uploads),
      upstreams_(make_answers(services, options)),
      groups_(make_groups(context, sessions_, services, options, slots_, upstreams_.get())) {}

std::vector<routing::Route> IndexRoutes::table() const {
  std::vector<routing::Route> table;
  for (const auto& prefix : options_.prefixes) {
    std::ranges::move(
        routing::mounted(routing::concatenated(groups_), {.index = index_,
                                                          .identity = options_.identity,
                                                          .prefix = prefix,
                                                          .open_reading = options_.open_reading}),
        std::back_inserter(table));
  }
  return table;
}

}  // namespace packhouse::api
