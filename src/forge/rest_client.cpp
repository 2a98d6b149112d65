#include "forge/rest_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "evidence/json_fields.hpp"
#include "http/header_params.hpp"
#include "http/redirects.hpp"

namespace packhouse::forge {
namespace {

constexpr std::uint64_t max_document = 16U << 20U;
constexpr int max_pages = 50;
constexpr int max_redirects = 3;

std::string stated_message(const http::ClientResponse& response) {
  const auto document = json::parse(response.body, max_document);
  if (document.ok()) {
    const auto message = text_at(*document, {"message"});
    if (message.ok()) return quote(*message);
  }
  const auto type = response.headers.get("content-type");
  return "a body of type " + quote(type.value_or("nothing"));
}

bool is_json(const http::ClientResponse& response) {
  const std::string type = http::media_type(response.headers.get("Content-Type").value_or(""));
  return type == "application/json" || type.ends_with("+json");
}

/// An archive on its way, over as many connections as it takes. What was begun is only ever continued with
/// the same bytes: with If-Range (RFC 9110, section 13.1.5) and the strong ETag that the first answer had,
/// which the next one must repeat. Without one, every connection begins anew.
class ResumedDownload {
 public:
  ResumedDownload(DownloadSink& sink, std::uint64_t max_bytes, const Progress& progress)
      : sink_(sink), max_bytes_(max_bytes), progress_(progress) {}

  /// For the bytes that are missing. Must not outlive this.
  http::ClientRequest next_request() {
    before_ = etag_ ? sink_.size() : 0;
    begun_ = false;
    http::ClientRequest request;
    if (before_ > 0) {
      request.headers.add("Range", fmt::format("bytes={}-", before_));
      request.headers.add("If-Range", *etag_);
    }
    request.max_body = max_bytes_;
    request.on_head = [this](const http::ClientResponse& head) { return begin(head); };
    request.sink = [this](std::string_view chunk) { return take(chunk); };
    if (progress_) {
      request.progress = [this](std::uint64_t done, std::uint64_t total) {
        progress_(before_ + done, before_ + total);
      };
    }
    return request;
  }

  /// Whether that answer, to the last request, was the rest of it.
  bool completed_by(const http::ClientResponse& response) const {
    return (response.status == 200 || response.status == 206) && (begun_ || sink_.size() == 0);
  }

  /// Whether there is more of it than there ever was; asked once after each request.
  bool advanced() {
    const bool more = sink_.size() > furthest_;
    furthest_ = std::max(furthest_, sink_.size());
    return more;
  }

 private:
  Status take(std::string_view chunk) {
    if (sink_.size() + chunk.size() > max_bytes_) {
      return Error{Errc::too_large,
                   fmt::format("expected an archive of at most {} bytes, found more", max_bytes_)};
    }
    return sink_.write(chunk);
  }

  /// Decides before a byte is kept whether the answer goes on or begins anew.
  Status begin(const http::ClientResponse& head) {
    begun_ = true;
    const auto stated = head.headers.get("etag");
    const bool strong = stated && stated->starts_with('"');
    if (head.status == 206) {
      const auto range = head.headers.get("content-range").value_or("");
      if (before_ > 0 && strong && *stated == *etag_ && range.starts_with(fmt::format("bytes {}-", before_)))
        return success();
      etag_.reset();
      return Error{Errc::unavailable, fmt::format("expected the archive from byte {} on, found {}", before_,
                                                  quote(range.empty() ? "no Content-Range" : range))};
    }
    etag_ = strong ? std::optional<std::string>(*stated) : std::nullopt;
    before_ = 0;
    return sink_.size() > 0 ? sink_.restart() : success();
  }

  DownloadSink& sink_;
  const std::uint64_t max_bytes_;
  const Progress& progress_;
  std::optional<std::string> etag_;  // of the bytes in the sink; unset: they cannot be continued
  std::uint64_t before_ = 0;         // how many of them the last request went on from
  std::uint64_t furthest_ = 0;
  bool begun_ = false;  // the last answer had a body
};

}  // namespace

Result<ForgeApi> ForgeApi::make(ForgeDialect dialect, ForgeAccess access, http::Client& client,
                                Clock& clock) {
  const std::string wanted = fmt::format("expected {} as https://HOST[/PATH], found ", dialect.url_variable);
  const std::string hint = "give the address of " + dialect.name + "'s API without a credential";
  if (access.api_url.empty()) return Error{Errc::invalid_input, wanted + "nothing", hint};
  TRY(auto api, http::Url::parse(access.api_url));
  if (api.has_credentials() || !api.query.empty() || (api.scheme != "https" && !api.is_loopback()))
    return Error{Errc::invalid_input, wanted + quote(api.str()), hint};
  return ForgeApi(std::move(dialect), std::move(access), std::move(api), client, clock);
}

ForgeApi::ForgeApi(ForgeDialect dialect, ForgeAccess access, http::Url api, http::Client& client,
                   Clock& clock)
    : dialect_(std::move(dialect)),
      access_(std::move(access)),
      api_(std::move(api)),
      base_(api_.str()),
      client_(&client),
      clock_(&clock) {
  while (base_.ends_with('/'))
    base_.pop_back();
}

// ----- what an answer means

std::string ForgeApi::permission_hint(const http::ClientResponse& response) const {
  std::string hint = dialect_.token_variable + " " + dialect_.needed_rights;
  const auto wanted = dialect_.wanted_permissions.empty() ? std::optional<std::string_view>{}
                                                          : response.headers.get(dialect_.wanted_permissions);
  if (wanted) hint += "; the host wants " + quote(*wanted);
  return hint;
}

/// What an answer that is no success means; `what` was asked for.
Error ForgeApi::answer_error(const http::ClientResponse& response, std::string_view what) const {
  const std::string message =
      fmt::format("expected {}, found status {} with {}", what, response.status, stated_message(response));
  switch (response.status) {
    case 401:
      return {Errc::unauthenticated, message, "set " + dialect_.token_variable + " to a token that is valid"};
    case 403:
      return {Errc::unauthenticated, message, permission_hint(response)};
    case 404:
      return {Errc::not_found, message,
              "it does not exist, or the token may not see it: " + permission_hint(response)};
    case 410:
      return {Errc::gone, message, "promote a newer run"};
    case 429:
      return {Errc::rate_limited, message, "try again later"};
    default:
      break;
  }
  if (response.status >= 500) return {Errc::unavailable, message, "try again later"};
  return {Errc::internal, message};
}

// ----- questions to the API

Status ForgeApi::wait(const http::Wait& wait, Error otherwise) {
  if (waited_ + wait.time > access_.max_wait) {
    otherwise.message +=
        fmt::format("; the next try is due in {} s, and {} of {} s of waiting are used",
                    std::chrono::ceil<std::chrono::seconds>(wait.time).count(),
                    std::chrono::ceil<std::chrono::seconds>(waited_).count(), access_.max_wait.count());
    otherwise.hint = "try again later, or allow more with `max-wait-seconds`";
    return otherwise;
  }
  if (access_.on_wait) access_.on_wait(wait);
  clock_->sleep(wait.time);
  waited_ += wait.time;
  return success();
}

http::ClientRequest ForgeApi::question(const std::string& url) const {
  http::ClientRequest request;
  request.url = url;
  for (const auto& [name, value] : dialect_.headers)
    request.headers.add(name, value);
  if (!access_.token.empty()) request.auth = http::BearerAuth{access_.token};
  request.max_body = max_document;
  request.total_timeout = std::chrono::seconds(120);
  return request;
}

// One GET with the token, to the API's own origin. A renamed repository answers with a redirect: followed on
// this origin only, so that the checks can say what the new name is.
Result<http::ClientResponse> ForgeApi::ask_once(std::string url, const std::string& what,
                                                Redirects redirects) {
  for (int hop = 0; hop <= max_redirects; ++hop) {
    TRY(auto response, client_->send(question(url)));
    const auto location = response.headers.get("location");
    if (!http::is_redirect(response.status) || !location || redirects == Redirects::give) return response;
    TRY(const auto current, http::Url::parse(url));
    TRY(const auto next, http::redirect_target(current, *location));
    if (!next.same_origin(api_) || next.has_credentials()) {
      return Error{Errc::forbidden,
                   fmt::format("expected {} at {}, found a redirect to another origin", what, api_.host),
                   "set " + dialect_.url_variable + " to the API's own address"};
    }
    url = next.str();
  }
  return Error{Errc::unavailable,
               fmt::format("expected {}, found more than {} redirects", what, max_redirects)};
}

// The same with the retries that the host asks for. Only ever used for questions that change nothing.
Result<http::ClientResponse> ForgeApi::ask(const std::string& url, const std::string& what,
                                           Redirects redirects) {
  int failures = 0;
  int limits = 0;
  while (true) {
    auto response = ask_once(url, what, redirects);
    if (!response.ok() && response.error().code != Errc::unavailable) return response;
    if (response.ok()) {
      const auto limit = http::rate_limit_wait(*response, limits++, clock_->now());
      if (limit) {
        CHECK_OK(wait(*limit, Error{Errc::rate_limited, answer_error(*response, what).message}));
        continue;
      }
      const bool broken = response->status >= 500 || (response->status == 200 && !is_json(*response));
      if (!broken) return response;
    }
    Error error = response.ok() ? answer_error(*response, what) : response.error().context(what);
    error.code = Errc::unavailable;
    const auto pause = http::failure_wait(++failures, "the host did not answer well");
    if (!pause) return error;
    CHECK_OK(wait(*pause, std::move(error)));
  }
}

Result<ForgeApi::Answer> ForgeApi::get(const std::string& url, const std::string& what) {
  TRY(auto response, ask(url, what, Redirects::follow));
  if (response.status != 200) return answer_error(response, what);
  auto document = json::parse(response.body, max_document);
  if (!document.ok()) {
    return Error{Errc::unavailable, fmt::format("{}: {}", what, document.error().message), "try again later"};
  }
  std::string id(response.headers.get(dialect_.request_id).value_or(""));
  return Answer{*std::move(document), std::move(response.headers), std::move(id)};
}

Result<ForgeApi::Pages> ForgeApi::get_pages(std::string url, const std::string& what) {
  Pages pages;
  for (int page = 0; page < max_pages; ++page) {
    TRY(auto answer, get(url, what));
    const auto next = next_link(answer.headers.get_all("link"));
    if (page == 0) pages.first_headers = std::move(answer.headers);
    if (!answer.request_id.empty()) pages.requests.push_back(std::move(answer.request_id));
    pages.documents.push_back(std::move(answer.document));
    if (!next) return pages;
    TRY(const auto current, http::Url::parse(url));
    TRY(const auto target, http::redirect_target(current, *next));
    if (!target.same_origin(api_) || target.has_credentials()) {
      return Error{Errc::forbidden,
                   fmt::format("expected the next page of {} at {}, found another origin", what, api_.host)};
    }
    url = target.str();
  }
  return Error{Errc::too_large, fmt::format("expected at most {} pages of {}", max_pages, what)};
}

// ----- bytes from elsewhere

// https only; a test's forge on the loopback may use http on the loopback.
Status ForgeApi::check_target(const http::Url& target) const {
  const bool plain_is_fine = api_.is_loopback() && target.is_loopback();
  if (target.scheme == "https" || plain_is_fine) return success();
  return Error{Errc::forbidden, "expected a download over https, found a redirect to " + quote(target.scheme),
               "the bytes could be changed on their way: have the forge repaired"};
}

// Follows redirects by hand. The token is sent only where the API itself lives.
Result<http::ClientResponse> ForgeApi::fetch_elsewhere(http::Url target, http::ClientRequest request) const {
  for (int hop = 0; hop < max_redirects; ++hop) {
    CHECK_OK(check_target(target));
    if (target.has_credentials())
      return Error{Errc::forbidden, "expected a download address without credentials"};
    request.url = target.str();
    request.auth = {};
    if (target.same_origin(api_) && !access_.token.empty()) request.auth = http::BearerAuth{access_.token};
    TRY(auto response, client_->send(request));
    if (!http::is_redirect(response.status)) return response;
    const auto location = response.headers.get("location");
    if (!location) return response;
    TRY(target, http::redirect_target(target, *location));
  }
  return Error{Errc::unavailable,
               fmt::format("expected a download, found more than {} redirects", max_redirects)};
}

Result<http::Url> ForgeApi::download_link(const std::string& url, const std::string& what) {
  TRY(const auto response, ask(url, what, Redirects::give));
  const auto location = response.headers.get("location");
  if (http::is_redirect(response.status) && location) {
    TRY(const auto base, http::Url::parse(url));
    return http::redirect_target(base, *location);
  }
  if (response.status >= 400) return answer_error(response, what);
  return Error{Errc::unavailable,
               fmt::format("expected a redirect to {}, found status {}", what, response.status)};
}

// A link may live for a minute alone. The digest of the whole is checked afterwards.
Result<DownloadFacts> ForgeApi::download(const std::function<Result<http::Url>()>& link,
                                         const std::string& what, std::uint64_t max_bytes, DownloadSink& sink,
                                         const Progress& progress) {
  ResumedDownload transfer(sink, max_bytes, progress);
  int failures = 0;
  bool refused_once = false;
  while (true) {
    TRY(const auto place, link());
    auto response = fetch_elsewhere(place, transfer.next_request());
    if (!response.ok() && response.error().code != Errc::unavailable) return std::move(response).error();
    if (response.ok() && transfer.completed_by(*response))
      return DownloadFacts{std::string(response->headers.get("content-type").value_or(""))};

    Error error = response.ok() ? answer_error(*response, what) : response.error().context(what);
    if (response.ok() && response->status == 416) {
      CHECK_OK(sink.restart());  // it has become shorter than what is here
    } else if (response.ok() && response->status == 403) {
      // The link's signature is past its minute. Once: a second refusal means something else.
      if (std::exchange(refused_once, true)) return error;
      continue;
    } else if (response.ok() && response->status >= 300 && response->status < 500) {
      return error;
    }
    // A slow line is cut often; as long as bytes arrive, only the time that is spent waiting counts.
    if (transfer.advanced()) failures = 0;
    const auto pause = http::failure_wait(++failures, "the download was cut");
    if (!pause) return error;
    CHECK_OK(wait(*pause, std::move(error)));
  }
}

Result<std::string> ForgeApi::fetch_document(const std::string& url, const std::string& what,
                                             std::uint64_t max_bytes) {
  TRY(const auto target, http::Url::parse(url));
  http::ClientRequest request;
  request.max_body = max_bytes;
  TRY(auto response, fetch_elsewhere(target, std::move(request)));
  if (response.status != 200) return answer_error(response, what);
  return std::move(response.body);
}

}  // namespace packhouse::forge
