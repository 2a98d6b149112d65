#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "model/ledger_entry.hpp"
#include "store/metadata_store.hpp"
#include "sys/clock.hpp"

namespace packhouse::index {

/// Who is told of which changes.
struct Webhook {
  std::string name;
  std::vector<std::string> events = {};  ///< actions, and beginnings as "release.*"; empty: all
};

/// One change, as a receiver gets it (Standard Webhooks 1.0.0). The same at every try.
struct Delivery {
  std::string id;    ///< of the ledger's entry: its hash
  std::string body;  ///< JSON with "type", "timestamp" and "data"
};

Delivery delivery_of(const LedgerEntry& entry);

/// The key of "whsec_" and base64, of 24 to 64 bytes; invalid_input for another form.
Result<Secret> parse_webhook_secret(std::string_view text);
/// The field webhook-signature of a delivery that is sent at that time: "v1,BASE64".
std::string webhook_signature(const Secret& key, const Delivery& delivery, std::chrono::seconds unix_time);

/// Sends one delivery; success once the receiver has it.
using Deliver = std::function<Status(const Delivery&)>;

/// The deliveries to one webhook, in the order of the ledger, which is their queue: what happens while a
/// receiver is away waits there. A delivery that fails is tried again after 5 seconds, then after twice as
/// long each time, at most an hour, and given up after three days; then the next one has its turn. A crash
/// between a delivery and its record repeats it: receivers know it by its id.
class WebhookQueue {
 public:
  static constexpr std::chrono::seconds first_wait{5};
  static constexpr std::chrono::seconds longest_wait{3600};
  static constexpr std::chrono::hours patience{72};

  /// What came of a step.
  enum class Step {
    idle,       ///< nothing is due
    skipped,    ///< entries that this webhook does not want
    delivered,  ///< one
    failed,     ///< one; it is tried again
    given_up,   ///< one, for good
  };

  /// The last two outlive it.
  WebhookQueue(Webhook webhook, MetadataStore& store, const Clock& clock)
      : webhook_(std::move(webhook)), store_(store), clock_(clock) {}

  const std::string& name() const noexcept { return webhook_.name; }
  /// For a webhook that is new: it is told of what comes after that entry. Changes nothing otherwise.
  Status begin(std::int64_t sequence);
  /// Looks at some entries and makes one delivery at most.
  Result<Step> step(const Deliver& deliver);

 private:
  bool wants(std::string_view action) const;
  Result<Step> settle(WebhookState state, const LedgerEntry& entry, const Status& outcome);

  const Webhook webhook_;
  MetadataStore& store_;
  const Clock& clock_;
};

}  // namespace packhouse::index
