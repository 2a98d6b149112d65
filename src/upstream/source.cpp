#include "upstream/source.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "client/simple_page.hpp"
#include "http/redirects.hpp"
#include "http/status.hpp"
#include "upstream/freshness.hpp"

namespace packhouse::upstream {
namespace {

constexpr std::string_view page_types =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";
constexpr int http_ok = 200;
constexpr int max_redirects = 5;
constexpr std::size_t max_idle_clients = 16;
constexpr std::chrono::seconds connect_timeout{10};
constexpr std::chrono::seconds stall_timeout{20};
constexpr std::chrono::seconds page_timeout{60};
/// A file may take this long, and longer by its size at the slowest rate that is borne.
constexpr std::chrono::seconds file_timeout{120};
constexpr std::uint64_t slowest_file = 64UL << 10U;  // bytes a second

std::chrono::seconds timeout_of_file(std::uint64_t max_bytes) {
  return file_timeout + std::chrono::seconds{static_cast<std::int64_t>(max_bytes / slowest_file)};
}

http::ClientRequest bounded(std::uint64_t max_body, std::chrono::seconds total) {
  http::ClientRequest request;
  request.max_body = max_body;
  request.connect_timeout = connect_timeout;
  request.stall_timeout = stall_timeout;
  request.total_timeout = total;
  return request;
}

Error unexpected_status(std::string_view what, const http::ClientResponse& response) {
  return {Errc::unavailable,
          fmt::format("expected {}, found status {} {}", what, response.status, quote(response.reason)),
          response.status == 401 || response.status == 403 ? "check the upstream's credential" : ""};
}

Validators validators_of(const http::Headers& headers) {
  return {.etag = std::string(headers.get("ETag").value_or("")),
          .last_modified = std::string(headers.get("Last-Modified").value_or(""))};
}

void add_conditions(const Validators& validators, http::Headers& headers) {
  if (!validators.etag.empty()) headers.add("If-None-Match", validators.etag);
  if (!validators.last_modified.empty()) headers.add("If-Modified-Since", validators.last_modified);
}

}  // namespace

Source::Source(SourceSettings settings, MakeClient make_client)
    : settings_(std::move(settings)), make_client_(std::move(make_client)), name_(settings_.url.str()) {}

Result<PageAnswer> Source::page(const ProjectName& project, const Validators& validators) const {
  TRY(const auto url, settings_.url.resolve(project.str() + "/"));
  auto request = bounded(client::max_page_bytes, page_timeout);
  request.headers.add("Accept", std::string(page_types));
  add_conditions(validators, request.headers);
  const auto answer = get(url, std::move(request));
  if (!answer.ok()) return fault(answer.error());
  auto read_answer = read(project, *answer, validators != Validators{});
  if (!read_answer.ok()) return fault(read_answer.error());
  return read_answer;
}

Result<PageAnswer> Source::read(const ProjectName& project, const Answer& answer, bool conditional) const {
  const auto& response = answer.response;
  if (response.status == 404 || response.status == 410) return PageAnswer{};
  const auto lifetime = settings_.fresh_for.value_or(lifetime_of(response.headers));
  const auto grace = settings_.fresh_for ? std::chrono::seconds{0} : grace_of(response.headers);
  if (response.status == 304 && conditional)
    return PageAnswer{.kind = PageAnswer::Kind::not_modified, .lifetime = lifetime, .grace = grace};
  if (response.status != http_ok) return unexpected_status("a page", response);
  const std::string type{response.headers.get("Content-Type").value_or("")};
  TRY(auto page, read_page(project, answer.url, type, response.body));
  return PageAnswer{.kind = PageAnswer::Kind::page,
                    .page = std::move(page),
                    .validators = validators_of(response.headers),
                    .lifetime = lifetime,
                    .grace = grace};
}

Status Source::file(const std::string& url, std::uint64_t max_bytes,
                    const std::function<Status(std::string_view)>& sink,
                    const std::function<void(std::optional<std::uint64_t>)>& on_length) const {
  const auto parsed = http::Url::parse(url);
  if (!parsed.ok()) return fault(parsed.error());
  auto request = bounded(max_bytes, timeout_of_file(max_bytes));
  Status local;  // a fault of this server's disk is none of the upstream's
  request.sink = [&](std::string_view piece) {
    local = sink(piece);
    return local;
  };
  request.on_head = [&](const http::ClientResponse& head) -> Status {
    if (head.status != http_ok) return unexpected_status("a file", head);
    if (on_length) on_length(parse_decimal(head.headers.get("Content-Length").value_or("")));
    return success();
  };
  const auto answer = get(*parsed, std::move(request));
  if (!local.ok()) return local;
  if (!answer.ok()) return fault(answer.error());
  if (answer->response.status == 404 || answer->response.status == 410) {
    return Error{
        Errc::not_found, fmt::format("upstream {}: the file is no longer there", settings_.url.host), {}};
  }
  if (answer->response.status != http_ok) return fault(unexpected_status("a file", answer->response));
  return success();
}

Result<Source::Answer> Source::get(http::Url url, http::ClientRequest request) const {
  auto clients = take_clients();
  const auto answer = [&]() -> Result<Answer> {
    for (int hop = 0; hop <= max_redirects; ++hop) {
      TRY(auto response, send(clients, url, request));
      const auto location = response.headers.get("Location");
      if (!http::is_redirect(response.status) || !location)
        return Answer{.url = std::move(url), .response = std::move(response)};
      TRY(url, http::redirect_target(url, *location));
    }
    return Error{Errc::unavailable,
                 fmt::format("expected an answer, found more than {} redirects", max_redirects),
                 {}};
  }();
  give_back(std::move(clients));
  return answer;
}

Result<http::ClientResponse> Source::send(Clients& clients, const http::Url& url,
                                          http::ClientRequest& request) const {
  CHECK_OK(check_target(url));
  const bool own = url.same_origin(settings_.url);
  request.url = url.str();
  request.auth = {};
  if (own) request.auth = settings_.credential;
  return (own ? clients.upstream : clients.elsewhere)->send(request);
}

Status Source::check_target(const http::Url& url) const {
  if (url.has_credentials())
    return Error{Errc::forbidden, "expected an address without a credential, found one with it", {}};
  if (settings_.url.scheme == "https" && url.scheme != "https")
    return Error{Errc::forbidden, fmt::format("expected https, found the address {}", quote(url.str())), {}};
  return success();
}

Error Source::fault(const Error& cause) const {
  return {Errc::unavailable, fmt::format("upstream {}: {}", settings_.url.host, cause.message), cause.hint};
}

Source::Clients Source::take_clients() const {
  {
    const std::scoped_lock lock{mutex_};
    if (!idle_.empty()) {
      auto clients = std::move(idle_.back());
      idle_.pop_back();
      return clients;
    }
  }
  return {.upstream = make_client_(Peer::upstream),
          .elsewhere = make_client_(settings_.private_addresses ? Peer::upstream : Peer::elsewhere)};
}

void Source::give_back(Clients clients) const {
  const std::scoped_lock lock{mutex_};
  if (idle_.size() < max_idle_clients) idle_.push_back(std::move(clients));
}

}  // namespace packhouse::upstream
