#include "config/upstream_settings.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "config/toml_reader.hpp"
#include "http/url.hpp"

namespace packhouse::app {
namespace {

constexpr std::array<std::pair<std::string_view, dist::Severity>, 3> severities{
    {{"refuse", dist::Severity::refuse}, {"warn", dist::Severity::warn}, {"off", dist::Severity::off}}};

Status check_url(std::string_view text) {
  const Error wrong{Errc::invalid_input,
                    fmt::format("expected the address of a Simple API as an upstream, found {}", quote(text)),
                    "such as \"https://packages.example.org/simple/\", or \"pip\""};
  const auto url = http::Url::parse(text);
  if (!url.ok()) return wrong;
  if (!url->has_credentials() && url->query.empty()) return success();
  return Error{Errc::invalid_input,
               fmt::format("the address of the upstream {} holds a credential or a query", quote(url->host)),
               "give username, and password-variable or password-file"};
}

Status complete(std::string_view place, const UpstreamSettings& upstream) {
  const bool one_password = upstream.password_variable.empty() != upstream.password_file.empty();
  const bool no_credential =
      upstream.username.empty() && upstream.password_variable.empty() && upstream.password_file.empty();
  if (upstream.url.empty()) return Error{Errc::invalid_input, fmt::format("{}: expected a url", place), {}};
  if (no_credential || (one_password && !upstream.username.empty())) return success();
  return Error{Errc::invalid_input,
               fmt::format("{}: expected username with either password-variable or password-file", place),
               {}};
}

Result<UpstreamSettings> read_upstream(const toml::table& table, std::string_view file,
                                       std::string_view where) {
  UpstreamSettings upstream;
  std::chrono::seconds fresh_for{0};
  CHECK_OK(TomlReader(table, file, std::string(where))
               .text_with("url",
                          [&](const std::string& text) -> Status {
                            TRY(upstream, parse_upstream(text));
                            return success();
                          })
               .text("username", upstream.username)
               .text("password-variable", upstream.password_variable)
               .text("password-file", upstream.password_file)
               .text("proxy", upstream.proxy)
               .text("ca-file", upstream.ca_file)
               .boolean("private-addresses", upstream.private_addresses)
               .seconds("fresh-for", fresh_for)
               .texts("allow", upstream.allow)
               .texts("deny", upstream.deny)
               .seconds("minimum-age", upstream.minimum_age)
               .boolean("sdists", upstream.sdists)
               .boolean("yanked", upstream.yanked)
               .boolean("archived", upstream.archived)
               .choice("checks", "\"refuse\", \"warn\" or \"off\"", severities, upstream.checks)
               .finish());
  if (fresh_for.count() > 0) upstream.fresh_for = fresh_for;
  CHECK_OK(complete(fmt::format("{}:{}", file, table.source().begin.line), upstream));
  return upstream;
}

}  // namespace

Result<UpstreamSettings> parse_upstream(std::string_view text) {
  UpstreamSettings upstream;
  upstream.url = std::string(text);
  if (text == UpstreamSettings::of_pip) return upstream;
  CHECK_OK(check_url(text));
  if (!upstream.url.ends_with('/')) upstream.url += '/';
  return upstream;
}

Result<std::vector<UpstreamSettings>> read_upstreams(const toml::array& tables, std::string_view file,
                                                     std::string_view where) {
  std::vector<UpstreamSettings> upstreams;
  for (const auto& node : tables) {
    const auto* table = node.as_table();
    if (table == nullptr) {
      return Error{
          Errc::invalid_input,
          fmt::format("{}:{}: expected a table as upstream {}", file, node.source().begin.line, where),
          "such as [[index.main.upstream]]"};
    }
    TRY(auto upstream, read_upstream(*table, file, where));
    upstreams.push_back(std::move(upstream));
  }
  return upstreams;
}

}  // namespace packhouse::app
