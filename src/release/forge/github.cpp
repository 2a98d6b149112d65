#include "release/forge/github.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "attest/bundle.hpp"
#include "base/text.hpp"
#include "release/forge/github_facts.hpp"
#include "release/policy.hpp"

namespace packhouse::release {
namespace {

constexpr std::uint64_t max_document = 16U << 20U;
constexpr int max_pages = 50;
constexpr int max_redirects = 3;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string stated_message(const http::ClientResponse& response) {
  const auto document = json::parse(response.body, max_document);
  if (document.ok()) {
    const auto message = github::text_at(*document, {"message"});
    if (message.ok()) return quote(*message);
  }
  const auto type = response.headers.get("content-type");
  return "a body of type " + quote(type.value_or("nothing"));
}

std::string permission_hint(const http::ClientResponse& response) {
  const auto wanted = response.headers.get("x-accepted-github-permissions");
  std::string hint =
      "GITHUB_TOKEN needs to read this repository and its actions (contents: read, actions: read)";
  if (wanted) hint += "; the host wants " + quote(*wanted);
  return hint;
}

/// What an answer that is no success means; `what` was asked for.
Error answer_error(const http::ClientResponse& response, std::string_view what) {
  const std::string message =
      fmt::format("expected {}, found status {} with {}", what, response.status, stated_message(response));
  switch (response.status) {
    case 401:
      return {Errc::unauthenticated, message, "set GITHUB_TOKEN to a token that is valid"};
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

/// What to do with a redirect of the API itself.
enum class Redirects { follow, give };

struct Answer {
  json::Value document;
  std::string link;
  std::string request_id;
};

class GitHub final : public Forge {
 public:
  GitHub(GitHubOptions options, http::Url api, http::Client& client, Clock& clock)
      : options_(std::move(options)), api_(std::move(api)), client_(client), clock_(clock) {
    base_ = api_.str();
    while (base_.ends_with('/'))
      base_.pop_back();
    base_ += "/repos/" + options_.repository;
  }

  Result<RepositoryFacts> repository() override {
    TRY(const auto answer, get(base_, "the repository " + options_.repository));
    return with_request(github::read_repository(answer.document), answer);
  }

  Result<WorkflowFacts> workflow(std::string_view file_name) override {
    TRY(const auto answer, get(base_ + "/actions/workflows/" + percent_encode(file_name),
                               "the workflow " + std::string(file_name)));
    return with_request(github::read_workflow(answer.document), answer);
  }

  Result<RunFacts> run(std::int64_t id) override {
    TRY(const auto answer, get(fmt::format("{}/actions/runs/{}", base_, id), fmt::format("the run {}", id)));
    return with_request(github::read_run(answer.document, "run"), answer);
  }

  Result<RunFacts> attempt(std::int64_t id, std::int64_t number) override {
    TRY(const auto answer, get(fmt::format("{}/actions/runs/{}/attempts/{}", base_, id, number),
                               fmt::format("attempt {} of the run {}", number, id)));
    return with_request(github::read_run(answer.document, "attempt"), answer);
  }

  Result<JobListing> jobs(std::int64_t run_id, std::int64_t attempt) override {
    TRY(const auto pages,
        get_pages(fmt::format("{}/actions/runs/{}/attempts/{}/jobs?per_page=100", base_, run_id, attempt),
                  fmt::format("the jobs of the run {}", run_id), "jobs"));
    JobListing listing;
    for (const json::Value& item : pages.items)
      listing.jobs.push_back(github::read_job(item));
    listing.stated_count = pages.stated_count;
    listing.evidence = Evidence("jobs", json::Array(pages.items.begin(), pages.items.end()));
    listing.evidence.requests = pages.requests;
    return listing;
  }

  Result<ArtifactListing> artifacts(std::int64_t run_id, std::string_view name) override {
    TRY(const auto pages, get_pages(fmt::format("{}/actions/runs/{}/artifacts?name={}&per_page=100", base_,
                                                run_id, percent_encode(name)),
                                    fmt::format("the artifacts of the run {}", run_id), "artifacts"));
    ArtifactListing listing;
    for (const json::Value& item : pages.items)
      listing.artifacts.push_back(github::read_artifact(item));
    listing.stated_count = pages.stated_count;
    listing.evidence = Evidence("artifacts", json::Array(pages.items.begin(), pages.items.end()));
    listing.evidence.requests = pages.requests;
    return listing;
  }

  Result<ArtifactFacts> artifact(std::int64_t id) override {
    TRY(const auto answer,
        get(fmt::format("{}/actions/artifacts/{}", base_, id), fmt::format("the artifact {}", id)));
    return with_request(github::read_artifact(answer.document), answer);
  }

  Result<RefFacts> branch(std::string_view name) override {
    TRY(const auto answer,
        get(base_ + "/git/ref/heads/" + percent_encode(name, "/"), "the branch " + std::string(name)));
    return with_request(github::read_ref(answer.document, "branch"), answer);
  }

  Result<std::optional<RefFacts>> tag(std::string_view name) override {
    auto answer = get(base_ + "/git/ref/tags/" + percent_encode(name, "/"), "the tag " + std::string(name));
    if (answer.ok()) return std::optional(with_request(github::read_ref(answer->document, "tag"), *answer));
    if (answer.error().code == Errc::not_found) return std::optional<RefFacts>{};
    return std::move(answer).error();
  }

  Result<AncestryFacts> compare(std::string_view base_sha, std::string_view head_sha) override {
    TRY(const auto answer, get(fmt::format("{}/compare/{}...{}?per_page=1", base_, base_sha, head_sha),
                               fmt::format("how {} stands to {}", head_sha, base_sha)));
    return with_request(github::read_comparison(answer.document), answer);
  }

  Result<std::vector<std::string>> attestations(const Sha256& subject) override;
  Result<DownloadFacts> download(std::int64_t artifact_id, std::uint64_t max_bytes, DownloadSink& sink,
                                 const Progress& progress) override;

 private:
  struct Pages {
    std::vector<json::Value> items;
    Field<std::int64_t> stated_count;
    std::vector<std::string> requests;
  };

  template <typename Facts>
  static Facts with_request(Facts facts, const Answer& answer) {
    if (!answer.request_id.empty()) facts.evidence.requests.push_back(answer.request_id);
    return facts;
  }

  Result<Answer> get(const std::string& url, const std::string& what);
  Result<Pages> get_pages(std::string url, const std::string& what, std::string_view member);
  Result<http::ClientResponse> ask(const std::string& url, const std::string& what, Redirects redirects);
  Result<http::ClientResponse> ask_once(std::string url, const std::string& what, Redirects redirects);
  Status wait(const Wait& wait, Error otherwise);

  Status check_target(const http::Url& target) const;
  Result<http::Url> download_link(std::int64_t artifact_id);
  Result<http::ClientResponse> fetch_elsewhere(http::Url target, http::ClientRequest request) const;
  Result<std::string> bundle_at(const std::string& url);

  GitHubOptions options_;
  http::Url api_;
  std::string base_;
  http::Client& client_;
  Clock& clock_;
  std::chrono::milliseconds waited_{};
};

// Where a redirect leads. One to no web address at all is a refusal: the words are the peer's, so it is no
// usage error.
Result<http::Url> redirect_target(const http::Url& from, std::string_view location) {
  auto target = from.resolve(location);
  if (target.ok()) return target;
  return Error{Errc::forbidden, "expected a web address, found a redirect to " + quote(location),
               "nothing can be had from there: have the forge repaired"};
}

// ----- questions to the API

Status GitHub::wait(const Wait& wait, Error otherwise) {
  if (waited_ + wait.time > options_.max_wait) {
    otherwise.message +=
        fmt::format("; the next try is due in {} s, and {} of {} s of waiting are used",
                    std::chrono::ceil<std::chrono::seconds>(wait.time).count(),
                    std::chrono::ceil<std::chrono::seconds>(waited_).count(), options_.max_wait.count());
    otherwise.hint = "try again later, or allow more with `max-wait-seconds`";
    return otherwise;
  }
  if (options_.on_wait) options_.on_wait(wait);
  clock_.sleep(wait.time);
  waited_ += wait.time;
  return success();
}

// One GET with the token, to the API's own origin. A renamed repository answers with a redirect: followed on
// this origin only, so that the checks can say what the new name is.
Result<http::ClientResponse> GitHub::ask_once(std::string url, const std::string& what, Redirects redirects) {
  for (int hop = 0; hop <= max_redirects; ++hop) {
    http::ClientRequest request;
    request.url = url;
    request.headers.add("Accept", "application/vnd.github+json");
    request.headers.add("X-GitHub-Api-Version", "2022-11-28");
    if (!options_.token.empty()) request.auth = http::BearerAuth{options_.token};
    request.max_body = max_document;
    request.total_timeout = std::chrono::seconds(120);
    TRY(auto response, client_.send(request));
    const auto location = response.headers.get("location");
    if (!is_redirect(response.status) || !location || redirects == Redirects::give) return response;
    TRY(const auto current, http::Url::parse(url));
    TRY(const auto next, redirect_target(current, *location));
    if (!next.same_origin(api_) || next.has_credentials()) {
      return Error{Errc::forbidden,
                   fmt::format("expected {} at {}, found a redirect to another origin", what, api_.host),
                   "set GITHUB_API_URL to the API's own address"};
    }
    url = next.str();
  }
  return Error{Errc::unavailable,
               fmt::format("expected {}, found more than {} redirects", what, max_redirects)};
}

bool is_json(const http::ClientResponse& response) {
  const auto type = response.headers.get("content-type").value_or("");
  const std::string media(trim(split(type, ';').front()));
  return iequals(media, "application/json") || ascii_lower(media).ends_with("+json");
}

// The same with the retries that the host asks for. Only ever used for questions that change nothing.
Result<http::ClientResponse> GitHub::ask(const std::string& url, const std::string& what,
                                         Redirects redirects) {
  int failures = 0;
  int limits = 0;
  while (true) {
    auto response = ask_once(url, what, redirects);
    if (!response.ok() && response.error().code != Errc::unavailable) return response;
    if (response.ok()) {
      const auto limit = rate_limit_wait(*response, limits++, clock_.now());
      if (limit) {
        CHECK_OK(wait(*limit, Error{Errc::rate_limited, answer_error(*response, what).message}));
        continue;
      }
      const bool broken = response->status >= 500 || (response->status == 200 && !is_json(*response));
      if (!broken) return response;
    }
    Error error = response.ok() ? answer_error(*response, what) : response.error().context(what);
    error.code = Errc::unavailable;
    const auto pause = failure_wait(++failures, "the host did not answer well");
    if (!pause) return error;
    CHECK_OK(wait(*pause, std::move(error)));
  }
}

Result<Answer> GitHub::get(const std::string& url, const std::string& what) {
  TRY(auto response, ask(url, what, Redirects::follow));
  if (response.status != 200) return answer_error(response, what);
  auto document = json::parse(response.body, max_document);
  if (!document.ok()) {
    return Error{Errc::unavailable, fmt::format("{}: {}", what, document.error().message), "try again later"};
  }
  return Answer{*std::move(document), response.headers.get_all("link"),
                std::string(response.headers.get("x-github-request-id").value_or(""))};
}

Result<GitHub::Pages> GitHub::get_pages(std::string url, const std::string& what, std::string_view member) {
  Pages pages;
  for (int page = 0; page < max_pages; ++page) {
    TRY(auto answer, get(url, what));
    if (page == 0) pages.stated_count = github::number_at(answer.document, {"total_count"});
    if (!answer.request_id.empty()) pages.requests.push_back(answer.request_id);
    const json::Object* object = answer.document.if_object();
    const json::Value* list = object != nullptr ? object->if_contains(member) : nullptr;
    if (list == nullptr || !list->is_array())
      return Error{Errc::unavailable, fmt::format("expected {} as a list {}, found none", what, member)};
    for (const json::Value& item : list->get_array())
      pages.items.push_back(item);
    const auto next = github::next_link(answer.link);
    if (!next) return pages;
    TRY(const auto current, http::Url::parse(url));
    TRY(const auto target, redirect_target(current, *next));
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
Status GitHub::check_target(const http::Url& target) const {
  const bool plain_is_fine = api_.is_loopback() && target.is_loopback();
  if (target.scheme == "https" || plain_is_fine) return success();
  return Error{Errc::forbidden, "expected a download over https, found a redirect to " + quote(target.scheme),
               "the bytes could be changed on their way: have the forge repaired"};
}

// Follows redirects by hand. The token is sent only where the API itself lives.
Result<http::ClientResponse> GitHub::fetch_elsewhere(http::Url target, http::ClientRequest request) const {
  for (int hop = 0; hop < max_redirects; ++hop) {
    CHECK_OK(check_target(target));
    if (target.has_credentials())
      return Error{Errc::forbidden, "expected a download address without credentials"};
    request.url = target.str();
    request.auth = {};
    if (target.same_origin(api_) && !options_.token.empty()) request.auth = http::BearerAuth{options_.token};
    TRY(auto response, client_.send(request));
    if (!is_redirect(response.status)) return response;
    const auto location = response.headers.get("location");
    if (!location) return response;
    TRY(target, redirect_target(target, *location));
  }
  return Error{Errc::unavailable,
               fmt::format("expected a download, found more than {} redirects", max_redirects)};
}

Result<http::Url> GitHub::download_link(std::int64_t artifact_id) {
  const std::string url = fmt::format("{}/actions/artifacts/{}/zip", base_, artifact_id);
  const std::string what = fmt::format("the archive of artifact {}", artifact_id);
  TRY(const auto response, ask(url, what, Redirects::give));
  const auto location = response.headers.get("location");
  if (is_redirect(response.status) && location) {
    TRY(const auto base, http::Url::parse(url));
    return redirect_target(base, *location);
  }
  if (response.status >= 400) return answer_error(response, what);
  return Error{Errc::unavailable,
               fmt::format("expected a redirect to {}, found status {}", what, response.status)};
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
    if (sink_.size() + chunk.size() > max_bytes_)
      return Error{Errc::too_large,
                   fmt::format("expected an archive of at most {} bytes, found more", max_bytes_)};
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

// A link lives for a minute, so each try asks for a new one. The digest of the whole is checked afterwards.
Result<DownloadFacts> GitHub::download(std::int64_t artifact_id, std::uint64_t max_bytes, DownloadSink& sink,
                                       const Progress& progress) {
  ResumedDownload transfer(sink, max_bytes, progress);
  int failures = 0;
  bool refused_once = false;
  while (true) {
    TRY(const auto link, download_link(artifact_id));
    auto response = fetch_elsewhere(link, transfer.next_request());
    if (!response.ok() && response.error().code != Errc::unavailable) return std::move(response).error();
    if (response.ok() && transfer.completed_by(*response))
      return DownloadFacts{std::string(response->headers.get("content-type").value_or(""))};

    const std::string what = fmt::format("the archive of artifact {}", artifact_id);
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
    const auto pause = failure_wait(++failures, "the download was cut");
    if (!pause) return error;
    CHECK_OK(wait(*pause, std::move(error)));
  }
}

Result<std::string> GitHub::bundle_at(const std::string& url) {
  TRY(const auto target, http::Url::parse(url));
  http::ClientRequest request;
  request.max_body = attest::Bundle::max_bytes;
  TRY(auto response, fetch_elsewhere(target, std::move(request)));
  if (response.status != 200) return answer_error(response, "an attestation's bundle");
  return attest::unsnappy(response.body);
}

Result<std::vector<std::string>> GitHub::attestations(const Sha256& subject) {
  auto pages = get_pages(
      fmt::format("{}/attestations/sha256:{}?predicate_type=provenance&per_page=100", base_, subject.hex()),
      "the attestations of " + subject.hex(), "attestations");
  if (!pages.ok()) {
    if (pages.error().code == Errc::not_found) return std::vector<std::string>{};
    return std::move(pages).error();
  }
  std::vector<std::string> bundles;
  for (const json::Value& item : pages->items) {
    const json::Object* entry = item.if_object();
    const json::Value* bundle = entry != nullptr ? entry->if_contains("bundle") : nullptr;
    if (bundle != nullptr && bundle->is_object()) {
      bundles.push_back(json::dump(*bundle));
      continue;
    }
    const auto url = github::text_at(item, {"bundle_url"});
    if (!url.ok()) continue;  // neither form: no bundle, and the decision says that none passed
    TRY(auto text, bundle_at(*url));
    bundles.push_back(std::move(text));
  }
  return bundles;
}

}  // namespace

Result<std::unique_ptr<Forge>> make_github(GitHubOptions options, http::Client& client, Clock& clock) {
  TRY(auto api, http::Url::parse(options.api_url));
  if (api.has_credentials() || !api.query.empty() || (api.scheme != "https" && !api.is_loopback())) {
    return Error{Errc::invalid_input,
                 "expected GITHUB_API_URL as https://HOST[/PATH], found " + quote(api.str()),
                 "leave it unset for github.com"};
  }
  TRY(options.repository, parse_repository(options.repository));
  return std::unique_ptr<Forge>(std::make_unique<GitHub>(std::move(options), std::move(api), client, clock));
}

}  // namespace packhouse::release
