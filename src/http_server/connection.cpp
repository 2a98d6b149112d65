#include "http_server/connection.hpp"

#include <exception>
#include <optional>
#include <utility>

#include "http_server/answer.hpp"

namespace packhouse::http {

Connection::Connection(IoContext& context, Socket socket, std::string peer)
    : context_(context),
      place_(context.connections.insert(context.connections.end(), this)),
      socket_(context, std::move(socket)),
      peer_(std::move(peer)),
      call_(socket_.executor()),
      body_(context, socket_, call_, exchange_) {}

Connection::~Connection() {
  context_.connections.erase(place_);
}

void Connection::sweep() noexcept {
  const auto& deadlines = socket_.deadlines();
  if (!deadlines.expired(context_.now, context_.options.limits)) return;
  if (const auto incident = deadlines.incident()) note(*incident);
  abort();
}

/// Without memory for a line it is counted all the same.
void Connection::note(Incident incident) noexcept {
  try {
    context_.incidents.note(incident, peer_);
  } catch (const std::exception&) {
    return;
  }
}

void Connection::close_if_idle() noexcept {
  if (socket_.deadlines().awaits_request() && socket_.input().empty()) socket_.shut_down();
}

/// Flat on purpose: a request that is answered from memory to a socket that takes it costs one coroutine and
/// one await. Each further frame was measured at 2 to 3 % of a small request.
Await<void> Connection::serve() {
  const std::size_t longest_head = context_.options.limits.max_head_bytes;
  InputBuffer& input = socket_.input();
  socket_.deadlines().await_head(context_.now);
  while (true) {
    const Next next = advance();
    if (next == Next::read) {
      const bool begins = input.empty();
      const auto space = input.space(longest_head);
      std::size_t count = 0;
      if (socket_.encrypted()) {
        count = co_await socket_.read_tls(space);
      } else {
        const auto [error, arrived] = co_await socket_.read_plain(space);
        if (!error) count = arrived;
      }
      if (count == 0) co_return;
      input.commit(count);
      if (begins) socket_.deadlines().await_head(context_.now);
      continue;
    }
    const bool wanted = next != Next::work || co_await work();
    compose();
    // Composed also for a peer that is gone: a file that the answer would have sent is closed with out_.
    if (!wanted) co_return;
    auto state = socket_.pump(out_);
    if (state == Outgoing::State::blocked || state == Outgoing::State::starved)
      state = co_await socket_.flush(out_);
    if (const auto fault = out_.file_fault(); state == Outgoing::State::failed && !fault.empty())
      report_broken_file(exchange_.request, fault);
    out_.clear();
    if (state != Outgoing::State::done) co_return;
    // A client that sends all of its body before it reads finds the answer then.
    if (drains_ && !co_await body_.drain()) after_ = After::linger;
    if (after_ == After::linger) co_await socket_.linger();
    if (after_ != After::next_request) co_return;
    if (input.empty() && context_.stopping) co_return;
    expect_request();
  }
}

void Connection::expect_request() noexcept {
  scanner_.reset();
  if (socket_.input().empty()) {
    socket_.deadlines().await_request(context_.now);
  } else {
    socket_.deadlines().await_head(context_.now);
  }
}

/// As far as the bytes that were read lead without waiting.
Connection::Next Connection::advance() {
  InputBuffer& input = socket_.input();
  const auto state = scanner_.scan(input.view());
  if (state == HeadScanner::State::more) {
    if (input.view().size() < context_.options.limits.max_head_bytes) return Next::read;
    return refuse({431, "the request head is too long"});
  }
  if (state == HeadScanner::State::malformed) {
    return refuse({400, "the request head is malformed: lines end in CRLF and are not folded"});
  }
  Request& request = exchange_.request;
  const auto head = input.view().substr(scanner_.begin(), scanner_.end() - scanner_.begin());
  const auto refusal = parse_head(head, request, exchange_.facts);
  input.consume(scanner_.end());
  if (refusal) return refuse(*refusal);

  context_.proxies.describe(request, peer_, socket_.encrypted());
  socket_.deadlines().pause(context_.now);
  after_ = After::next_request;
  drains_ = false;
  if (exchange_.facts.has_body()) return Next::work;
  auto quick = guarded(request, [&]() -> std::optional<Response> { return context_.handler.quick(request); });
  if (!quick) return Next::work;
  exchange_.response = *std::move(quick);
  return Next::answer;
}

Connection::Next Connection::refuse(const HeadRefusal& refusal) {
  note(refusal.status == 431 ? Incident::head_size : Incident::malformed_head);
  exchange_.response = plain_response(refusal.status, refusal.message);
  if (refusal.status == 405) {
    exchange_.response.headers.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  }
  exchange_.request.method = Method::get;
  after_ = After::linger;
  drains_ = false;
  return Next::answer;
}

/// So many requests wait for the same server that this one would wait too long.
void Connection::refuse_to_wait() {
  note(Incident::waiting);
  exchange_.response = plain_response(503, "too many requests wait for an upstream: try again");
  exchange_.response.headers.add("Retry-After", "10");
}

/// Makes the response on workers, after the body has been received. False: the peer is gone.
Await<bool> Connection::work() {
  auto outcome = BodyExchange::Outcome::collected;
  if (exchange_.facts.has_body()) {
    outcome = co_await body_.receive();
    body_.release_memory();
  }
  if (outcome == BodyExchange::Outcome::collected) {
    auto call = [this] {
      exchange_.response =
          guarded(exchange_.request, [this] { return context_.handler.handle(exchange_.request); });
    };
    call_.start(context_.workers, std::move(call), exchange_.request.lane);
    co_await call_.wait();
    while (exchange_.response.deferred) {
      const auto deferred = exchange_.response.deferred;
      auto rest = [this, deferred] { exchange_.response = guarded(exchange_.request, deferred->call); };
      if (call_.start(context_.waiters, std::move(rest), deferred->lane)) {
        co_await call_.wait();
      } else {
        refuse_to_wait();
      }
    }
  }
  if (outcome == BodyExchange::Outcome::unread) after_ = After::linger;
  drains_ = outcome == BodyExchange::Outcome::early;
  co_return outcome != BodyExchange::Outcome::gone;
}

/// Fills out_ from the response, and decides what becomes of the connection.
void Connection::compose() {
  const HeadFacts& facts = exchange_.facts;
  const bool close =
      after_ != After::next_request || !facts.keep_alive || exchange_.response.close || context_.stopping;
  // A close with unread bytes would reset the connection, and the peer might lose the answer.
  if (close && after_ == After::next_request) {
    after_ = socket_.input().empty() && !drains_ ? After::close : After::linger;
  }
  const bool secure = exchange_.request.secure || socket_.encrypted();
  const AnswerContext answer{.common_fields = secure ? context_.secure_fields : context_.common_fields,
                             .close = close,
                             .say_keep_alive = !close && !facts.http_1_1};
  compose_answer(std::move(exchange_.response), exchange_.request, answer, out_);
}

}  // namespace packhouse::http
