#include "auth/login_throttle.hpp"

#include <sodium.h>

#include <algorithm>
#include <string>

#include "sys/network_of.hpp"

namespace packhouse::auth {
const LoginThrottle::Record* LoginThrottle::Records::find(std::uint64_t key, Timestamp now) const {
  const auto found = places_.find(key);
  if (found == places_.end() || now - found->second->last >= longest_wait) return nullptr;
  return &*found->second;
}

LoginThrottle::Record& LoginThrottle::Records::at(std::uint64_t key, Timestamp now, std::size_t capacity) {
  const auto found = places_.find(key);
  if (found != places_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    Record& record = *found->second;
    if (now - record.last >= longest_wait)
      record = {.key = key, .failures = 0, .last = now, .logged_in = false};
    return record;
  }
  if (order_.size() >= capacity) {
    places_.erase(order_.back().key);
    order_.pop_back();
  }
  order_.push_front({.key = key, .failures = 0, .last = now, .logged_in = false});
  places_[key] = order_.begin();
  return order_.front();
}

LoginThrottle::LoginThrottle(std::size_t capacity) : capacity_(capacity) {
  ::randombytes_buf(secret_.data(), secret_.size());
}

std::uint64_t LoginThrottle::key_of(std::string_view account, std::string_view address) const {
  std::string text(account);
  text += '\0';
  text += address;
  std::array<unsigned char, crypto_shorthash_BYTES> hash{};
  ::crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     secret_.data());
  std::uint64_t key = 0;
  for (const unsigned char byte : hash)
    key = key << 8U | byte;
  return key;
}

std::chrono::seconds LoginThrottle::wait_for(const Record* record, unsigned free, Timestamp now) {
  if (record == nullptr || record->failures < free) return {};
  const unsigned doublings = std::min(record->failures - free, 10U);
  const auto whole = std::min(std::chrono::seconds{1U << doublings}, longest_wait);
  const auto left = record->last + whole - now;
  return std::max(std::chrono::ceil<std::chrono::seconds>(left), std::chrono::seconds{0});
}

std::chrono::seconds LoginThrottle::wait(std::string_view account, std::string_view address,
                                         Timestamp now) const {
  const auto site = network_of(address);
  const std::scoped_lock lock{mutex_};
  const Record* const pair = pairs_.find(key_of(account, site), now);
  const Record* const all = accounts_.find(key_of(account, {}), now);
  const bool attacked = all != nullptr && all->failures >= attack_begins;
  const auto own = wait_for(pair, attacked ? free_under_attack : free_attempts, now);
  if (pair != nullptr && pair->logged_in) return own;
  return std::max(own, wait_for(addresses_.find(key_of({}, site), now), free_of_address, now));
}

void LoginThrottle::failed(std::string_view account, std::string_view address, Timestamp now) {
  const auto site = network_of(address);
  const std::scoped_lock lock{mutex_};
  for (auto* const record :
       {&pairs_.at(key_of(account, site), now, capacity_), &addresses_.at(key_of({}, site), now, capacity_),
        &accounts_.at(key_of(account, {}), now, capacity_)}) {
    ++record->failures;
    record->last = now;
  }
}

void LoginThrottle::succeeded(std::string_view account, std::string_view address, Timestamp now) {
  const std::scoped_lock lock{mutex_};
  const auto key = key_of(account, network_of(address));
  pairs_.at(key, now, capacity_) = {.key = key, .failures = 0, .last = now, .logged_in = true};
}

std::size_t LoginThrottle::remembered() const {
  const std::scoped_lock lock{mutex_};
  return pairs_.size() + addresses_.size() + accounts_.size();
}

}  // namespace packhouse::auth
