#include "http/testing/faulty_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/testing/delivery.hpp"

namespace packhouse::http {
namespace {

constexpr std::size_t small_piece = 7;

Error no_answer(std::string_view why) {
  return {Errc::unavailable, fmt::format("expected an answer, found that {}", why)};
}

ClientResponse internal_error() {
  ClientResponse response{.status = 500, .reason = {}, .headers = {}, .body = "<html>"};
  response.headers.add("Content-Type", "text/html");
  return response;
}

/// The whole answer, also where the request has a sink.
Result<ClientResponse> receive(Client& peer, const ClientRequest& request) {
  ClientRequest asked = request;
  std::string body;
  if (asked.sink) {
    asked.on_head = nullptr;
    asked.sink = [&](std::string_view piece) {
      body += piece;
      return success();
    };
  }
  TRY(auto whole, peer.send(asked));
  whole.body += body;
  return whole;
}

/// A 2xx answer whose body breaks off in the middle.
Status deliver_half(const ClientRequest& request, ClientResponse whole) {
  whole.body.resize(whole.body.size() / 2);
  const auto delivered = deliver(request, std::move(whole));
  return delivered.ok() ? success() : Status(delivered.error());
}

ClientRequest in_small_pieces(const ClientRequest& request) {
  ClientRequest slow = request;
  if (!request.sink) return slow;
  slow.sink = [sink = request.sink](std::string_view rest) -> Status {
    for (; !rest.empty(); rest.remove_prefix(std::min(small_piece, rest.size())))
      CHECK_OK(sink(rest.substr(0, small_piece)));
    return success();
  };
  return slow;
}

/// Why nothing arrives; empty: something does.
std::string_view obstacle(Fault fault) {
  switch (fault) {
    case Fault::unresolved:
      return "the host's name does not resolve";
    case Fault::unconnected:
      return "the connection was not taken in time";
    case Fault::no_tls:
      return "the port does not speak TLS";
    case Fault::refused:
      return "the connection was refused";
    case Fault::killed_before:
      return "the process has ended";
    case Fault::error:
    case Fault::reset:
    case Fault::truncated:
    case Fault::wrong_bytes:
    case Fault::slow:
    case Fault::error_after:
    case Fault::killed_after:
      break;
  }
  return {};
}

bool is_before(Fault fault) {
  return fault == Fault::error || !obstacle(fault).empty();
}

Result<ClientResponse> spoil_request(Fault fault) {
  if (fault == Fault::error) return internal_error();
  return no_answer(obstacle(fault));
}

Result<ClientResponse> spoil_answer(Fault fault, const ClientRequest& request, ClientResponse whole) {
  switch (fault) {
    case Fault::truncated:
      CHECK_OK(deliver_half(request, std::move(whole)));
      return no_answer("the connection was cut");
    case Fault::wrong_bytes:
      if (!whole.body.empty()) whole.body[whole.body.size() / 2] ^= 1;
      return deliver(request, std::move(whole));
    case Fault::slow:
      return deliver(in_small_pieces(request), std::move(whole));
    case Fault::error_after:
      return internal_error();
    case Fault::killed_after:
      return no_answer("the process has ended");
    case Fault::reset:
    case Fault::unresolved:
    case Fault::unconnected:
    case Fault::no_tls:
    case Fault::refused:
    case Fault::error:
    case Fault::killed_before:
      break;
  }
  return no_answer("the connection was reset");
}

}  // namespace

std::string_view to_string(Fault fault) noexcept {
  switch (fault) {
    case Fault::unresolved:
      return "unresolved";
    case Fault::unconnected:
      return "unconnected";
    case Fault::no_tls:
      return "no-tls";
    case Fault::refused:
      return "refused";
    case Fault::error:
      return "error";
    case Fault::killed_before:
      return "killed-before";
    case Fault::reset:
      return "reset";
    case Fault::truncated:
      return "truncated";
    case Fault::wrong_bytes:
      return "wrong-bytes";
    case Fault::slow:
      return "slow";
    case Fault::error_after:
      return "error-after";
    case Fault::killed_after:
      return "killed-after";
  }
  std::unreachable();
}

struct FaultyClient::State {
  explicit State(Client& client) : peer(client) {}

  void count_anew() {
    requests.clear();
    struck.clear();
    fault.reset();
    on_kill = nullptr;
    dead = false;
  }

  /// Counts the request; the fault that strikes it, if one does.
  std::optional<Fault> count(const ClientRequest& request) {
    requests.push_back(fmt::format("{} {}", to_string(request.method), request.url));
    if (!fault || requests.size() != number) return std::nullopt;
    struck = requests.back();
    return fault;
  }

  void kill() {
    dead = true;
    if (on_kill) on_kill();
  }

  Client& peer;
  std::mutex mutex;  // guards what is below it, and the peer
  std::vector<std::string> requests;
  std::string struck;
  std::optional<Fault> fault;
  std::size_t number = 0;
  std::function<void()> on_kill;
  bool dead = false;
};

FaultyClient::FaultyClient(Client& peer) : state_(std::make_shared<State>(peer)) {}

void FaultyClient::arm(Fault fault, std::size_t number, std::function<void()> on_kill) {
  const std::lock_guard lock(state_->mutex);
  state_->count_anew();
  state_->fault = fault;
  state_->number = number;
  state_->on_kill = std::move(on_kill);
}

void FaultyClient::disarm() {
  const std::lock_guard lock(state_->mutex);
  state_->count_anew();
}

std::vector<std::string> FaultyClient::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

std::string FaultyClient::struck() const {
  const std::lock_guard lock(state_->mutex);
  return state_->struck;
}

std::unique_ptr<Client> FaultyClient::another() const {
  return std::unique_ptr<Client>(new FaultyClient(state_));
}

Result<ClientResponse> FaultyClient::send(const ClientRequest& request) {
  std::optional<Fault> fault;
  ClientResponse whole;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->dead) return no_answer("the process has ended");
    fault = state_->count(request);
    if (fault == Fault::killed_before) state_->kill();
    if (fault && is_before(*fault)) return spoil_request(*fault);
    TRY(whole, receive(state_->peer, request));
    if (fault == Fault::killed_after) state_->kill();
  }
  return fault ? spoil_answer(*fault, request, std::move(whole)) : deliver(request, std::move(whole));
}

}  // namespace packhouse::http
