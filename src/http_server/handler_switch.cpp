#include "http_server/handler_switch.hpp"

#include <utility>

namespace packhouse::http {
namespace {

class PinnedSink final : public BodySink {
 public:
  PinnedSink(std::shared_ptr<Handler> handler, std::unique_ptr<BodySink> sink)
      : handler_(std::move(handler)), sink_(std::move(sink)) {}

  std::optional<Response> write(std::string_view chunk) override { return sink_->write(chunk); }
  Response finish() override { return sink_->finish(); }

 private:
  const std::shared_ptr<Handler> handler_;  // outlives the sink
  const std::unique_ptr<BodySink> sink_;
};

std::shared_ptr<const DeferredAnswer> pinned(std::shared_ptr<Handler> handler,
                                             std::shared_ptr<const DeferredAnswer> deferred) {
  auto lane = deferred->lane;
  return std::make_shared<const DeferredAnswer>(DeferredAnswer{
      .lane = std::move(lane),
      .call = [handler = std::move(handler), deferred = std::move(deferred)] { return deferred->call(); }});
}

}  // namespace

void HandlerSwitch::replace(std::shared_ptr<Handler> next) {
  {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }
  // The former one, if nobody else holds it, ends here, without the lock.
}

Handler& HandlerSwitch::handler_of(Request& request) const {
  if (!request.handler) {
    const std::lock_guard lock(mutex_);
    request.handler = current_;
  }
  return *request.handler;
}

std::optional<Response> HandlerSwitch::quick(Request& request) {
  return handler_of(request).quick(request);
}

BodyPlan HandlerSwitch::plan_body(Request& request) {
  auto plan = handler_of(request).plan_body(request);
  if (plan.sink) plan.sink = std::make_unique<PinnedSink>(request.handler, std::move(plan.sink));
  return plan;
}

Response HandlerSwitch::handle(Request& request) {
  auto response = handler_of(request).handle(request);
  if (response.deferred) response.deferred = pinned(request.handler, std::move(response.deferred));
  return response;
}

}  // namespace packhouse::http
