#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"

namespace packhouse::auth {

/// Slows guessing of passwords down. Three things are counted, each for a quarter of an hour after its last
/// failure: what one address tries on one account, what one address tries at all, and what is tried on one
/// account from anywhere. Past a few free attempts each further one doubles the time to wait.
///
/// Nobody can lock an account's holder out from elsewhere: however often others failed on an account, an
/// address that has not failed on it yet may try, and one that came in before is not held up by what its
/// neighbours behind the same address try on other accounts.
///
/// Memory is bounded: at most `capacity` of each are remembered, those that failed last. IPv6 addresses count
/// by their /64, which is what one customer has. Thread-safe.
class LoginThrottle {
 public:
  static constexpr unsigned free_attempts = 5;      ///< of one address on one account
  static constexpr unsigned free_under_attack = 1;  ///< the same, once the account is under attack
  static constexpr unsigned attack_begins = 50;     ///< failures on one account from anywhere
  static constexpr unsigned free_of_address = 20;   ///< failures of one address on any account
  static constexpr std::chrono::seconds longest_wait{900};

  explicit LoginThrottle(std::size_t capacity = 16'384);

  /// How long this address has to wait before it may try this account; zero: it may try now.
  std::chrono::seconds wait(std::string_view account, std::string_view address, Timestamp now) const;
  void failed(std::string_view account, std::string_view address, Timestamp now);
  void succeeded(std::string_view account, std::string_view address, Timestamp now);

  /// How many things it remembers; for tests of the bound.
  std::size_t remembered() const;

 private:
  struct Record {
    std::uint64_t key = 0;
    unsigned failures = 0;
    Timestamp last;
    bool came_in = false;
  };

  /// The records that changed last.
  class Records {
   public:
    const Record* find(std::uint64_t key, Timestamp now) const;
    Record& at(std::uint64_t key, Timestamp now, std::size_t capacity);
    std::size_t size() const noexcept { return order_.size(); }

   private:
    std::list<Record> order_;  // the latest first
    std::unordered_map<std::uint64_t, std::list<Record>::iterator> places_;
  };

  std::uint64_t key_of(std::string_view account, std::string_view address) const;
  static std::chrono::seconds wait_for(const Record* record, unsigned free, Timestamp now);

  const std::size_t capacity_;
  std::array<unsigned char, 16> secret_{};  // so that nobody can choose names that share a record
  mutable std::mutex mutex_;
  Records pairs_;
  Records addresses_;
  Records accounts_;
};

}  // namespace packhouse::auth
