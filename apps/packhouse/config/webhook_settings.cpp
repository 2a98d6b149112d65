#include "config/webhook_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/toml_reader.hpp"
#include "http/url.hpp"
#include "model/index_policy.hpp"

namespace packhouse::app {
namespace {

constexpr std::size_t most = 16;  // each has a thread

Status check_url(std::string_view text) {
  const auto url = http::Url::parse(text);
  if (url.ok() && !url->has_credentials()) return success();
  return Error{Errc::invalid_input,
               "expected an http or https URL without a user name as the url of a webhook",
               "what proves the sender is the signature; docs/operate/webhooks.md says how"};
}

Result<WebhookSettings> read_webhook(const toml::table& table, std::string_view file) {
  WebhookSettings webhook;
  CHECK_OK(TomlReader(table, file, "in [[webhook]]")
               .text_with("name",
                          [&](const std::string& text) -> Status {
                            TRY(webhook.name, parse_index_name(text));
                            return success();
                          })
               .text_with("url",
                          [&](const std::string& text) -> Status {
                            webhook.url = text;
                            return check_url(text);
                          })
               .text("secret-file", webhook.secret_file)
               .texts("events", webhook.events)
               .boolean("private-addresses", webhook.private_addresses)
               .text("ca-file", webhook.ca_file)
               .finish());
  if (!webhook.name.empty() && !webhook.url.empty() && !webhook.secret_file.empty()) return webhook;
  return Error{Errc::invalid_input, fmt::format("{}:{}: expected name, url and secret-file in [[webhook]]",
                                                file, table.source().begin.line)};
}

Result<WebhookSettings> read_node(const toml::node& node, std::string_view file) {
  if (const auto* table = node.as_table()) return read_webhook(*table, file);
  return Error{Errc::invalid_input,
               fmt::format("{}:{}: expected a table as webhook", file, node.source().begin.line),
               "such as [[webhook]]"};
}

}  // namespace

Result<std::vector<WebhookSettings>> read_webhooks(const toml::array& tables, std::string_view file) {
  std::vector<WebhookSettings> webhooks;
  for (const auto& node : tables) {
    TRY(auto webhook, read_node(node, file));
    const bool twice = std::ranges::find(webhooks, webhook.name, &WebhookSettings::name) != webhooks.end();
    if (twice || webhooks.size() == most) {
      return Error{Errc::invalid_input,
                   fmt::format("{}:{}: expected at most {} webhooks, each with another name", file,
                               node.source().begin.line, most)};
    }
    webhooks.push_back(std::move(webhook));
  }
  return webhooks;
}

}  // namespace packhouse::app
