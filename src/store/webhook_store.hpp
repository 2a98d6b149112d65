#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace packhouse {

/// How far the deliveries to one webhook are. The ledger is the queue: its entries are delivered in their
/// order, and this says up to which.
struct WebhookState {
  std::string name;
  std::int64_t sequence = 0;  ///< of the last entry that was delivered, skipped or given up
  std::uint64_t delivered = 0;
  std::uint64_t given_up = 0;
  std::uint64_t failures = 0;  ///< of the next delivery so far
  std::optional<Timestamp> failing_since = {};
  std::optional<Timestamp> next_try = {};
  std::string last_error = {};
  bool operator==(const WebhookState&) const = default;
};

/// Errors, durability and threads as in MetadataStore. Leaves no trace in the ledger, which it would lengthen
/// with each delivery.
class WebhookStore {
 public:
  virtual ~WebhookStore() = default;

  /// By name.
  virtual Result<std::vector<WebhookState>> list() = 0;
  /// nullopt: none of that name ever was.
  virtual Result<std::optional<WebhookState>> find(std::string_view name) = 0;
  virtual Status put(const WebhookState& state) = 0;
};

}  // namespace packhouse
