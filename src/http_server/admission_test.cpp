#include "http_server/admission.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

namespace packhouse::http {
namespace {

class AdmissionTest : public ::testing::Test {
 protected:
  /// How many of `count` connections from that address are admitted; they stay.
  std::size_t admitted(const std::string& address, std::size_t count) {
    const auto before = tickets_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (auto ticket = admission_.admit(address)) tickets_.push_back(*std::move(ticket));
    }
    return tickets_.size() - before;
  }

  ServerLimits limits_{.max_connections = 80, .max_connections_per_address = 35};
  TrustedProxies proxies_ = *TrustedProxies::parse(std::vector<std::string>{"192.0.2.9"});
  IncidentLog incidents_;
  Admission admission_{limits_, proxies_, incidents_};
  std::vector<AdmissionTicket> tickets_;
};

TEST_F(AdmissionTest, addresses_of_one_ipv6_network_count_as_one) {
  std::size_t total = 0;
  for (int i = 1; i <= 8; ++i)
    total += admitted(fmt::format("2001:db8::{}", i), 10);
  EXPECT_EQ(total, 35U);
  EXPECT_EQ(incidents_.count(Incident::network_connections), 45U);
  EXPECT_EQ(admitted("2001:db8:0:1::1", 1), 1U);
}

TEST_F(AdmissionTest, the_last_eighth_is_for_networks_with_few_connections) {
  EXPECT_EQ(admitted("192.0.2.1", 35), 35U);
  EXPECT_EQ(admitted("192.0.2.2", 35), 35U);
  EXPECT_EQ(admitted("192.0.2.1", 1), 0U);
  EXPECT_EQ(admitted("192.0.2.3", 10), Admission::few);
  EXPECT_EQ(admitted("192.0.2.4", 10), 2U) << "that is all";
  EXPECT_EQ(admitted("192.0.2.9", 1), 0U) << "also for a proxy";
  EXPECT_GT(incidents_.count(Incident::connections), 0U);
  EXPECT_EQ(admission_.total(), 80U);
  tickets_.clear();
  EXPECT_EQ(admitted("192.0.2.9", 100), 80U) << "a trusted proxy has many clients";
}

TEST_F(AdmissionTest, a_connection_that_ends_leaves_its_place) {
  EXPECT_EQ(admitted("192.0.2.1", 40), 35U);
  tickets_.pop_back();
  EXPECT_EQ(admitted("192.0.2.1", 40), 1U);
}

TEST_F(AdmissionTest, other_limits_count_for_connections_that_come_then) {
  EXPECT_EQ(admitted("192.0.2.1", 40), 35U);
  limits_.max_connections_per_address = 37;
  admission_.reconfigure(limits_, TrustedProxies{});
  EXPECT_EQ(admitted("192.0.2.1", 40), 2U);
  EXPECT_LT(admitted("192.0.2.9", 40), 40U) << "it is no proxy any more";
  EXPECT_EQ(admission_.most(), 80U);
}

}  // namespace
}  // namespace packhouse::http
