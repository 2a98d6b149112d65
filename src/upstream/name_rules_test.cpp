#include "upstream/name_rules.hpp"

#include <gtest/gtest.h>

namespace packhouse::upstream {
namespace {

ProjectName named(std::string_view text) {
  return *ProjectName::parse(text);
}

NameSet reserved() {
  return *NameSet::parse({"Demo.Tool"}, {"Acme_Labs", "zeta"});
}

bool asked(std::string_view name, NameClaim claim = NameClaim::none) {
  return origin_of(named(name), claim, reserved()).upstream;
}

TEST(NameRules, a_name_that_nothing_claims_is_asked_of_the_upstream) {
  EXPECT_TRUE(asked("flask"));
  EXPECT_TRUE(origin_of(named("demo-tool"), NameClaim::none, {}).upstream);
}

TEST(NameRules, a_project_keeps_its_name_from_the_upstream) {
  const auto origin = origin_of(named("flask"), NameClaim::project, {});
  EXPECT_FALSE(origin.upstream);
  EXPECT_EQ(origin.reason, "a project of this server has the name");
}

TEST(NameRules, an_open_session_keeps_its_name_from_the_upstream) {
  const auto origin = origin_of(named("flask"), NameClaim::session, {});
  EXPECT_FALSE(origin.upstream);
  EXPECT_EQ(origin.reason, "an open publishing session has the name");
}

TEST(NameRules, a_reservation_of_this_server_keeps_its_name_from_the_upstream) {
  const auto origin = origin_of(named("flask"), NameClaim::reservation, {});
  EXPECT_FALSE(origin.upstream);
  EXPECT_EQ(origin.reason, "the name is reserved on this server");
}

TEST(NameRules, a_reserved_name_is_never_asked_in_any_spelling) {
  for (const char* spelling : {"demo-tool", "Demo_Tool", "demo.tool", "DEMO--TOOL", "demo-._tool"})
    EXPECT_FALSE(asked(spelling)) << spelling;
  EXPECT_TRUE(asked("demotool"));
  EXPECT_TRUE(asked("demo-tools"));
  EXPECT_TRUE(asked("demo-tool-extra")) << "a name is no prefix";
}

TEST(NameRules, a_reserved_prefix_is_a_namespace_of_PEP_752) {
  for (const char* name :
       {"acme-labs", "acme-labs-core", "ACME.labs_core", "acme-labs-a-b-c", "zeta", "zeta-1"})
    EXPECT_FALSE(asked(name)) << name;
  for (const char* name : {"acme", "acme-lab", "acme-labsx", "acmelabs", "x-acme-labs", "zetax", "beta-zeta"})
    EXPECT_TRUE(asked(name)) << name;
  EXPECT_EQ(origin_of(named("acme-labs-core"), NameClaim::none, reserved()).reason,
            "the configuration reserves the prefix acme-labs");
}

TEST(NameRules, the_reason_names_the_first_rule_that_holds) {
  EXPECT_EQ(origin_of(named("demo-tool"), NameClaim::project, reserved()).reason,
            "a project of this server has the name");
  EXPECT_EQ(origin_of(named("demo-tool"), NameClaim::none, reserved()).reason,
            "the configuration reserves the name");
}

TEST(NameRules, a_pattern_is_a_name_or_a_prefix) {
  const auto names = *NameSet::parse({"flask", "Acme-*"});
  EXPECT_TRUE(names.matches(named("Flask")));
  EXPECT_TRUE(names.matches(named("acme")));
  EXPECT_TRUE(names.matches(named("acme_core")));
  EXPECT_FALSE(names.matches(named("flask-extra")));
  EXPECT_FALSE(NameSet::parse({"*"}).ok());
  EXPECT_FALSE(NameSet::parse({"fl*sk"}).ok());
  EXPECT_TRUE(NameSet::parse(std::vector<std::string>{})->empty());
}

TEST(NameRules, what_is_no_name_cannot_be_reserved) {
  EXPECT_FALSE(NameSet::parse({"-x"}, {}).ok());
  EXPECT_FALSE(NameSet::parse({}, {"acme-"}).ok()) << "give the prefix without its dash";
  EXPECT_FALSE(NameSet::parse({}, {"*"}).ok());
}

}  // namespace
}  // namespace packhouse::upstream
