#include "api/upload_slot.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace packhouse::api {
namespace {

Actor caller(std::string id, std::string address) {
  return {.kind = "token", .id = std::move(id), .address = std::move(address)};
}

TEST(UploadSlots, one_credential_has_a_quarter_of_them) {
  UploadSlots slots{8};
  const auto first = slots.take(caller("1", "192.0.2.1"));
  {
    const auto second = slots.take(caller("1", "192.0.2.2"));
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ(slots.take(caller("1", "192.0.2.3")).error().code, Errc::unavailable);
    EXPECT_TRUE(slots.take(caller("2", "192.0.2.3")).ok()) << "others are not concerned";
  }
  EXPECT_TRUE(slots.take(caller("1", "192.0.2.3")).ok()) << "one has ended";
}

TEST(UploadSlots, a_refusal_is_an_incident) {
  http::IncidentLog incidents;
  UploadSlots slots{1, nullptr, &incidents};
  const auto first = slots.take(caller("1", "192.0.2.1"));
  EXPECT_EQ(incidents.count(http::Incident::uploads), 0U);
  EXPECT_FALSE(slots.take(caller("2", "192.0.2.2")).ok());
  EXPECT_EQ(incidents.count(http::Incident::uploads), 1U);
}

TEST(UploadSlots, one_network_has_a_quarter_of_them) {
  UploadSlots slots{8};
  const auto first = slots.take(caller("1", "2001:db8::1"));
  const auto second = slots.take(caller("2", "2001:db8::2"));
  EXPECT_EQ(slots.take(caller("3", "2001:db8::3")).error().code, Errc::unavailable);
  EXPECT_TRUE(slots.take(caller("3", "2001:db8:0:1::3")).ok());
}

TEST(UploadSlots, no_more_than_all) {
  UploadSlots slots{2};
  const auto first = slots.take(caller("1", "192.0.2.1"));
  const auto second = slots.take(caller("2", "192.0.2.2"));
  ASSERT_TRUE(first.ok() && second.ok()) << "a share is one at least";
  EXPECT_EQ(slots.take(caller("3", "192.0.2.3")).error().message, "too many uploads at once");
}

}  // namespace
}  // namespace packhouse::api
