#include "client/upload_queue.hpp"

#include <gmock/gmock.h>

#include <future>

namespace packhouse::client {
namespace {

using namespace std::chrono_literals;

class ArrivalsTest : public ::testing::Test {
 protected:
  static ReleaseFile file(std::string name) {
    return {.path = {}, .filename = std::move(name), .size = 1, .sha256 = Sha256::of(""), .report = {}};
  }
  std::future<Status> waiting(std::vector<std::string> names) {
    return std::async(std::launch::async, [this, names = std::move(names)] {
      return arrivals.wait_for(names, stop.get_token());
    });
  }

  ReleaseFile sdist = file("demo.tar.gz");
  ReleaseFile linux = file("demo-linux.whl");
  ReleaseFile mac = file("demo-mac.whl");
  UploadQueue arrivals{{&sdist, &linux, &mac}};
  std::stop_source stop;
};

TEST_F(ArrivalsTest, files_are_sent_in_their_order) {
  EXPECT_EQ(arrivals.next(), 0U);
  EXPECT_EQ(arrivals.next(), 1U);
  EXPECT_EQ(arrivals.next(), 2U);
}

TEST_F(ArrivalsTest, one_that_somebody_waits_for_is_sent_first) {
  stop.request_stop();
  EXPECT_EQ(arrivals.wait_for({"demo-mac.whl"}, stop.get_token()).error().code, Errc::cancelled);
  EXPECT_EQ(arrivals.next(), 2U);
  EXPECT_EQ(arrivals.next(), 0U);
}

TEST_F(ArrivalsTest, a_file_is_waited_for_until_it_arrives) {
  auto wait = waiting({"demo-mac.whl"});
  arrivals.arrived(0);
  EXPECT_EQ(wait.wait_for(20ms), std::future_status::timeout);
  arrivals.arrived(2);
  EXPECT_TRUE(wait.get().ok());
}

TEST_F(ArrivalsTest, what_is_not_on_its_way_is_there) {
  EXPECT_TRUE(arrivals.wait_for({"demo-1.0-py3-none-any.whl"}, stop.get_token()).ok());
}

TEST_F(ArrivalsTest, all_of_them_are_waited_for) {
  auto wait = std::async(std::launch::async, [&] { return arrivals.wait_for_all(stop.get_token()); });
  arrivals.arrived(0);
  arrivals.arrived(2);
  EXPECT_EQ(wait.wait_for(20ms), std::future_status::timeout);
  arrivals.arrived(1);
  EXPECT_TRUE(wait.get().ok());
}

TEST_F(ArrivalsTest, what_is_held_back_waits_for_what_somebody_wants) {
  arrivals.hold();
  auto first = std::async(std::launch::async, [&] { return arrivals.next(); });
  EXPECT_EQ(first.wait_for(20ms), std::future_status::timeout);
  auto wait = waiting({"demo-mac.whl"});
  EXPECT_EQ(first.get(), 2U);
  auto second = std::async(std::launch::async, [&] { return arrivals.next(); });
  EXPECT_EQ(second.wait_for(20ms), std::future_status::timeout);
  arrivals.resume();
  EXPECT_EQ(second.get(), 0U);
  arrivals.arrived(2);
  EXPECT_TRUE(wait.get().ok());
}

TEST_F(ArrivalsTest, nothing_is_held_back_where_what_is_wanted_is_there) {
  arrivals.hold();
  EXPECT_TRUE(arrivals.wait_for({"demo-1.0-py3-none-any.whl"}, stop.get_token()).ok());
  EXPECT_EQ(arrivals.next(), 0U);
}

TEST_F(ArrivalsTest, nothing_is_held_back_for_one_that_has_gone) {
  arrivals.hold();
  {
    const UploadQueue::ResumeAtEnd gone(arrivals);
  }
  EXPECT_EQ(arrivals.next(), 0U);
}

TEST_F(ArrivalsTest, a_wait_that_nobody_needs_ends) {
  auto wait = waiting({"demo-linux.whl"});
  stop.request_stop();
  EXPECT_EQ(wait.get().error().code, Errc::cancelled);
}

}  // namespace
}  // namespace packhouse::client
