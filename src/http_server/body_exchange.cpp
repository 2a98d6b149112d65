#include "http_server/body_exchange.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

namespace packhouse::http {
namespace {

/// Two of these are held while a body streams. Smaller ones cost more hand-overs, larger ones the cache.
constexpr std::size_t piece_bytes = 1024UL * 1024;
constexpr std::size_t collected_piece_bytes = 64UL * 1024;

}  // namespace

Await<BodyExchange::Outcome> BodyExchange::receive() {
  exchange_.response = {};  // what the last answer was moved from must not be composed again
  BodyPlan plan = co_await ask_plan();
  sink_ = std::move(plan.sink);
  early_.reset();
  invited_ = !exchange_.facts.expects_continue || !socket_.input().empty();
  body_.begin(exchange_.facts, plan.limit);
  begun_ = !plan.refusal;
  socket_.deadlines().begin_body(context_.now);
  if (plan.refusal) co_return co_await answer_early(std::move(*plan.refusal));
  if (body_.announced_too_long()) co_return co_await answer_early(too_large());
  if (!co_await invite()) co_return Outcome::gone;
  if (sink_) co_return co_await stream();
  co_return co_await collect();
}

Await<void> BodyExchange::finish() {
  co_await call_.wait();
  if (!sink_) co_return;
  auto discard = [this] { sink_.reset(); };
  call_.start(context_.workers, std::move(discard));
  co_await call_.wait();
}

void BodyExchange::release_memory() noexcept {
  pieces_ = {};
  socket_.input().shrink();
}

Await<BodyPlan> BodyExchange::ask_plan() {
  BodyPlan plan;
  auto call = [this, &plan] {
    auto failed = guarded(exchange_.request, [this, &plan]() -> std::optional<Response> {
      plan = context_.handler.plan_body(exchange_.request);
      return std::nullopt;
    });
    if (failed) plan.refusal = std::move(failed);
  };
  call_.start(context_.workers, std::move(call));
  co_await call_.wait();
  co_return plan;
}

Response BodyExchange::too_large() const {
  return plain_response(
      413, fmt::format("the body is longer than the {} bytes that are accepted here", body_.limit()));
}

/// Sends "100 Continue" to a client that waits for it (RFC 9110 section 10.1.1). False: the peer is gone.
Await<bool> BodyExchange::invite() {
  if (invited_) co_return true;
  invited_ = true;
  Outgoing interim;
  interim.head() = "HTTP/1.1 100 Continue\r\n\r\n";
  const auto state = co_await socket_.flush(interim);
  socket_.deadlines().begin_body(context_.now);
  co_return state == Outgoing::State::done;
}

/// While a worker writes one piece to the sink, the next is read.
Await<BodyExchange::Outcome> BodyExchange::stream() {
  const std::size_t room = body_.piece_size(piece_bytes);
  std::size_t current = 0;
  while (true) {
    BodyPiece& piece = pieces_[current];
    piece.allocate(room);
    const auto end = co_await body_.read(piece, &call_);
    if (call_.running()) {
      socket_.deadlines().pause(context_.now);
      co_await call_.wait();
      socket_.deadlines().resume(context_.now);
    }
    if (early_) co_return co_await answer_early(std::move(*early_));
    if (end == RequestBody::End::complete) co_return co_await finish_sink(piece);
    if (end != RequestBody::End::more) co_return co_await fail(end);
    auto write = [this, &piece] { early_ = write_to_sink(piece); };
    call_.start(context_.workers, std::move(write));
    current ^= 1U;
  }
}

/// On a worker.
std::optional<Response> BodyExchange::write_to_sink(const BodyPiece& piece) noexcept {
  return guarded(exchange_.request, [&]() -> std::optional<Response> {
    if (piece.view().empty()) return std::nullopt;
    return sink_->write(piece.view());
  });
}

Await<BodyExchange::Outcome> BodyExchange::finish_sink(const BodyPiece& last) {
  auto finish = [this, &last] {
    if (auto early = write_to_sink(last)) {
      exchange_.response = *std::move(early);
    } else {
      exchange_.response = guarded(exchange_.request, [this] { return sink_->finish(); });
    }
    sink_.reset();
  };
  socket_.deadlines().pause(context_.now);
  call_.start(context_.workers, std::move(finish));
  co_await call_.wait();
  co_return Outcome::answered;
}

Await<BodyExchange::Outcome> BodyExchange::collect() {
  BodyPiece& piece = pieces_[0];
  piece.allocate(body_.piece_size(collected_piece_bytes));
  auto end = RequestBody::End::more;
  while (end == RequestBody::End::more) {
    piece.clear();
    end = co_await body_.read(piece);
    exchange_.request.body += piece.view();
  }
  if (end != RequestBody::End::complete) co_return co_await fail(end);
  socket_.deadlines().pause(context_.now);
  co_return Outcome::collected;
}

/// Destroys the sink first: it may hold what other requests wait for, and the rest of the body may take long.
Await<BodyExchange::Outcome> BodyExchange::answer_early(Response response) {
  co_await finish();
  exchange_.response = std::move(response);
  // A client that was not invited reads the answer before it sends the body, and then does not send it.
  co_return invited_ && !body_.lacks_more_than(most_drained()) ? Outcome::early : Outcome::unread;
}

/// A body that the handler has taken comes from a caller that it knows.
std::uint64_t BodyExchange::most_drained() const noexcept {
  const auto& limits = context_.options.limits;
  return begun_ ? limits.max_drain_bytes : limits.max_refused_bytes;
}

Await<bool> BodyExchange::drain() {
  if (begun_) {
    socket_.deadlines().begin_body(context_.now);
  } else {
    socket_.deadlines().await_rest(context_.now);
  }
  co_return co_await body_.drain(most_drained()) == RequestBody::End::complete;
}

Await<BodyExchange::Outcome> BodyExchange::fail(RequestBody::End end) {
  if (end == RequestBody::End::too_long) co_return co_await answer_early(too_large());
  exchange_.response = plain_response(400, "the body's chunks are malformed");
  co_await finish();
  if (end == RequestBody::End::gone) context_.incidents.note(Incident::body_cut, exchange_.request.peer);
  co_return end == RequestBody::End::gone ? Outcome::gone : Outcome::unread;
}

}  // namespace packhouse::http
