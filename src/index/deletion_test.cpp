#include "index/deletion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "index/audit.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;
using ::testing::ElementsAre;

const Actor console{.kind = "console", .id = "ada", .address = {}};

class DeletionTest : public ::testing::Test {
 protected:
  DeletionTest() : context_(site_.context(site_.listener)) {}

  void publish(std::string_view name, std::initializer_list<std::string_view> versions) {
    for (const auto version : versions) {
      ASSERT_TRUE(site_.add(wheel_filename(name, version), wheel_bytes(name, version)).ok()) << version;
      ASSERT_TRUE(site_.add(sdist_filename(name, version), sdist_bytes(name, version)).ok()) << version;
    }
  }

  static DeletionTarget target(std::string_view project,
                               const std::optional<std::string>& version = std::nullopt) {
    return DeletionTarget::parse(project, version).value();
  }

  /// The index `prod` has it from now on.
  void copy(std::string_view name, std::string_view version) {
    const LedgerNote note{
        .actor = console, .action = "index.create", .subject = "prod", .reason = {}, .detail = {}};
    ASSERT_TRUE(site_.store->catalog().ensure_index("prod", note, site_.clock.now()).ok());
    const auto file = site_.store->files().find("main", wheel_filename(name, version)).value();
    ASSERT_TRUE(site_.store->files().add("prod", {.file = file}, [&](const File&) { return note; }, {}).ok());
  }

  bool is_there(std::string_view filename) { return site_.store->files().find("main", filename).ok(); }

  TestIndex site_;
  Context context_;
};

TEST_F(DeletionTest, a_release_goes_with_all_its_files_in_any_spelling_of_its_version) {
  publish("demo", {"1.0", "2.0"});
  site_.listener.changed.clear();
  const auto gone = delete_releases(context_, target("Demo", "1.0.0"), "it holds a password", console);
  ASSERT_TRUE(gone.ok()) << gone.error().message;
  EXPECT_EQ(gone->files(), 2U);
  EXPECT_FALSE(is_there(wheel_filename("demo", "1.0")) || is_there(sdist_filename("demo", "1.0")));
  EXPECT_TRUE(is_there(wheel_filename("demo", "2.0")) && is_there(sdist_filename("demo", "2.0")));
  EXPECT_THAT(site_.listener.changed, ElementsAre("demo"));
  const auto entry = site_.store->ledger().entries(0, 100)->back();
  EXPECT_EQ(entry.note.action, "file.delete");
  EXPECT_EQ(entry.note.reason, "it holds a password");
  EXPECT_TRUE(audit(*site_.store, *site_.blobs)->sound());
}

TEST_F(DeletionTest, a_project_without_files_is_not_found_and_its_names_stay_retired) {
  publish("demo", {"1.0", "2.0"});
  ASSERT_TRUE(delete_releases(context_, target("demo"), "never meant for here", console).ok());
  EXPECT_EQ(site_.store->catalog().summary("main", "demo").error().code, Errc::not_found);
  EXPECT_TRUE(site_.store->catalog().projects("main", "", 10)->empty());
  const auto again = site_.add(wheel_filename("demo", "1.0"), wheel_bytes("demo", "1.0"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Errc::conflict);
  const auto other = site_.add("demo-2.0-1-py3-none-any.whl", wheel_bytes("demo", "2.0"));
  EXPECT_FALSE(other.ok()) << "the release is closed";
  EXPECT_EQ(delete_releases(context_, target("demo"), "again", console).error().code, Errc::not_found);
}

TEST_F(DeletionTest, a_preview_changes_nothing) {
  publish("demo", {"1.0", "2.0"});
  const auto before = site_.footprint();
  const auto plan = plan_deletion(context_, target("demo"));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->releases.size(), 2U);
  EXPECT_EQ(plan->files(), 4U);
  EXPECT_EQ(plan->to_json().at("releases").at(0).at("files"), json::Value(2));
  EXPECT_EQ(site_.footprint(), before);
}

TEST_F(DeletionTest, what_another_index_has_refuses_all_of_it_by_name) {
  publish("demo", {"1.0", "2.0"});
  copy("demo", "1.0");
  const auto before = site_.footprint();
  const auto refused = delete_releases(context_, target("demo"), "old", console);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(refused.error().message,
            "nothing was deleted, since releases are held: demo 1.0: the index prod has it");
  EXPECT_EQ(site_.footprint(), before);
  EXPECT_TRUE(delete_releases(context_, target("demo", "2.0"), "old", console).ok());
}

TEST_F(DeletionTest, is_refused_without_a_reason_without_files_and_in_an_immutable_index) {
  publish("demo", {"1.0"});
  const auto before = site_.footprint();
  EXPECT_EQ(delete_releases(context_, target("demo"), " ", console).error().code, Errc::invalid_input);
  EXPECT_EQ(delete_releases(context_, target("demo", "3.0"), "old", console).error().code, Errc::not_found);
  EXPECT_EQ(delete_releases(context_, target("other"), "old", console).error().code, Errc::not_found);
  EXPECT_EQ(DeletionTarget::parse("-", std::nullopt).error().code, Errc::invalid_input);
  EXPECT_EQ(DeletionTarget::parse("demo", "one").error().code, Errc::invalid_input);
  context_.rules.immutable = true;
  EXPECT_EQ(delete_releases(context_, target("demo"), "old", console).error().code, Errc::forbidden);
  EXPECT_EQ(site_.footprint(), before);
}

}  // namespace
}  // namespace packhouse::index
