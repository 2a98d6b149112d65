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
/// that has not failed on it yet may try. Failures of neighbours behind the same address on other accounts
/// do not delay a user who logged in from there within thirty days; others wait a minute for them at most.
///
/// Memory is bounded: at most `capacity` of each are remembered, those that came last. IPv6 addresses count
/// by their /64, which is what one customer has. Thread-safe.
class LoginThrottle {
 public:
  static constexpr unsigned free_attempts = 5;      ///< of one address on one account
  static constexpr unsigned free_under_attack = 1;  ///< the same, once the account is under attack
  static constexpr unsigned attack_begins = 50;     ///< failures on one account from anywhere
  static constexpr unsigned free_of_address = 20;   ///< failures of one address on any account
  static constexpr std::chrono::seconds longest_wait{900};
  static constexpr std::chrono::seconds longest_of_address{60};            ///< for failures on other accounts
  static constexpr std::chrono::seconds known_for{std::chrono::days{30}};  ///< after the last log-in

  explicit LoginThrottle(std::size_t capacity = 16'384);

  /// How long this address has to wait before it may try this account; zero: it may try now.
  std::chrono::seconds wait(std::string_view account, std::string_view address, Timestamp now) const;
  void failed(std::string_view account, std::string_view address, Timestamp now);
  void succeeded(std::string_view account, std::string_view address, Timestamp now);

  /// Whether this account was logged in to from this address.
  bool knows(std::string_view account, std::string_view address, Timestamp now) const;

  /// The number of records; for tests of the bound.
  std::size_t remembered() const;

 private:
  struct Record {
    std::uint64_t key = 0;
    unsigned failures = 0;
    Timestamp last;
  };

  /// The records that changed last, each for a time after its last change.
  class Records {
   public:
    explicit Records(std::chrono::seconds kept) : kept_(kept) {}
    const Record* find(std::uint64_t key, Timestamp now) const;
    Record& at(std::uint64_t key, Timestamp now, std::size_t capacity);
    std::size_t size() const noexcept { return order_.size(); }

   private:
    std::chrono::seconds kept_;
    std::list<Record> order_;  // the latest first
    std::unordered_map<std::uint64_t, std::list<Record>::iterator> places_;
  };

  std::uint64_t key_of(std::string_view account, std::string_view address) const;
  static std::chrono::seconds wait_for(const Record* record, unsigned free, std::chrono::seconds longest,
                                       Timestamp now);

  const std::size_t capacity_;
  std::array<unsigned char, 16> secret_{};  // so that an attacker cannot choose names that share a record
  mutable std::mutex mutex_;
  Records pairs_{longest_wait};
  Records addresses_{longest_wait};
  Records accounts_{longest_wait};
  Records known_{known_for};  // pairs that logged in
};

}  // namespace packhouse::auth
