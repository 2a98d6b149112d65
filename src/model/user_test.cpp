#include "model/user.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(UserName, is_short_lower_case_and_not_that_of_tokens) {
  for (const auto* name : {"alice", "a", "0x", "a.b_c-d"})
    EXPECT_EQ(*parse_user_name(name), name);
  for (const auto& name :
       {std::string{}, std::string{"__token__"}, std::string{"Alice"}, std::string{"-a"}, std::string{"a b"},
        std::string{"a:b"}, std::string{"\xc3\xa9"}, std::string(65, 'a')}) {
    ASSERT_FALSE(parse_user_name(name).ok()) << name;
    EXPECT_TRUE(parse_user_name(name).error().message.starts_with("user name: expected 1 to 64 of a-z"));
  }
}

TEST(Role, an_owner_may_do_everything_and_a_maintainer_makes_releases_only) {
  for (const Permission permission : all_permissions()) {
    EXPECT_TRUE(permissions_of(Role::owner).allows(permission));
    const bool kept_for_owners = permission == Permission::yank || permission == Permission::admin;
    EXPECT_EQ(permissions_of(Role::maintainer).allows(permission), !kept_for_owners) << to_string(permission);
  }
}

TEST(Role, is_read_by_its_name) {
  EXPECT_EQ(*parse_role("owner"), Role::owner);
  EXPECT_EQ(*parse_role("maintainer"), Role::maintainer);
  EXPECT_EQ(parse_role("Owner").error().message, "expected a role (owner, maintainer), found \"Owner\"");
}

}  // namespace
}  // namespace packhouse
