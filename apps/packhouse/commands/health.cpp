// packhouse health: whether a server answers, for what restarts it.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "commands/commands.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "wiring/environment.hpp"

namespace packhouse::app {
namespace {

constexpr std::chrono::seconds patience{5};
constexpr std::uint64_t most_bytes = 64U << 10U;

struct HealthOptions {
  std::string url = "http://127.0.0.1:8080";
  bool ready = false;
};

/// A proxy in the environment is there for upstreams. It could not reach this machine's loopback addresses.
void leave_out_proxies(const http::Url& url) {
  if (url.is_loopback()) ::setenv("no_proxy", "*", 1);  // NOLINT(concurrency-mt-unsafe): one thread runs
}

Status ask(const HealthOptions& options) {
  TRY(auto url, http::Url::parse(options.url));
  if (url.has_credentials()) return Error{Errc::invalid_input, "expected a URL without credentials"};
  TRY(url, url.resolve(options.ready ? "/-/ready" : "/-/live"));
  leave_out_proxies(url);
  const auto client = http::make_client({.user_agent = "packhouse/" PACKHOUSE_VERSION,
                                         .ca_file = environment_variable("SSL_CERT_FILE").value_or("")});
  TRY(const auto answer, client->send({.url = url.str(),
                                       .max_body = most_bytes,
                                       .connect_timeout = patience,
                                       .stall_timeout = patience,
                                       .total_timeout = patience}));
  if (answer.status != 200) {
    return Error{Errc::unavailable,
                 fmt::format("{}: expected status 200, found {}", url.str(), answer.status),
                 "docs/operate/full-disk.md says what is tried; the server's log says why it failed"};
  }
  fmt::print("{}\n", options.ready ? "ready" : "live");
  return success();
}

}  // namespace

void register_health(Command root) {
  const auto options = std::make_shared<HealthOptions>();  // shared by the parser and the action
  const auto command = root.command("health", "Ask a server whether it answers", options, ask);
  command.text("--url", options->url, "Its address").show_default();
  command.flag("--ready", options->ready, "Ask whether its database and its disk can be written as well");
}

}  // namespace packhouse::app
