#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace packhouse {

/// Values by text, at most `max_weight` of them in all; the one asked for longest ago goes first. Values are
/// handed out by copy: keep them cheap to copy. Thread-safe, every call short.
template <typename Value>
class LruCache {
 public:
  explicit LruCache(std::uint64_t max_weight) : max_weight_(max_weight) {}

  std::optional<Value> find(std::string_view key) {
    const std::scoped_lock lock{mutex_};
    const auto found = positions_.find(key);
    if (found == positions_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->value;
  }

  /// Take it before reading what a value is made of, hand it to put().
  std::uint64_t generation() const {
    const std::scoped_lock lock{mutex_};
    return generation_;
  }

  /// Keeps the value, unless something was dropped since `generation`: it may then be stale.
  void put(std::string_view key, Value value, std::uint64_t weight, std::uint64_t generation) {
    const std::scoped_lock lock{mutex_};
    if (generation != generation_ || weight > max_weight_) return;
    const auto found = positions_.find(key);
    if (found != positions_.end()) erase(found->second);
    entries_.push_front({std::string(key), std::move(value), weight});
    positions_.emplace(key, entries_.begin());
    weight_ += weight;
    while (weight_ > max_weight_)
      erase(std::prev(entries_.end()));
  }

  /// Drops every value for which `matches(key, value)` holds.
  template <typename Predicate>
  void drop_if(Predicate matches) {
    const std::scoped_lock lock{mutex_};
    ++generation_;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto next = std::next(entry);
      if (matches(std::string_view(entry->key), entry->value)) erase(entry);
      entry = next;
    }
  }

  void drop(std::initializer_list<std::string_view> keys) {
    const std::scoped_lock lock{mutex_};
    ++generation_;
    for (const auto key : keys) {
      const auto found = positions_.find(key);
      if (found != positions_.end()) erase(found->second);
    }
  }

  std::uint64_t weight() const {
    const std::scoped_lock lock{mutex_};
    return weight_;
  }

 private:
  struct Entry {
    std::string key;
    Value value;
    std::uint64_t weight;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Entries = std::list<Entry>;

  void erase(typename Entries::iterator entry) {
    weight_ -= entry->weight;
    positions_.erase(positions_.find(std::string_view(entry->key)));
    entries_.erase(entry);
  }

  const std::uint64_t max_weight_;
  mutable std::mutex mutex_;
  Entries entries_;  // the one used last in front
  std::unordered_map<std::string, typename Entries::iterator, Hash, std::equal_to<>> positions_;
  std::uint64_t weight_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace packhouse
