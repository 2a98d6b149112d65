#include "model/permission.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(Permission, names_and_values_agree_both_ways) {
  ASSERT_EQ(all_permissions().size(), 7U);
  for (const Permission permission : all_permissions()) {
    const auto parsed = parse_permission(to_string(permission));
    ASSERT_TRUE(parsed.ok()) << to_string(permission);
    EXPECT_EQ(*parsed, permission);
  }
}

TEST(Permission, refuses_an_unknown_name_and_lists_those_that_exist) {
  for (const char* text : {"", "Read", " read", "read ", "root"}) {
    const auto parsed = parse_permission(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid_input);
    EXPECT_EQ(
        parsed.error().message,
        "expected a permission (read, upload, stage, smoke, publish, yank, admin), found " + quote(text));
  }
}

TEST(Permissions, allow_what_they_hold_and_nothing_else) {
  const Permissions set{Permission::read, Permission::upload};
  for (const Permission permission : all_permissions()) {
    EXPECT_EQ(set.allows(permission), permission == Permission::read || permission == Permission::upload)
        << to_string(permission);
  }
}

TEST(Permissions, of_stage_and_publish_include_smoke) {
  for (const Permission held : all_permissions()) {
    const bool expected = held == Permission::smoke || held == Permission::stage ||
                          held == Permission::publish || held == Permission::admin;
    EXPECT_EQ(Permissions{held}.allows(Permission::smoke), expected) << to_string(held);
  }
  EXPECT_FALSE(Permissions{Permission::smoke}.allows(Permission::stage));
  EXPECT_FALSE(Permissions{Permission::stage}.allows(Permission::publish));
}

TEST(Permissions, allow_everything_once_admin_is_among_them) {
  const Permissions set{Permission::admin};
  for (const Permission permission : all_permissions())
    EXPECT_TRUE(set.allows(permission)) << to_string(permission);
}

TEST(Permissions, allow_nothing_when_empty) {
  for (const Permission permission : all_permissions())
    EXPECT_FALSE(Permissions{}.allows(permission)) << to_string(permission);
}

TEST(Permissions, are_written_in_one_order_whatever_order_they_came_in) {
  const auto set = Permissions::parse("publish,read,publish");
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->str(), "read,publish");
  EXPECT_EQ(*set, (Permissions{Permission::read, Permission::publish}));
}

TEST(Permissions, refuse_an_empty_list_and_an_empty_name) {
  EXPECT_FALSE(Permissions::parse("").ok());
  EXPECT_FALSE(Permissions::parse("read,").ok());
  EXPECT_FALSE(Permissions::parse(",read").ok());
  EXPECT_FALSE(Permissions::parse("read, upload").ok());
}

}  // namespace
}  // namespace packhouse
