#include "http_server/session.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

namespace packhouse::http {
namespace {

constexpr asio::use_awaitable_t<Executor> use_await;

constexpr std::size_t first_input_bytes = 4UL * 1024;
constexpr std::size_t chunked_input_bytes = 64UL * 1024;
/// Two of these are held while a body streams. Smaller ones cost more hand-overs, larger ones the cache.
constexpr std::size_t piece_bytes = 1024UL * 1024;
constexpr std::size_t collected_piece_bytes = 64UL * 1024;
/// An idle worker gets a piece from this size on.
constexpr std::size_t early_hand_over = 64UL * 1024;

Response plain(int status, std::string_view message) {
  return Response::text(status, std::string{message} + "\n");
}

/// The one place where an exception of the application ends: a line in the log, without the request's fields
/// (they hold credentials), and a 500.
template <typename Call>
auto guarded(const Request& request, Call call) noexcept -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& error) {
    spdlog::error("{} {} failed: {}", to_string(request.method), shown_path(request.path),
                  quote(error.what()));
  } catch (...) {
    spdlog::error("{} {} failed by an exception of no known type", to_string(request.method),
                  shown_path(request.path));
  }
  return plain(500, "the server failed; its log says why");
}

}  // namespace

// ---------------------------------------------------------------- WorkerCall

void WorkerCall::start(std::function<void()> call) {
  running_ = true;
  // The guard keeps the I/O thread's loop alive until the call has come home.
  auto work = [this, call = std::move(call), guard = asio::make_work_guard(home_)] {
    call();
    asio::post(home_, [this] { ended(); });
  };
  asio::post(workers_, std::move(work));
}

void WorkerCall::ended() {
  running_ = false;
  if (!waiter_) return;
  auto waiter = std::exchange(waiter_, nullptr);
  waiter();
}

Await<void> WorkerCall::wait() {
  if (!running_) co_return;
  auto park = [this](auto resume) { waiter_ = std::move(resume); };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(park, use_await);
}

// --------------------------------------------------------------- InputBuffer

void InputBuffer::consume(std::size_t count) noexcept {
  begin_ += count;
  if (begin_ == end_) clear();
}

std::span<char> InputBuffer::space(std::size_t most) {
  if (end_ == bytes_.size() && begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == bytes_.size() && end_ < most) {
    bytes_.resize(std::min(most, std::max(first_input_bytes, bytes_.size() * 2)));
  }
  return {bytes_.data() + end_, bytes_.size() - end_};
}

void InputBuffer::shrink() noexcept {
  if (empty() && bytes_.size() > first_input_bytes) bytes_ = {};
}

// ------------------------------------------------------------------- Session

Session::Session(SessionHome& home, Socket socket, std::string peer)
    : home_(home),
      place_(home.sessions.insert(home.sessions.end(), this)),
      socket_(std::move(socket)),
      tls_(home.tls != nullptr ? home.tls->accept(socket_.native_handle()) : nullptr),
      peer_(std::move(peer)),
      call_(home.workers, socket_.get_executor()) {}

Session::~Session() {
  home_.sessions.erase(place_);
}

void Session::sweep() noexcept {
  if (watch_.expired(home_.now, home_.options.limits)) cut();
}

void Session::cut() noexcept {
  watch_.pause(home_.now);
  // A reset, and no bytes kept in the kernel for a peer that does not read them.
  const struct linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

void Session::cut_if_idle() noexcept {
  if (watch_.awaits_request() && input_.empty()) ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

Await<void> Session::settle() {
  co_await call_.wait();
  if (!sink_) co_return;
  auto discard = [this] { sink_.reset(); };
  call_.start(std::move(discard));
  co_await call_.wait();
}

/// Flat on purpose: a request that is answered from memory to a socket that takes it costs one coroutine and
/// one await. Each further frame was measured at 2 to 3 % of a small request.
Await<void> Session::converse() {
  const std::size_t longest_head = home_.options.limits.max_head_bytes;
  watch_.head(home_.now);
  while (true) {
    const Next next = advance();
    if (next == Next::read) {
      const bool begins = input_.empty();
      const auto space = input_.space(longest_head);
      std::size_t count = 0;
      if (tls_) {
        count = co_await read_tls(space);
      } else {
        const auto [error, arrived] = co_await socket_.async_read_some(
            asio::buffer(space.data(), space.size()), asio::as_tuple(use_await));
        if (!error) count = arrived;
      }
      if (count == 0) co_return;
      input_.commit(count);
      if (begins) watch_.head(home_.now);
      continue;
    }
    const bool wanted = next != Next::work || co_await work();
    compose();
    // Composed all the same: a file that the answer would have sent is closed with out_.
    if (!wanted) co_return;
    auto state = pump();
    if (state == Outgoing::State::blocked) state = co_await flush();
    out_.clear();
    if (state != Outgoing::State::done) co_return;
    if (after_ == After::linger) co_await linger();
    if (after_ != After::next_request) co_return;
    if (input_.empty() && home_.stopping) co_return;
    expect_request();
  }
}

void Session::expect_request() noexcept {
  scanner_.reset();
  if (input_.empty()) {
    watch_.idle(home_.now);
  } else {
    watch_.head(home_.now);
  }
}

/// As far as the bytes that were read lead without waiting for anybody.
Session::Next Session::advance() {
  const auto state = scanner_.scan(input_.view());
  if (state == HeadScanner::State::more) {
    if (input_.view().size() < home_.options.limits.max_head_bytes) return Next::read;
    return refuse({431, "the request head is too long"});
  }
  if (state == HeadScanner::State::malformed) {
    return refuse({400, "the request head is malformed: lines end in CRLF and are not folded"});
  }
  const auto head = input_.view().substr(scanner_.begin(), scanner_.end() - scanner_.begin());
  const auto refusal = parse_head(head, request_, facts_);
  input_.consume(scanner_.end());
  if (refusal) return refuse(*refusal);

  home_.proxies.describe(request_, peer_, tls_ != nullptr);
  watch_.pause(home_.now);
  after_ = After::next_request;
  if (facts_.has_body()) return Next::work;
  auto quick =
      guarded(request_, [this]() -> std::optional<Response> { return home_.handler.quick(request_); });
  if (!quick) return Next::work;
  response_ = *std::move(quick);
  return Next::answer;
}

Session::Next Session::refuse(const HeadRefusal& refusal) {
  response_ = plain(refusal.status, refusal.message);
  if (refusal.status == 405) response_.headers.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  request_.method = Method::get;
  after_ = After::linger;
  return Next::answer;
}

/// With workers, and for a body with the peer, to response_ and after_. False: the peer is gone.
Await<bool> Session::work() {
  if (!facts_.has_body()) {
    co_await ask_handler();
    co_return true;
  }
  const bool answered = co_await serve_body();
  // An idle connection keeps no more memory than a new one.
  for (Piece& piece : pieces_)
    piece = {};
  input_.shrink();
  co_return answered;
}

Await<void> Session::ask_handler() {
  auto call = [this] { response_ = guarded(request_, [this] { return home_.handler.handle(request_); }); };
  call_.start(std::move(call));
  co_await call_.wait();
}

/// 0 for every way in which a connection ends.
Await<std::size_t> Session::read_some(std::span<char> space) {
  if (tls_) co_return co_await read_tls(space);
  const auto [error, count] =
      co_await socket_.async_read_some(asio::buffer(space.data(), space.size()), asio::as_tuple(use_await));
  co_return error ? 0 : count;
}

/// The same through TLS; the handshake goes along with the first call.
Await<std::size_t> Session::read_tls(std::span<char> space) {
  while (true) {
    const auto step = tls_->read(space);
    if (step.state == TlsStream::State::done) co_return step.count;
    if (step.state == TlsStream::State::plain_http) {
      static constexpr std::string_view answer =
          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
          "Content-Length: 32\r\n\r\nthis port speaks https, not http";
      ::send(socket_.native_handle(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    const bool for_reading = step.state == TlsStream::State::wants_read;
    if (!for_reading && step.state != TlsStream::State::wants_write) co_return 0;
    const auto event = for_reading ? asio::socket_base::wait_read : asio::socket_base::wait_write;
    const auto [error] = co_await socket_.async_wait(event, asio::as_tuple(use_await));
    if (error) co_return 0;
  }
}

// ---------------------------------------------------------------------- body

void Session::Piece::allocate(std::size_t count) {
  if (room >= count) return;
  bytes = std::make_unique_for_overwrite<char[]>(count);
  room = count;
}

void Session::begin_body(std::uint64_t limit) {
  chunks_ = {};
  body_left_ = facts_.content_length;
  body_read_ = 0;
  body_limit_ = limit;
  invited_ = !facts_.expects_continue || !input_.empty();
  early_.reset();
  watch_.transfer(home_.now);
}

Await<bool> Session::serve_body() {
  response_ = {};  // of the request before, moved from
  BodyPlan plan = co_await ask_plan();
  sink_ = std::move(plan.sink);
  begin_body(plan.limit);
  if (plan.refusal) co_return co_await early_answer(std::move(*plan.refusal));
  if (body_left_ > plan.limit) co_return co_await early_answer(too_large());
  if (!co_await invite_body()) co_return false;
  if (sink_) co_return co_await stream_body();
  co_return co_await collect_body();
}

Await<BodyPlan> Session::ask_plan() {
  BodyPlan plan;
  auto call = [this, &plan] {
    auto failed = guarded(request_, [this, &plan]() -> std::optional<Response> {
      plan = home_.handler.plan_body(request_);
      return std::nullopt;
    });
    if (failed) plan.refusal = std::move(failed);
  };
  call_.start(std::move(call));
  co_await call_.wait();
  co_return plan;
}

Response Session::too_large() const {
  return plain(413, fmt::format("the body is longer than the {} bytes that are accepted here", body_limit_));
}

/// Sends "100 Continue" to a client that waits for it (RFC 9110 section 10.1.1).
Await<bool> Session::invite_body() {
  if (invited_) co_return true;
  invited_ = true;
  out_.clear();
  out_.head() = "HTTP/1.1 100 Continue\r\n\r\n";
  const auto state = co_await flush();
  out_.clear();
  watch_.transfer(home_.now);
  co_return state == Outgoing::State::done;
}

Await<bool> Session::stream_body() {
  const std::uint64_t longest =
      facts_.chunked ? piece_bytes : std::min<std::uint64_t>(piece_bytes, body_left_);
  std::size_t current = 0;
  while (true) {
    Piece& piece = pieces_[current];
    piece.allocate(longest);
    piece.size = 0;
    const BodyEnd end = co_await read_piece(piece, /*hand_over_early=*/true);
    if (call_.running()) {
      watch_.pause(home_.now);
      co_await call_.wait();
      watch_.resume(home_.now);
    }
    if (early_) co_return co_await early_answer(std::move(*early_));
    if (end == BodyEnd::complete) co_return co_await finish_sink(piece);
    if (end != BodyEnd::more) co_return co_await failed_body(end);
    auto write = [this, &piece] { early_ = write_to_sink(piece); };
    call_.start(std::move(write));
    current ^= 1U;
  }
}

/// On a worker.
std::optional<Response> Session::write_to_sink(const Piece& piece) noexcept {
  return guarded(request_, [&]() -> std::optional<Response> {
    if (piece.size == 0) return std::nullopt;
    return sink_->write({piece.bytes.get(), piece.size});
  });
}

Await<bool> Session::finish_sink(const Piece& last) {
  auto finish = [this, &last] {
    if (auto early = write_to_sink(last)) {
      response_ = *std::move(early);
    } else {
      response_ = guarded(request_, [this] { return sink_->finish(); });
    }
    sink_.reset();
  };
  watch_.pause(home_.now);
  call_.start(std::move(finish));
  co_await call_.wait();
  co_return true;
}

Await<bool> Session::collect_body() {
  Piece& piece = pieces_[0];
  piece.allocate(facts_.chunked ? collected_piece_bytes
                                : std::min<std::uint64_t>(collected_piece_bytes, body_left_));
  BodyEnd end = BodyEnd::more;
  while (end == BodyEnd::more) {
    piece.size = 0;
    end = co_await read_piece(piece, /*hand_over_early=*/false);
    request_.body.append(piece.bytes.get(), piece.size);
  }
  if (end != BodyEnd::complete) co_return co_await failed_body(end);
  watch_.pause(home_.now);
  co_await ask_handler();
  co_return true;
}

/// The sink goes first: it may hold what other requests wait for, and the rest may be long in coming.
Await<bool> Session::early_answer(Response response) {
  co_await settle();
  response_ = std::move(response);
  if (!invited_) {
    // The client learns the answer before it has sent the body, and does not send it then.
    after_ = After::linger;
    co_return true;
  }
  const BodyEnd end = co_await drain_body();
  if (end != BodyEnd::complete) after_ = After::linger;
  co_return end != BodyEnd::gone;
}

Await<bool> Session::failed_body(BodyEnd end) {
  if (end == BodyEnd::too_long) co_return co_await early_answer(too_large());
  response_ = plain(400, "the body's chunks are malformed");
  after_ = After::linger;
  co_await settle();
  co_return end != BodyEnd::gone;
}

/// Reads until the piece is full, the body ends or, if so wanted, a worker could have something to do.
Await<Session::BodyEnd> Session::read_piece(Piece& piece, bool hand_over_early) {
  while (true) {
    const BodyEnd end = take_buffered(piece);
    if (end != BodyEnd::more || piece.size == piece.room) co_return end;
    if (hand_over_early && piece.size >= early_hand_over && !call_.running()) co_return end;
    std::size_t count = 0;
    if (facts_.chunked) {
      const auto space = input_.space(chunked_input_bytes);
      count = co_await read_some(space);
      input_.commit(count);
    } else {
      const std::span<char> rest{piece.bytes.get() + piece.size, piece.room - piece.size};
      const auto space = rest.first(std::min<std::uint64_t>(rest.size(), body_left_));
      count = co_await read_some(space);
      piece.size += count;
      body_left_ -= count;
    }
    if (count == 0) co_return BodyEnd::gone;
    watch_.moved(home_.now, count);
  }
}

/// What of the body came before: with the head, or as chunks.
Session::BodyEnd Session::take_buffered(Piece& piece) noexcept {
  const std::span<char> rest{piece.bytes.get() + piece.size, piece.room - piece.size};
  if (facts_.chunked) {
    const auto step = chunks_.decode(input_.view(), rest);
    input_.consume(step.consumed);
    piece.size += step.produced;
    body_read_ += step.produced;
    if (chunks_.broken()) return BodyEnd::broken;
    if (body_read_ > body_limit_) return BodyEnd::too_long;
    return chunks_.done() ? BodyEnd::complete : BodyEnd::more;
  }
  const std::size_t count = std::min<std::uint64_t>({input_.view().size(), rest.size(), body_left_});
  if (count > 0) std::memcpy(rest.data(), input_.view().data(), count);
  input_.consume(count);
  piece.size += count;
  body_left_ -= count;
  return body_left_ == 0 ? BodyEnd::complete : BodyEnd::more;
}

/// complete, gone, or too_long for what is not worth reading.
Await<Session::BodyEnd> Session::drain_body() {
  const std::uint64_t most = home_.options.limits.max_drain_bytes;
  if (body_left_ > most) co_return BodyEnd::too_long;
  Piece& piece = pieces_[0];
  piece.allocate(collected_piece_bytes);
  body_limit_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t dropped = 0;
  BodyEnd end = BodyEnd::more;
  while (end == BodyEnd::more && dropped <= most) {
    piece.size = 0;
    end = co_await read_piece(piece, /*hand_over_early=*/false);
    dropped += piece.size;
  }
  if (end == BodyEnd::complete || end == BodyEnd::gone) co_return end;
  co_return BodyEnd::too_long;
}

// -------------------------------------------------------------------- answer

/// Fills out_ from response_, and decides what becomes of the connection.
void Session::compose() {
  const bool close = after_ != After::next_request || !facts_.keep_alive || response_.close || home_.stopping;
  // Closing with unread bytes would reset the connection, and the peer might lose the answer.
  if (close && after_ == After::next_request) after_ = input_.empty() ? After::close : After::linger;
  const AnswerContext context{
      .common_fields = home_.common_fields, .close = close, .say_keep_alive = !close && !facts_.http_1_1};
  compose_answer(std::move(response_), request_, context, out_);
}

Outgoing::State Session::pump() {
  return tls_ ? out_.pump(*tls_) : out_.pump(socket_.native_handle());
}

/// Sends what out_ holds, waiting for the socket wherever it takes no more.
Await<Outgoing::State> Session::flush() {
  watch_.transfer(home_.now);
  while (true) {
    const std::uint64_t before = out_.sent();
    const auto state = pump();
    if (state != Outgoing::State::blocked) co_return state;
    watch_.moved(home_.now, out_.sent() - before);
    const auto event = out_.tls_wants_read() ? asio::socket_base::wait_read : asio::socket_base::wait_write;
    const auto [error] = co_await socket_.async_wait(event, asio::as_tuple(use_await));
    if (error) co_return Outgoing::State::failed;
  }
}

/// Reads and drops until the peer closes, for a bounded time: a close with unread bytes is a reset, which
/// can overtake the answer.
Await<void> Session::linger() {
  if (tls_) tls_->close();
  ::shutdown(socket_.native_handle(), SHUT_WR);
  watch_.linger(home_.now);
  Piece& piece = pieces_[0];
  piece.allocate(first_input_bytes);
  while (true) {
    const std::span<char> space{piece.bytes.get(), piece.room};
    if (co_await read_some(space) == 0) co_return;
  }
}

}  // namespace packhouse::http
