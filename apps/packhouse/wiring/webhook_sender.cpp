#include "wiring/webhook_sender.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <exception>
#include <utility>

#include "base/text.hpp"

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_secret_file = 4096;
constexpr std::chrono::milliseconds between_looks{500};

Result<WebhookAccess> open_webhook(const WebhookSettings& settings, FileSystem& disk) {
  TRY(const auto text, disk.read(settings.secret_file, max_secret_file));
  auto key = index::parse_webhook_secret(trim(std::string_view(text).substr(0, text.find('\n'))));
  if (!key.ok()) return key.error().context(fmt::format("the webhook {}", settings.name));
  return WebhookAccess{.webhook = {.name = settings.name, .events = settings.events},
                       .url = settings.url,
                       .key = *std::move(key),
                       .client = {.user_agent = "packhouse", .ca_file = settings.ca_file},
                       .rules = {.public_addresses_only = !settings.private_addresses}};
}

Status send(http::Client& client, const WebhookAccess& access, const index::Delivery& delivery,
            std::chrono::seconds unix_time) {
  http::ClientRequest request{.method = http::Method::post, .url = access.url};
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Webhook-Id", delivery.id);
  request.headers.add("Webhook-Timestamp", std::to_string(unix_time.count()));
  request.headers.add("Webhook-Signature", index::webhook_signature(access.key, delivery, unix_time));
  request.body = delivery.body;
  request.max_body = 64UL << 10U;
  request.connect_timeout = std::chrono::seconds{5};
  request.stall_timeout = std::chrono::seconds{10};
  request.total_timeout = std::chrono::seconds{10};
  TRY(const auto answer, client.send(request));
  if (answer.status >= 200 && answer.status < 300) return success();
  return Error{Errc::unavailable, fmt::format("the receiver answered {}", answer.status)};
}

}  // namespace

Result<std::vector<WebhookAccess>> open_webhooks(const std::vector<WebhookSettings>& settings,
                                                 FileSystem& disk) {
  std::vector<WebhookAccess> webhooks;
  for (const auto& each : settings) {
    TRY(auto webhook, open_webhook(each, disk));
    webhooks.push_back(std::move(webhook));
  }
  return webhooks;
}

WebhookSender::~WebhookSender() {
  for (auto& thread : threads_)
    thread.request_stop();  // all of them before any is waited for
}

Status WebhookSender::begin(const std::vector<WebhookAccess>& webhooks, std::int64_t sequence) {
  for (const auto& access : webhooks)
    CHECK_OK(index::WebhookQueue(access.webhook, store_, clock_).begin(sequence));
  for (const auto& access : webhooks)
    threads_.emplace_back([this, access](const std::stop_token& stop) { run(stop, access); });
  return success();
}

void WebhookSender::run(const std::stop_token& stop, const WebhookAccess& access) {
  const auto client = http::make_client(access.client, access.rules);
  index::WebhookQueue queue(access.webhook, store_, clock_);
  const auto deliver = [&](const index::Delivery& delivery) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now().time_since_epoch());
    return send(*client, access, delivery, now);
  };
  while (!stop.stop_requested()) {
    if (step(queue, deliver)) continue;
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, stop, between_looks, [] { return false; });
  }
}

bool WebhookSender::step(index::WebhookQueue& queue, const index::Deliver& deliver) {
  using Step = index::WebhookQueue::Step;
  try {
    const auto done = queue.step(deliver);
    if (!done.ok()) {
      log_.error("the webhook {} cannot go on: {}", queue.name(), done.error().message);
      return false;
    }
    if (*done == Step::delivered) counts_.delivered.add();
    if (*done == Step::failed) {
      counts_.failed.add();
      log_.warn("the webhook {} failed; packhouse webhook list says why", queue.name());
    }
    if (*done == Step::given_up) {
      counts_.given_up.add();
      log_.error("the webhook {} has failed for three days: a delivery is given up", queue.name());
    }
    return *done == Step::delivered || *done == Step::skipped || *done == Step::given_up;
  } catch (const std::exception& error) {  // a broken database: requests fail as well
    log_.error("the webhook {} cannot go on: {}", queue.name(), error.what());
    return false;
  }
}

}  // namespace packhouse::app
