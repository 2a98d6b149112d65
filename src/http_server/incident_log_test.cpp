#include "http_server/incident_log.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <set>
#include <sstream>

namespace packhouse::http {
namespace {

using namespace std::chrono_literals;

/// With the default log in a text.
class IncidentLogTest : public ::testing::Test {
 protected:
  IncidentLogTest() : before_(spdlog::default_logger()) {
    auto log =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    log->set_pattern("%l %v");
    spdlog::set_default_logger(log);
  }
  ~IncidentLogTest() override { spdlog::set_default_logger(before_); }

  std::string take_lines() {
    auto lines = text_.str();
    text_.str("");
    return lines;
  }

  std::shared_ptr<spdlog::logger> before_;
  std::ostringstream text_;
  IncidentLog log_;
  IncidentLog::Time now_ = IncidentLog::Time{} + 1h;
};

TEST_F(IncidentLogTest, logs_the_first_and_then_one_a_minute_with_the_number_between) {
  for (int i = 0; i < 1000; ++i)
    log_.note(Incident::head_size, "192.0.2.1", now_);
  EXPECT_EQ(take_lines(),
            "warning refused a request: its head is longer than limits.head-size (from 192.0.2.1)\n");
  log_.note(Incident::head_size, "192.0.2.2", now_ + 59s);
  EXPECT_EQ(take_lines(), "");
  log_.note(Incident::head_size, "192.0.2.3", now_ + 60s);
  EXPECT_EQ(take_lines(),
            "warning refused a request: its head is longer than limits.head-size (from 192.0.2.3); 1000 more "
            "since the last such line\n");
  EXPECT_EQ(log_.count(Incident::head_size), 1002U);
}

TEST_F(IncidentLogTest, each_kind_has_its_own_lines_and_name) {
  std::set<std::string_view> names;
  for (const auto incident : all_incidents()) {
    names.insert(to_string(incident));
    log_.note(incident, "", now_);
    EXPECT_NE(take_lines(), "");
    EXPECT_EQ(log_.count(incident), 1U);
  }
  EXPECT_EQ(names.size(), all_incidents().size());
}

}  // namespace
}  // namespace packhouse::http
