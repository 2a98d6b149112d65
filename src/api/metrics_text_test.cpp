#include "api/metrics_text.hpp"

#include <gtest/gtest.h>

namespace packhouse::api {
namespace {

TEST(MetricsText, writes_families_with_their_samples) {
  MetricsText text;
  text.one("connections", MetricsText::Type::gauge, "How many there are", std::uint64_t{3});
  text.family("faults_total", MetricsText::Type::counter, "By kind");
  text.sample(std::uint64_t{1}, {{"kind", "a"}, {"of", "b"}});
  text.sample(0.25, {{"kind", "c"}});
  EXPECT_EQ(text.text(),
            "# HELP packhouse_connections How many there are\n"
            "# TYPE packhouse_connections gauge\n"
            "packhouse_connections 3\n"
            "# HELP packhouse_faults_total By kind\n"
            "# TYPE packhouse_faults_total counter\n"
            "packhouse_faults_total{kind=\"a\",of=\"b\"} 1\n"
            "packhouse_faults_total{kind=\"c\"} 0.25\n");
}

TEST(MetricsText, escapes_what_ends_a_label) {
  MetricsText text;
  text.family("x", MetricsText::Type::gauge, "y");
  text.sample(std::uint64_t{1}, {{"z", "a\"b\\c\nd"}});
  EXPECT_TRUE(text.text().ends_with("packhouse_x{z=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(MetricsText, writes_a_histogram_with_its_buckets) {
  DurationHistogram durations;
  durations.add(std::chrono::milliseconds{3});
  durations.add(std::chrono::seconds{20});
  MetricsText text;
  text.family("seconds", MetricsText::Type::histogram, "y");
  text.samples(durations.values(), {{"route", "/"}});
  EXPECT_NE(text.text().find("packhouse_seconds_bucket{route=\"/\",le=\"0.0025\"} 0\n"), std::string::npos);
  EXPECT_NE(text.text().find("packhouse_seconds_bucket{route=\"/\",le=\"0.005\"} 1\n"), std::string::npos);
  EXPECT_NE(text.text().find("packhouse_seconds_bucket{route=\"/\",le=\"+Inf\"} 2\n"
                             "packhouse_seconds_sum{route=\"/\"} 20.003\n"
                             "packhouse_seconds_count{route=\"/\"} 2\n"),
            std::string::npos);
}

}  // namespace
}  // namespace packhouse::api
