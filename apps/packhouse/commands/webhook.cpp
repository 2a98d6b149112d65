#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/json.hpp"
#include "commands/commands.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct WebhookOptions {
  std::string data = "packhouse-data";
  bool json = false;
};

json::Value time_or_null(const std::optional<Timestamp>& time) {
  return time ? json::Value(to_iso8601(*time)) : json::Value(nullptr);
}

json::Object to_json(const WebhookState& state) {
  return {{"name", state.name},
          {"sequence", state.sequence},
          {"delivered", state.delivered},
          {"given_up", state.given_up},
          {"failures", state.failures},
          {"failing_since", time_or_null(state.failing_since)},
          {"next_try", time_or_null(state.next_try)},
          {"last_error", state.last_error}};
}

void print(const WebhookState& state) {
  fmt::print("{}: {} delivered, {} given up, up to entry {} of the ledger\n", state.name, state.delivered,
             state.given_up, state.sequence);
  if (state.failures == 0) return;
  fmt::print("  failed {} times since {}, tried again at {}: {}\n", state.failures,
             to_iso8601(state.failing_since.value_or(Timestamp{})),
             to_iso8601(state.next_try.value_or(Timestamp{})), state.last_error);
}

Status list(const WebhookOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto states, data.store->webhooks().list());
  if (!options.json) {
    for (const auto& state : states)
      print(state);
    return success();
  }
  json::Array all;
  for (const auto& state : states)
    all.emplace_back(to_json(state));
  fmt::print("{}\n", json::dump_pretty(json::Object{{"webhooks", std::move(all)}}));
  return success();
}

}  // namespace

void register_webhook(Command root) {
  const auto options = std::make_shared<WebhookOptions>();  // shared by the parser and the action
  const auto group = root.group("webhook", "Look at the deliveries to webhooks");
  const auto command = group.command(
      "list", "How far the deliveries to each webhook are, and what hinders them", options, list);
  add_data(command, options->data);
  command.flag("--json", options->json, "For programs");
}

}  // namespace packhouse::app
