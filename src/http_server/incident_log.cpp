#include "http_server/incident_log.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace packhouse::http {
namespace {

constexpr std::array incidents{Incident::connections,    Incident::network_connections,
                               Incident::descriptors,    Incident::head_size,
                               Incident::malformed_head, Incident::head_time,
                               Incident::transfer_time,  Incident::body_cut,
                               Incident::uploads,        Incident::room,
                               Incident::changes,        Incident::logins,
                               Incident::waiting};

std::string_view explain(Incident incident) noexcept {
  switch (incident) {
    case Incident::connections:
      return "refused a connection: there are limits.connections of them";
    case Incident::network_connections:
      return "refused a connection: its network has limits.connections-per-address";
    case Incident::descriptors:
      return "cannot accept connections: the process has no file descriptor left";
    case Incident::head_size:
      return "refused a request: its head is longer than limits.head-size";
    case Incident::malformed_head:
      return "refused a request with a malformed head";
    case Incident::head_time:
      return "ended a connection: its request's head took longer than limits.head-timeout";
    case Incident::transfer_time:
      return "ended a connection: its body or answer stood still or was slower than the limits allow";
    case Incident::body_cut:
      return "a client ended its connection in the middle of a body";
    case Incident::uploads:
      return "refused an upload: limits.uploads-in-flight, or one caller's share of them, are under way";
    case Incident::room:
      return "refused an upload: less than limits.free-space would stay free";
    case Incident::changes:
      return "refused a change: its credential changes more than limits.changes-per-second";
    case Incident::logins:
      return "refused a log-in after too many failed ones";
    case Incident::waiting:
      return "refused a request: too many wait for one upstream, which is slow";
  }
  return "";
}

std::size_t place_of(Incident incident) noexcept {
  return static_cast<std::size_t>(incident);
}

}  // namespace

std::span<const Incident> all_incidents() noexcept {
  return incidents;
}

std::string_view to_string(Incident incident) noexcept {
  constexpr std::array<std::string_view, incidents.size()> names{"connections",    "network-connections",
                                                                 "descriptors",    "head-size",
                                                                 "malformed-head", "head-time",
                                                                 "transfer-time",  "body-cut",
                                                                 "uploads",        "room",
                                                                 "changes",        "log-ins",
                                                                 "waiting"};
  return names[place_of(incident)];
}

void IncidentLog::note(Incident incident, std::string_view peer, Time now) {
  static_assert(incidents.size() == kinds);
  const auto place = place_of(incident);
  counts_[place].add();
  std::uint64_t others = 0;
  {
    const std::lock_guard lock(mutex_);
    auto& last = last_[place];
    if (last.count > 0 && now - last.logged < between) return;
    const auto count = counts_[place].value();
    others = count - last.count - 1;
    last = {.logged = now, .count = count};
  }
  spdlog::warn("{}{}{}", explain(incident), peer.empty() ? "" : fmt::format(" (from {})", peer),
               others == 0 ? "" : fmt::format("; {} more since the last such line", others));
}

std::uint64_t IncidentLog::count(Incident incident) const noexcept {
  return counts_[place_of(incident)].value();
}

}  // namespace packhouse::http
