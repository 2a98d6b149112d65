#include "wiring/upstream_requests.hpp"

#include <utility>

namespace packhouse::app {
namespace {

UpstreamRequestOutcome outcome_of(const Result<http::ClientResponse>& answer) noexcept {
  if (!answer.ok()) return UpstreamRequestOutcome::unreachable;
  const int status = answer->status;
  if (status < 300) return UpstreamRequestOutcome::ok;
  if (status == 304) return UpstreamRequestOutcome::not_modified;
  if (status < 400) return UpstreamRequestOutcome::redirect;
  if (status == 404 || status == 410) return UpstreamRequestOutcome::absent;
  return status < 500 ? UpstreamRequestOutcome::refused : UpstreamRequestOutcome::fault;
}

class CountingClient final : public http::Client {
 public:
  CountingClient(std::unique_ptr<http::Client> inner, UpstreamRequests& requests)
      : inner_(std::move(inner)), requests_(requests) {}

  Result<http::ClientResponse> send(const http::ClientRequest& request) override {
    const auto begun = std::chrono::steady_clock::now();
    auto answer = inner_->send(request);
    requests_.add(outcome_of(answer), std::chrono::steady_clock::now() - begun);
    return answer;
  }

  std::unique_ptr<http::Client> another() const override {
    auto other = inner_->another();
    return other ? count_requests(std::move(other), requests_) : nullptr;
  }

 private:
  const std::unique_ptr<http::Client> inner_;
  UpstreamRequests& requests_;
};

}  // namespace

std::string_view to_string(UpstreamRequestOutcome outcome) noexcept {
  switch (outcome) {
    case UpstreamRequestOutcome::ok:
      return "ok";
    case UpstreamRequestOutcome::not_modified:
      return "not-modified";
    case UpstreamRequestOutcome::redirect:
      return "redirect";
    case UpstreamRequestOutcome::absent:
      return "absent";
    case UpstreamRequestOutcome::refused:
      return "refused";
    case UpstreamRequestOutcome::fault:
      return "fault";
    case UpstreamRequestOutcome::unreachable:
      return "unreachable";
  }
  return {};
}

void UpstreamRequests::add(UpstreamRequestOutcome outcome, std::chrono::nanoseconds duration) noexcept {
  counts_.at(static_cast<std::size_t>(outcome)).add();
  durations_.add(duration);
}

std::unique_ptr<http::Client> count_requests(std::unique_ptr<http::Client> client,
                                             UpstreamRequests& requests) {
  return std::make_unique<CountingClient>(std::move(client), requests);
}

}  // namespace packhouse::app
