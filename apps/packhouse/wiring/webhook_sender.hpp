#pragma once

#include <spdlog/fwd.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/counter.hpp"
#include "config/webhook_settings.hpp"
#include "http/client.hpp"
#include "http/connection_rules.hpp"
#include "index/webhooks.hpp"
#include "sys/file_system.hpp"

namespace packhouse::app {

/// A webhook with its key, and how its receiver is reached.
struct WebhookAccess {
  index::Webhook webhook;
  std::string url;
  Secret key;
  http::ClientOptions client;
  http::ConnectionRules rules;
};

/// Reads the secrets. invalid_input for one that is missing or too short.
Result<std::vector<WebhookAccess>> open_webhooks(const std::vector<WebhookSettings>& settings,
                                                 FileSystem& disk);

/// Tries since the start.
struct WebhookCounts {
  Counter delivered;
  Counter failed;
  Counter given_up;
};

/// Delivers what the ledger gets to webhooks, each on a thread of its own, so that no receiver waits for
/// another one. A delivery takes ten seconds at most, follows no redirect, and reads 64 KiB of the answer.
class WebhookSender {
 public:
  /// All of them outlive it.
  WebhookSender(MetadataStore& store, const Clock& clock, WebhookCounts& counts, spdlog::logger& log)
      : store_(store), clock_(clock), counts_(counts), log_(log) {}
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;
  /// Waits for the deliveries that are under way.
  ~WebhookSender();

  /// Call once. What the ledger has up to entry `sequence` is no news for a new webhook.
  Status begin(const std::vector<WebhookAccess>& webhooks, std::int64_t sequence);

 private:
  void run(const std::stop_token& stop, const WebhookAccess& access);
  /// Whether there may be more to do at once.
  bool step(index::WebhookQueue& queue, const index::Deliver& deliver);

  MetadataStore& store_;
  const Clock& clock_;
  WebhookCounts& counts_;
  spdlog::logger& log_;
  std::mutex mutex_;
  std::condition_variable_any stopping_;
  std::vector<std::jthread> threads_;  // end first
};

}  // namespace packhouse::app
