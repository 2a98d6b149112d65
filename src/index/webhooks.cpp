#include "index/webhooks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hmac.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace packhouse::index {
namespace {

constexpr std::size_t entries_at_once = 100;
constexpr std::string_view secret_prefix = "whsec_";
constexpr std::size_t shortest_key = 24;
constexpr std::size_t longest_key = 64;
constexpr std::size_t longest_error = 300;

std::chrono::seconds wait_after(std::uint64_t failures) {
  auto wait = WebhookQueue::first_wait;
  for (std::uint64_t i = 1; i < failures && wait < WebhookQueue::longest_wait; ++i)
    wait *= 2;
  return std::min(wait, WebhookQueue::longest_wait);
}

std::string shown(const std::string& message) {
  return message.size() <= longest_error ? message : quote(message, longest_error);
}

}  // namespace

Delivery delivery_of(const LedgerEntry& entry) {
  const auto& note = entry.note;
  // The caller's address stays here: a receiver may be anybody's chat.
  const json::Object data{{"sequence", entry.sequence},
                          {"subject", note.subject},
                          {"actor", {{"kind", note.actor.kind}, {"id", note.actor.id}}},
                          {"reason", note.reason},
                          {"detail", note.detail},
                          {"hash", entry.hash}};
  return {.id = entry.hash,
          .body = json::dump(
              json::Object{{"type", note.action}, {"timestamp", to_iso8601(entry.time)}, {"data", data}})};
}

Result<Secret> parse_webhook_secret(std::string_view text) {
  const Error wrong{Errc::invalid_input,
                    "expected whsec_ and 24 to 64 bytes in base64 as the secret of a webhook",
                    "such as what this prints: echo whsec_$(head -c 32 /dev/urandom | base64)"};
  if (!text.starts_with(secret_prefix)) return wrong;
  auto key = from_base64(text.substr(secret_prefix.size()));
  if (!key || key->size() < shortest_key || key->size() > longest_key) return wrong;
  return Secret{*std::move(key)};
}

std::string webhook_signature(const Secret& key, const Delivery& delivery, std::chrono::seconds unix_time) {
  const auto code =
      hmac_sha256(key, fmt::format("{}.{}.{}", delivery.id, unix_time.count(), delivery.body)).bytes();
  return "v1," + to_base64({reinterpret_cast<const char*>(code.data()), code.size()});
}

Status WebhookQueue::begin(std::int64_t sequence) {
  TRY(const auto there, store_.webhooks().find(webhook_.name));
  if (there) return success();
  return store_.webhooks().put({.name = webhook_.name, .sequence = sequence});
}

bool WebhookQueue::wants(std::string_view action) const {
  const auto matches = [&](std::string_view pattern) {
    if (!pattern.ends_with('*')) return action == pattern;
    pattern.remove_suffix(1);
    return action.starts_with(pattern);
  };
  return webhook_.events.empty() || std::ranges::any_of(webhook_.events, matches);
}

Result<WebhookQueue::Step> WebhookQueue::step(const Deliver& deliver) {
  TRY(auto found, store_.webhooks().find(webhook_.name));
  if (!found) return Step::idle;
  if (found->next_try && clock_.now() < *found->next_try) return Step::idle;
  TRY(const auto entries, store_.ledger().entries(found->sequence, entries_at_once));
  const auto wanted =
      std::ranges::find_if(entries, [&](const LedgerEntry& entry) { return wants(entry.note.action); });
  if (wanted != entries.end()) return settle(*std::move(found), *wanted, deliver(delivery_of(*wanted)));
  if (entries.empty()) return Step::idle;
  found->sequence = entries.back().sequence;
  CHECK_OK(store_.webhooks().put(*found));
  return Step::skipped;
}

Result<WebhookQueue::Step> WebhookQueue::settle(WebhookState state, const LedgerEntry& entry,
                                                const Status& outcome) {
  const auto now = clock_.now();
  const bool gives_up = !outcome.ok() && state.failing_since && now - *state.failing_since >= patience;
  if (outcome.ok() || gives_up) {
    state.sequence = entry.sequence;
    ++(outcome.ok() ? state.delivered : state.given_up);
    state.failures = 0;
    state.failing_since.reset();
    state.next_try.reset();
  } else {
    ++state.failures;
    if (!state.failing_since) state.failing_since = now;
    state.next_try = now + wait_after(state.failures);
  }
  state.last_error = outcome.ok() ? "" : shown(outcome.error().message);
  CHECK_OK(store_.webhooks().put(state));
  if (outcome.ok()) return Step::delivered;
  return gives_up ? Step::given_up : Step::failed;
}

}  // namespace packhouse::index
