#include "http_server/admission.hpp"

#include "sys/network_of.hpp"

namespace packhouse::http {

std::optional<AdmissionTicket> Admission::admit(const std::string& address) {
  if (const auto refusal = take_place(address)) {
    incidents_.note(*refusal, address);
    return std::nullopt;
  }
  return std::optional<AdmissionTicket>(std::in_place, *this, address);
}

std::size_t Admission::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

std::size_t Admission::most() const {
  const std::lock_guard lock(mutex_);
  return limits_.max_connections;
}

void Admission::reconfigure(const ServerLimits& limits, TrustedProxies proxies) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
  proxies_ = std::move(proxies);
}

/// Why there is none; nullopt: it is taken.
std::optional<Incident> Admission::take_place(const std::string& address) {
  const auto network = network_of(address);
  const std::lock_guard lock(mutex_);
  std::size_t& count = counts_[network];
  const std::size_t unreserved = limits_.max_connections - limits_.max_connections / 8;
  const bool full = total_ >= limits_.max_connections;
  const bool scarce = total_ >= unreserved && count >= few;
  const bool greedy = count >= limits_.max_connections_per_address;
  if (full || ((scarce || greedy) && !proxies_.trusts(address))) {
    if (count == 0) counts_.erase(network);
    return full || scarce ? Incident::connections : Incident::network_connections;
  }
  ++count;
  ++total_;
  return std::nullopt;
}

void Admission::leave(const std::string& address) noexcept {
  const std::lock_guard lock(mutex_);
  const auto place = counts_.find(network_of(address));
  if (--place->second == 0) counts_.erase(place);
  --total_;
}

}  // namespace packhouse::http
