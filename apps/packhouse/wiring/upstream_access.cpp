#include "wiring/upstream_access.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "config/pip_settings.hpp"
#include "http/url.hpp"
#include "wiring/environment.hpp"

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_password_file = 4096;
constexpr std::uint64_t max_pip_file = 1U << 20U;

Result<Secret> read_password(const UpstreamSettings& settings, FileSystem& disk) {
  if (!settings.password_file.empty()) {
    TRY(const auto text, disk.read(settings.password_file, max_password_file));
    return Secret{std::string(trim(std::string_view(text).substr(0, text.find('\n'))))};
  }
  auto value = environment_variable(settings.password_variable.c_str());
  if (value) return Secret{*std::move(value)};
  return Error{Errc::invalid_input,
               fmt::format("the variable {} of the upstream {} is not set", settings.password_variable,
                           quote(settings.url)),
               {}};
}

PipSurroundings surroundings(FileSystem& disk) {
  return {.variable = environment_variable,
          .read = [&disk](const std::filesystem::path& path) -> std::optional<std::string> {
            auto text = disk.read(path, max_pip_file);
            return text.ok() ? std::optional{*std::move(text)} : std::nullopt;
          }};
}

/// What pip has in its URL is taken apart: a credential has no place in a URL that is shown.
Result<upstream::SourceSettings> source_of_pip(FileSystem& disk) {
  TRY(const auto text, pip_index_url(surroundings(disk)));
  const auto url = http::Url::parse(text.reveal());
  if (!url.ok()) {
    return Error{Errc::invalid_input, "the index-url of this machine's pip is no web address",
                 "give the upstream's address in place of \"pip\""};
  }
  upstream::SourceSettings source{.url = *url};
  if (url->has_credentials()) source.credential = http::BasicAuth{url->user, url->password};
  source.url.user.clear();
  source.url.password = Secret{};
  if (!source.url.path.ends_with('/')) source.url.path += '/';
  return source;
}

Result<upstream::SourceSettings> source_of(const UpstreamSettings& settings, FileSystem& disk) {
  if (settings.url == UpstreamSettings::of_pip) return source_of_pip(disk);
  TRY(auto url, http::Url::parse(settings.url));
  return upstream::SourceSettings{.url = std::move(url)};
}

Result<upstream::SourcePolicy> policy_of(const UpstreamSettings& settings) {
  upstream::SourcePolicy policy{.minimum_age = settings.minimum_age,
                                .sdists = settings.sdists,
                                .yanked = settings.yanked,
                                .archived = settings.archived,
                                .checks = settings.checks};
  TRY(policy.allow, upstream::NameSet::parse(settings.allow));
  TRY(policy.deny, upstream::NameSet::parse(settings.deny));
  return policy;
}

Result<UpstreamAccess> open_upstream(const UpstreamSettings& settings, FileSystem& disk) {
  TRY(auto source, source_of(settings, disk));
  if (!settings.username.empty()) {
    TRY(auto password, read_password(settings, disk));
    source.credential = http::BasicAuth{settings.username, std::move(password)};
  }
  source.private_addresses = settings.private_addresses;
  source.fresh_for = settings.fresh_for;
  TRY(source.policy, policy_of(settings));
  return UpstreamAccess{.source = std::move(source),
                        .client = {.user_agent = "packhouse", .ca_file = settings.ca_file},
                        .rules = {.proxy = settings.proxy}};
}

upstream::MakeClient client_maker(const UpstreamAccess& access, UpstreamRequests* requests) {
  return [client = access.client, rules = access.rules, requests](upstream::Peer peer) {
    auto narrowed = rules;
    narrowed.public_addresses_only = peer == upstream::Peer::elsewhere;
    auto made = http::make_client(client, std::move(narrowed));
    return requests == nullptr ? std::move(made) : count_requests(std::move(made), *requests);
  };
}

}  // namespace

Result<std::vector<UpstreamAccess>> open_upstreams(const std::vector<UpstreamSettings>& settings,
                                                   FileSystem& disk) {
  std::vector<UpstreamAccess> upstreams;
  for (const auto& each : settings) {
    TRY(auto access, open_upstream(each, disk));
    upstreams.push_back(std::move(access));
  }
  return upstreams;
}

Result<std::vector<upstream::NamedPolicy>> policies_of(const std::vector<UpstreamSettings>& settings,
                                                       FileSystem& disk) {
  std::vector<upstream::NamedPolicy> policies;
  for (const auto& each : settings) {
    TRY(const auto source, source_of(each, disk));
    TRY(auto policy, policy_of(each));
    policies.push_back({.upstream = source.url.str(), .policy = std::move(policy)});
  }
  return policies;
}

std::vector<std::unique_ptr<upstream::Source>> make_sources(const std::vector<UpstreamAccess>& upstreams,
                                                            UpstreamRequests* requests) {
  std::vector<std::unique_ptr<upstream::Source>> sources;
  for (const auto& access : upstreams)
    sources.push_back(std::make_unique<upstream::Source>(access.source, client_maker(access, requests)));
  return sources;
}

}  // namespace packhouse::app
