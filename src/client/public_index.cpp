#include "client/public_index.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.hpp"

namespace packhouse::client {
namespace {

// As labels, so that no registry's host stands here as one word.
using Labels = std::array<std::string_view, 2>;
constexpr std::array<Labels, 3> public_domains{{{"pypi", "org"}, {"pythonhosted", "org"}, {"python", "org"}}};

}  // namespace

bool is_public_index_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);  // the root's own dot: the same host
  const std::string lower = ascii_lower(host);
  const auto labels = split(lower, '.');
  const auto ends_in = [&](const Labels& domain) {
    return labels.size() >= domain.size() &&
           std::ranges::equal(domain, std::span(labels).last(domain.size()));
  };
  return std::ranges::any_of(public_domains, ends_in);
}

Check decide_not_public(std::string_view variable, const http::Url& url) {
  // A host that is not plain ASCII or holds an escape may be read as another one by another program.
  const auto is_plain = [](char c) {
    return is_ascii_alnum(c) || c == '-' || c == '.' || c == ':' || c == '_';
  };
  const bool plain = !url.host.empty() && std::ranges::all_of(url.host, is_plain);
  CheckBuilder exam;
  exam.on({"configuration"})
      .require("index.not-public", plain && !is_public_index_host(url.host),
               "a private index in " + std::string(variable),
               (plain ? "the host " : "a host that is not plain ASCII: ") + quote(url.host),
               "set " + std::string(variable) +
                   " to your own index: this repository is never published to the public one");
  return exam.take().front();
}

Check decide_encrypted(std::string_view variable, const http::Url& url, bool plain_http_allowed) {
  const bool encrypted = url.scheme == "https";
  const std::string found = (encrypted ? "https" : "plain http") + std::string(" to ") + quote(url.host);
  CheckBuilder exam;
  exam.on({"configuration"})
      .require("index.encrypted", encrypted || url.is_loopback() || plain_http_allowed,
               "https in " + std::string(variable), found,
               "serve the index over https; in a network that you trust set allow-plain-http in [index]");
  return exam.take().front();
}

}  // namespace packhouse::client
