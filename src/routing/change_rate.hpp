#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "auth/authenticator.hpp"
#include "base/time.hpp"

namespace packhouse::routing {

/// `burst` changes at once, then `per_second` of them.
struct ChangeLimits {
  unsigned burst = 2000;  ///< the requests of a session with a thousand files
  unsigned per_second = 10;
};

/// Limits how fast one credential changes things, since each change stays in the ledger for ever.
/// Thread-safe; keeps one number for each credential that was accepted.
class ChangeRate {
 public:
  explicit ChangeRate(const ChangeLimits& limits) : limits_(limits) {}

  /// Zero: counted, and it may change something now. Otherwise how long it has to wait; nothing is counted.
  std::chrono::seconds take(const auth::Caller& caller, Timestamp now);

 private:
  struct Bucket {
    double left = 0;
    Timestamp filled;
  };

  const ChangeLimits limits_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace packhouse::routing
