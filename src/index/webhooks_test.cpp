#include "index/webhooks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Step = WebhookQueue::Step;

class WebhookQueueTest : public ::testing::Test {
 protected:
  WebhookQueueTest() { EXPECT_TRUE(queue_.begin(site_.ledger_length()).ok()); }

  void upload(std::string_view version) {
    ASSERT_TRUE(site_.add(wheel_filename("demo", version), wheel_bytes("demo", version)).ok());
  }

  Step step() {
    const auto done = queue_.step([&](const Delivery& delivery) -> Status {
      tried_.push_back(delivery.id);
      if (away_) return Error{Errc::unavailable, "the receiver answered 500"};
      bodies_.push_back(delivery.body);
      return success();
    });
    return done.value();
  }

  WebhookState state() { return *site_.store->webhooks().find("chat").value(); }

  TestIndex site_;
  WebhookQueue queue_{{.name = "chat", .events = {"file.*"}}, *site_.store, site_.clock};
  bool away_ = false;
  std::vector<std::string> tried_;
  std::vector<std::string> bodies_;
};

TEST_F(WebhookQueueTest, tells_of_each_change_once_in_their_order) {
  EXPECT_EQ(step(), Step::idle) << "what was before is no news";
  upload("1.0");
  upload("2.0");
  EXPECT_EQ(step(), Step::delivered);
  EXPECT_EQ(step(), Step::delivered);
  EXPECT_EQ(step(), Step::idle);
  ASSERT_EQ(bodies_.size(), 2U);
  const auto first = *json::parse(bodies_.front());
  EXPECT_EQ(first.at("type"), json::Value("file.upload"));
  EXPECT_EQ(first.at("data").at("subject"), json::Value("main/demo/1.0/demo-1.0-py3-none-any.whl"));
  EXPECT_EQ(first.at("data").at("actor").as_object().if_contains("address"), nullptr);
  EXPECT_EQ(state().delivered, 2U);
  EXPECT_EQ(state().sequence, site_.ledger_length());
}

TEST_F(WebhookQueueTest, skips_what_the_webhook_does_not_want) {
  const LedgerNote note{.actor = {.kind = "console", .id = "ada", .address = {}},
                        .action = "token.create",
                        .subject = "token/7",
                        .reason = {},
                        .detail = {}};
  ASSERT_TRUE(site_.store->ledger().append(note, site_.clock.now()).ok());
  EXPECT_EQ(step(), Step::skipped);
  EXPECT_EQ(step(), Step::idle);
  EXPECT_THAT(tried_, IsEmpty());
}

TEST_F(WebhookQueueTest, a_receiver_that_is_away_gets_the_same_delivery_when_it_is_back) {
  upload("1.0");
  away_ = true;
  EXPECT_EQ(step(), Step::failed);
  EXPECT_EQ(step(), Step::idle) << "it waits";
  site_.clock.sleep(WebhookQueue::first_wait);
  EXPECT_EQ(step(), Step::failed);
  EXPECT_EQ(state().failures, 2U);
  EXPECT_EQ(state().last_error, "the receiver answered 500");
  site_.clock.sleep(WebhookQueue::first_wait);
  EXPECT_EQ(step(), Step::idle) << "twice as long";
  site_.clock.sleep(WebhookQueue::first_wait);
  away_ = false;
  EXPECT_EQ(step(), Step::delivered);
  EXPECT_THAT(tried_, ElementsAre(tried_.front(), tried_.front(), tried_.front()));
  EXPECT_EQ(state().failures, 0U);
  EXPECT_EQ(state().last_error, "");
}

TEST_F(WebhookQueueTest, gives_a_delivery_up_after_three_days_and_goes_on) {
  upload("1.0");
  away_ = true;
  EXPECT_EQ(step(), Step::failed);
  site_.clock.sleep(WebhookQueue::patience);
  EXPECT_EQ(step(), Step::given_up);
  EXPECT_EQ(state().given_up, 1U);
  upload("2.0");
  away_ = false;
  EXPECT_EQ(step(), Step::delivered);
  EXPECT_NE(bodies_.front().find("demo/2.0"), std::string::npos);
}

// Of the specification's own libraries.
TEST(WebhookSignature, is_that_of_standard_webhooks) {
  const auto key = parse_webhook_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(webhook_signature(*key, {.id = "msg_p5jXN8AQM9LWM0D4loKWxJek", .body = R"({"test": 2432232314})"},
                              std::chrono::seconds{1614265330}),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSecret, has_at_least_24_bytes) {
  for (const auto* text :
       {"", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    EXPECT_EQ(parse_webhook_secret(text).error().code, Errc::invalid_input) << text;
}

}  // namespace
}  // namespace packhouse::index
