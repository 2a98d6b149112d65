#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "http_server/incident_log.hpp"
#include "http_server/server_options.hpp"
#include "http_server/trusted_proxies.hpp"

namespace packhouse::http {

class AdmissionTicket;

/// Counts connections, in all and by network (network_of()), against the limits. The last eighth of all is
/// kept for networks that have few, and for trusted proxies. Thread-safe; locked once for a connection, never
/// for a request. Outlives its tickets.
class Admission {
 public:
  Admission(const ServerLimits& limits, TrustedProxies proxies, IncidentLog& incidents)
      : limits_(limits), proxies_(std::move(proxies)), incidents_(incidents) {}

  /// How many connections a network may have of the last eighth.
  static constexpr std::size_t few = 8;

  /// nullopt: the server is full, or this network has as many connections as it may have.
  std::optional<AdmissionTicket> admit(const std::string& address);
  /// How many connections there are, and may be.
  std::size_t total() const;
  std::size_t most() const;
  /// For connections from now on.
  void reconfigure(const ServerLimits& limits, TrustedProxies proxies);

 private:
  friend class AdmissionTicket;
  std::optional<Incident> take_place(const std::string& address);
  void leave(const std::string& address) noexcept;

  ServerLimits limits_;  // guarded, as all below
  TrustedProxies proxies_;
  IncidentLog& incidents_;
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t, std::less<>> counts_;  // by network
  std::size_t total_ = 0;
};

/// Held while a connection lives.
class AdmissionTicket {
 public:
  AdmissionTicket(Admission& admission, std::string address)
      : admission_(&admission), address_(std::move(address)) {}
  ~AdmissionTicket() {
    if (admission_ != nullptr) admission_->leave(address_);
  }
  AdmissionTicket(AdmissionTicket&& other) noexcept
      : admission_(std::exchange(other.admission_, nullptr)), address_(std::move(other.address_)) {}
  AdmissionTicket& operator=(AdmissionTicket&&) = delete;

  /// Whose connection it is.
  const std::string& address() const noexcept { return address_; }

 private:
  Admission* admission_;
  std::string address_;
};

}  // namespace packhouse::http
