#include "http_server/handler_switch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace packhouse::http {
namespace {

/// Answers with its name.
class Named final : public Handler {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}

  std::optional<Response> quick(Request& request) override {
    if (request.path != "/quick") return std::nullopt;
    return Response::text(200, name_);
  }
  BodyPlan plan_body(Request& /*request*/) override { return {.sink = std::make_unique<Sink>(*this)}; }
  Response handle(Request& request) override {
    if (request.path != "/deferred") return Response::text(200, name_);
    Response response;
    response.deferred = std::make_shared<const DeferredAnswer>(
        DeferredAnswer{.lane = "lane", .call = [this] { return Response::text(200, name_); }});
    return response;
  }

 private:
  class Sink final : public BodySink {
   public:
    explicit Sink(const Named& handler) : handler_(handler) {}
    std::optional<Response> write(std::string_view /*chunk*/) override { return std::nullopt; }
    Response finish() override { return Response::text(200, handler_.name_); }

   private:
    const Named& handler_;
  };

  const std::string name_;
};

std::string text_of(const Response& response) {
  return std::get<std::string>(response.body);
}

class HandlerSwitchTest : public ::testing::Test {
 protected:
  void replace() {
    auto next = std::make_shared<Named>("second");
    switch_.replace(next);
    first_.reset();
  }

  static Request request(std::string path) {
    Request made;
    made.path = std::move(path);
    return made;
  }

  std::shared_ptr<Named> first_ = std::make_shared<Named>("first");  // shared with the switch
  const std::weak_ptr<Named> watched_ = first_;
  HandlerSwitch switch_{first_};
};

TEST_F(HandlerSwitchTest, a_request_stays_with_the_handler_that_its_head_met) {
  auto before = request("/slow");
  EXPECT_FALSE(switch_.quick(before).has_value());
  replace();
  auto after = request("/quick");
  EXPECT_EQ(text_of(*switch_.quick(after)), "second");
  EXPECT_EQ(text_of(switch_.handle(before)), "first");
  EXPECT_FALSE(watched_.expired()) << "its answer may still be composed";
  before = {};
  EXPECT_TRUE(watched_.expired());
}

TEST_F(HandlerSwitchTest, a_body_that_is_on_its_way_is_finished_by_the_handler_that_began_it) {
  auto plan = [&] {
    auto upload = request("/upload");
    return switch_.plan_body(upload);
  }();
  replace();
  EXPECT_FALSE(watched_.expired());
  EXPECT_EQ(plan.sink->write("bytes").has_value(), false);
  EXPECT_EQ(text_of(plan.sink->finish()), "first");
  plan.sink.reset();
  EXPECT_TRUE(watched_.expired());
}

TEST_F(HandlerSwitchTest, deferred_work_keeps_its_handler_when_the_request_is_gone) {
  auto response = [&] {
    auto asked = request("/deferred");
    return switch_.handle(asked);
  }();
  replace();
  ASSERT_NE(response.deferred, nullptr);
  EXPECT_EQ(response.deferred->lane, "lane");
  EXPECT_EQ(text_of(response.deferred->call()), "first");
  response.deferred.reset();
  EXPECT_TRUE(watched_.expired());
}

}  // namespace
}  // namespace packhouse::http
