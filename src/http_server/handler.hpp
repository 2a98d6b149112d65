#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http_server/message.hpp"

namespace packhouse::http {

/// Takes a request's body as it arrives. Called on worker threads, one call at a time, in order; the next
/// piece is read from the socket while this one is worked on. Destroyed without finish() when the peer
/// disconnects or a deadline passes: it then discards all that it did.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// `chunk` is valid during the call. An answer ends the request early: it is sent at once, and a bounded
  /// rest of the body is drained after it, since most clients read no answer before they have sent
  /// everything.
  virtual std::optional<Response> write(std::string_view chunk) = 0;
  /// The body is complete.
  virtual Response finish() = 0;
};

/// How a request's body is to be read.
struct BodyPlan {
  /// Set: stream into this. Not set: collect into Request::body, then call handle().
  std::unique_ptr<BodySink> sink = nullptr;
  /// Bytes; a longer body (by Content-Length, or while chunks arrive) is answered with 413.
  std::uint64_t limit = 0;
  /// Set: answer with this at once; nothing of the body is wanted, and little of it is read.
  std::optional<Response> refusal = std::nullopt;
};

/// The application. All calls may come from several threads at once. An exception
/// becomes one line in the log and a 500.
class Handler {
 public:
  virtual ~Handler() = default;
  /// For a request without a body (also one with "Content-Length: 0"), on an I/O thread: must not block,
  /// touch a disk or take a contended lock. nullopt: not ready in memory, ask handle(). May fill
  /// request.params.
  virtual std::optional<Response> quick(Request& request) = 0;
  /// On a worker thread, for a request with a body, before any of it is read and before `100 Continue` is
  /// sent.
  virtual BodyPlan plan_body(Request& request) = 0;
  /// On a worker thread. The body, if any, is in request.body.
  virtual Response handle(Request& request) = 0;
};

}  // namespace packhouse::http
