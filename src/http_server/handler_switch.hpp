#pragma once

#include <memory>
#include <mutex>

#include "http_server/handler.hpp"

namespace packhouse::http {

/// A handler that can be replaced while a server runs. Each request stays with the handler that was in force
/// when its head came, until its answer has been composed, its body's sink has gone and its deferred work is
/// done: whoever replaces a handler keeps it and lets it go once nothing else holds it, so that no I/O thread
/// destroys it. Thread-safe.
class HandlerSwitch final : public Handler {
 public:
  /// Not null.
  explicit HandlerSwitch(std::shared_ptr<Handler> first) : current_(std::move(first)) {}

  /// For requests whose head comes from now on. Not null.
  void replace(std::shared_ptr<Handler> next);

  std::optional<Response> quick(Request& request) override;
  BodyPlan plan_body(Request& request) override;
  Response handle(Request& request) override;

 private:
  /// The one of this request, from its first call on.
  Handler& handler_of(Request& request) const;

  mutable std::mutex mutex_;
  std::shared_ptr<Handler> current_;  // shared: with the requests that it answers
};

}  // namespace packhouse::http
