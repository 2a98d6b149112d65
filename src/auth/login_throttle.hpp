#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"

namespace packhouse::auth {

/// Slows guessing of passwords down. Failures are counted in three ways, each for a quarter of an hour after
/// the last failure: of one address on one account, of one address in all, and on one account from anywhere.
/// After a few free attempts each further failure doubles the time to wait.
///
/// An attack cannot lock the holder of an account out: however often others failed on an account, an address
/// that has not failed on it yet may try, and an address that has logged in before does not wait for failures
/// of its neighbours behind the same address on other accounts.
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

  /// The number of records; for tests of the bound.
  std::size_t remembered() const;

 private:
  struct Record {
    std::uint64_t key = 0;
    unsigned failures = 0;
    Timestamp last;
    bool logged_in = false;
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
  std::array<unsigned char, 16> secret_{};  // so that an attacker cannot choose names that share a record
  mutable std::mutex mutex_;
  Records pairs_;
  Records addresses_;
  Records accounts_;
};

}  // namespace packhouse::auth
