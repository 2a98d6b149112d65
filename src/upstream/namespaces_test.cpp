#include "upstream/namespaces.hpp"

#include <gmock/gmock.h>

#include "store/sqlite/open.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class NamespacesTest : public ::testing::Test {
 protected:
  void reserve(std::string name, bool prefix) {
    const LedgerNote note{.actor = {.kind = "console", .id = "test", .address = {}},
                          .action = "name.reserve",
                          .subject = "name/" + name,
                          .reason = "ours",
                          .detail = {}};
    const ReservedName reserved{.name = std::move(name), .prefix = prefix, .reason = "ours", .made = {}};
    ASSERT_TRUE(store_->upstreams().reserve(reserved, note).ok());
  }

  TemporaryFolder folder_ = *TemporaryFolder::make();
  std::unique_ptr<MetadataStore> store_ = *open_sqlite_store((folder_.path() / "packhouse.db").string());
  const NameSet configured_ = *NameSet::parse({"a-name"}, {"Acme", "other"});
  const Namespaces namespaces_{*store_, configured_};
};

TEST_F(NamespacesTest, are_the_prefixes_of_the_configuration_and_of_commands) {
  reserve("acme-labs", true);
  reserve("acme", true);
  reserve("alone", false);
  EXPECT_THAT(*namespaces_.all(), ElementsAre("acme", "acme-labs", "other"));
}

TEST_F(NamespacesTest, have_the_projects_of_their_name_and_below_it) {
  reserve("acme-labs", true);
  EXPECT_THAT(*namespaces_.of("acme-labs-core"), ElementsAre("acme", "acme-labs"));
  EXPECT_THAT(*namespaces_.of("acme-labs"), ElementsAre("acme", "acme-labs"));
  EXPECT_THAT(*namespaces_.of("acme"), ElementsAre("acme"));
  EXPECT_THAT(*namespaces_.of("acme-labsx"), ElementsAre("acme"));
  EXPECT_THAT(*namespaces_.of("acmelabs"), IsEmpty());
  EXPECT_THAT(*namespaces_.of("a-name"), IsEmpty());
}

TEST(NamespaceDetail, names_the_next_ones_above_and_below) {
  const std::vector<std::string> all{"foo", "foo-bar", "foo-bar-baz", "foobar"};
  EXPECT_EQ(detail_of("foo", all).parent, std::nullopt);
  EXPECT_THAT(detail_of("foo", all).children, ElementsAre("foo-bar"));
  EXPECT_EQ(detail_of("foo-bar", all).parent, "foo");
  EXPECT_THAT(detail_of("foo-bar", all).children, ElementsAre("foo-bar-baz"));
  EXPECT_EQ(detail_of("foobar", all).parent, std::nullopt);
  EXPECT_EQ(detail_of("foo-bar-baz", {"foo", "foo-bar-baz"}).parent, std::nullopt) << "foo-bar is none";
  EXPECT_THAT(detail_of("foobar", all).children, IsEmpty());
}

}  // namespace
}  // namespace packhouse::upstream
