#include "config/trusted_issuers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/toml_reader.hpp"
#include "http/url.hpp"

namespace packhouse::app {
namespace {

constexpr std::array<std::pair<std::string_view, IssuerKind>, 4> kinds{{{"github", IssuerKind::github},
                                                                        {"gitlab", IssuerKind::gitlab},
                                                                        {"forgejo", IssuerKind::forgejo},
                                                                        {"other", IssuerKind::other}}};
constexpr std::string_view where = "in [[trusted-publishing.issuer]]";

/// Whoever could stand between this server and an issuer could give it keys: plain http is for this machine.
Status check_url(std::string_view text) {
  const auto url = http::Url::parse(text);
  if (url.ok() && !url->has_credentials() && url->query.empty() && !text.ends_with('/') &&
      (url->scheme == "https" || url->is_loopback())) {
    return success();
  }
  return Error{Errc::invalid_input,
               fmt::format("expected the https address of an issuer without a slash at its end, found {}",
                           quote(text)),
               "such as \"https://gitlab.example.org\": what its tokens have in the claim iss"};
}

Result<IssuerSettings> read_issuer(const toml::table& table, std::string_view file) {
  IssuerSettings issuer;
  CHECK_OK(TomlReader(table, file, std::string(where))
               .choice("kind", "\"github\", \"gitlab\", \"forgejo\" or \"other\"", kinds, issuer.kind)
               .text("url", issuer.url)
               .text("proxy", issuer.proxy)
               .text("ca-file", issuer.ca_file)
               .finish());
  if (issuer.url.empty()) issuer.url = default_issuer(issuer.kind);
  if (const auto good = check_url(issuer.url); !good.ok())
    return good.error().context(fmt::format("{}:{}", file, table.source().begin.line));
  return issuer;
}

Status read_issuers(const toml::array& tables, std::string_view file, std::vector<IssuerSettings>& issuers) {
  for (const auto& node : tables) {
    TRY(auto issuer, read_issuer(*node.as_table(), file));
    if (std::ranges::find(issuers, issuer.url, &IssuerSettings::url) != issuers.end()) {
      return Error{Errc::invalid_input, fmt::format("{}:{}: the issuer {} is there twice", file,
                                                    node.source().begin.line, quote(issuer.url))};
    }
    issuers.push_back(std::move(issuer));
  }
  return success();
}

bool all_tables(const toml::array& nodes) {
  return std::ranges::all_of(nodes, [](const toml::node& node) { return node.is_table(); });
}

}  // namespace

Result<TrustedPublishing> read_trusted_publishing(const toml::table& table, std::string_view file) {
  TrustedPublishing settings;
  Status issuers;
  CHECK_OK(TomlReader(table, file, "in [trusted-publishing]")
               .text("audience", settings.audience)
               .with("issuer", "tables [[trusted-publishing.issuer]]",
                     [&](const toml::node& node) {
                       const auto* const tables = node.as_array();
                       if (tables == nullptr || !all_tables(*tables)) return false;
                       issuers = read_issuers(*tables, file, settings.issuers);
                       return true;
                     })
               .finish());
  CHECK_OK(issuers);
  return settings;
}

Status settle_audience(TrustedPublishing& settings, const std::optional<std::string>& public_url,
                       std::string_view file) {
  if (settings.issuers.empty() || !settings.audience.empty()) return success();
  const auto url = http::Url::parse(public_url.value_or(""));
  if (!url.ok()) {
    return Error{
        Errc::invalid_input,
        fmt::format("{}: [trusted-publishing]: expected audience or public-url, found neither", file),
        "the audience tells this server's identity tokens from those for others: its host name"};
  }
  settings.audience = url->host;
  return success();
}

}  // namespace packhouse::app
