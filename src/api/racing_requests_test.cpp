#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "api/testing/session_fixture.hpp"
#include "index/audit.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

constexpr int threads = 4;

/// Of all threads. `./dev nightly` asks for 100,000 under the thread sanitizer.
int requests() {
  const char* const asked = std::getenv("PACKHOUSE_RACING_REQUESTS");
  return asked == nullptr ? 400 : std::atoi(asked);
}

/// Requests that change the same few things from several threads at once.
class RacingRequestsTest : public SessionFixture {
 protected:
  http::Response change(std::string_view version, std::string_view verb) {
    return send(
        request(Method::post, fmt::format("/api/v1/projects/demo/releases/{}/{}", version, verb), admin_),
        R"({"reason":"a race"})");
  }

  http::Response stage(const std::string& version) {
    const auto opened = post("/upload/", {{"name", "demo"}, {"version", version}}, admin_);
    if (opened.status != 201) return opened;
    return ask(Method::del, link(body_of(opened), "session"), admin_);
  }

  http::Response act(unsigned number) {
    const auto version = fmt::format("2.{}", number / 16 % 40);
    switch (number % 12) {
      case 0:
      case 1:
        return upload(
            upload_parts(wheel_filename("demo", version), wheel_bytes("demo", version), "demo", version),
            admin_);
      case 2:
        return change("1.0", "yank");
      case 3:
        return change("1.0", "unyank");
      case 4:
        return change(version, "block");
      case 5:
        return change(version, "unblock");
      case 6:
        return stage(fmt::format("3.{}", number / 16 % 5));
      case 7:
        return send(request(Method::del, "/api/v1/tokens/999", admin_), R"({"reason":"a race"})");
      case 8:
        return get("/pypi/demo/json");
      case 9:
        return get("/api/v1/projects/demo");
      case 10:
        return get("/simple/");
      default:
        return get("/simple/demo/", json_type);
    }
  }

  void race(unsigned seed, int count) {
    std::minstd_rand random(seed);
    for (int i = 0; i < count; ++i) {
      const auto response = act(static_cast<unsigned>(random()));
      const auto status = status_of(response);
      // 503: as many uploads are under way as the fixture allows.
      if (status >= 500 && status != 503) unexpected_ = status;
    }
  }

  std::atomic<int> unexpected_ = 0;
};

TEST_F(RacingRequestsTest, leave_a_sound_index) {
  {
    std::vector<std::jthread> racing;
    for (unsigned seed = 1; seed <= threads; ++seed)
      racing.emplace_back([this, seed] { race(seed, requests() / threads); });
  }
  EXPECT_EQ(unexpected_, 0);
  EXPECT_NO_THROW(static_cast<void>(site_.ledger_length())) << "the chain holds";
  const auto report = index::audit(*site_.store, *site_.blobs);
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->sound());
}

}  // namespace
}  // namespace packhouse::api
