#include "http_server/admission.hpp"

namespace packhouse::http {

std::optional<AdmissionTicket> Admission::admit(const std::string& address) {
  const std::lock_guard lock(mutex_);
  std::size_t& count = counts_[address];
  const bool full = total_ >= limits_.max_connections;
  const bool greedy = count >= limits_.max_connections_per_address && !proxies_.trusts(address);
  if (full || greedy) {
    if (count == 0) counts_.erase(address);
    return std::nullopt;
  }
  ++count;
  ++total_;
  return std::optional<AdmissionTicket>(std::in_place, *this, address);
}

void Admission::leave(const std::string& address) noexcept {
  const std::lock_guard lock(mutex_);
  const auto place = counts_.find(address);
  if (--place->second == 0) counts_.erase(place);
  --total_;
}

}  // namespace packhouse::http
