#include "index/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "index/audit.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Actor console{.kind = "console", .id = "ada", .address = {}};

class Retention : public ::testing::Test {
 protected:
  Retention() : context_(site_.context(site_.listener)) {}

  /// The index's clock stands a day later after each.
  void publish(std::string_view name, std::initializer_list<std::string_view> versions) {
    for (const auto version : versions) {
      ASSERT_TRUE(site_.add(wheel_filename(name, version), wheel_bytes(name, version)).ok()) << version;
      site_.clock.sleep(std::chrono::days{1});
    }
  }

  RetentionPlan plan(const RetentionRules& rules) {
    auto plan = plan_retention(context_, rules);
    EXPECT_TRUE(plan.ok()) << plan.error().message;
    return plan.value();
  }

  static std::vector<std::string> doomed(const RetentionPlan& plan) {
    std::vector<std::string> names;
    for (const auto& each : plan.releases)
      names.push_back(each.release.project.str() + " " + each.release.version.str());
    return names;
  }

  std::vector<std::string> doomed(const RetentionRules& rules) { return doomed(plan(rules)); }

  bool is_there(std::string_view name, std::string_view version) {
    return site_.store->files().find("main", wheel_filename(name, version)).ok();
  }

  TestIndex site_;
  Context context_;
};

TEST_F(Retention, keeps_the_last_releases_of_each_project_by_their_versions) {
  publish("demo", {"1.10", "1.9", "1.2"});
  publish("other", {"1.0"});
  EXPECT_THAT(doomed({.keep_last = 2}), ElementsAre("demo 1.2"));
  EXPECT_THAT(doomed({.keep_last = 1}), ElementsAre("demo 1.9", "demo 1.2"));
}

TEST_F(Retention, takes_what_is_older_and_never_the_last_release) {
  publish("demo", {"1.0", "2.0", "3.0"});
  EXPECT_THAT(doomed({.older_than = std::chrono::days{2}}), ElementsAre("demo 2.0", "demo 1.0"));
  EXPECT_THAT(doomed({.older_than = std::chrono::days{3}}), ElementsAre("demo 1.0"));
  EXPECT_THAT(doomed({.older_than = std::chrono::days{4}}), IsEmpty());
  EXPECT_THAT(doomed({.older_than = std::chrono::days{0}}), ElementsAre("demo 2.0", "demo 1.0"));
}

TEST_F(Retention, development_releases_are_counted_by_themselves) {
  publish("demo", {"1.0.dev1", "1.0.dev2", "1.0", "2.0.dev1", "2.0rc1"});
  EXPECT_THAT(doomed({.keep_last = 2, .development_only = true}), ElementsAre("demo 1.0.dev1"));
}

TEST_F(Retention, pre_releases_take_no_final_release_s_place) {
  publish("demo", {"1.0", "1.1", "2.0.dev1", "2.0rc1"});
  EXPECT_THAT(doomed({.keep_last = 1}), ElementsAre("demo 2.0.dev1", "demo 1.0"));
}

TEST_F(Retention, looks_at_the_projects_that_are_named) {
  for (const auto* name : {"acme-core", "acme-io", "acme", "other"})
    publish(name, {"1.0", "2.0"});
  EXPECT_THAT(doomed({.projects = {"acme-*", "other"}}),
              ElementsAre("acme-core 1.0", "acme-io 1.0", "other 1.0"));
}

TEST_F(Retention, a_copy_in_another_index_holds_a_release) {
  publish("demo", {"1.0", "2.0"});
  const LedgerNote note{
      .actor = console, .action = "index.create", .subject = "prod", .reason = {}, .detail = {}};
  ASSERT_TRUE(site_.store->catalog().ensure_index("prod", note, site_.clock.now()).ok());
  const auto file = site_.store->files().find("main", wheel_filename("demo", "1.0")).value();
  ASSERT_TRUE(site_.store->files().add("prod", {.file = file}, [&](const File&) { return note; }, {}).ok());
  const auto held = plan({});
  EXPECT_THAT(held.releases, IsEmpty());
  ASSERT_EQ(held.held.size(), 1U);
  EXPECT_EQ(held.held.front().reason, "the index prod has it");
}

TEST_F(Retention, a_freeze_holds_a_release) {
  publish("demo", {"1.0", "2.0"});
  const auto file = site_.store->files().find("main", wheel_filename("demo", "1.0")).value();
  const FrozenPage page{.project = "demo",
                        .document = "{}",
                        .files = {{.filename = file.filename, .sha256 = file.sha256, .metadata_sha256 = {}}}};
  const auto note = [](std::int64_t) {
    return LedgerNote{
        .actor = console, .action = "index.freeze", .subject = "main", .reason = {}, .detail = {}};
  };
  const auto seen = site_.store->catalog().serial("main").value();
  const auto serial =
      site_.store->freezes().freeze("main", seen, std::span(&page, 1), note, site_.clock.now());
  ASSERT_TRUE(serial.ok()) << serial.error().message;
  const auto held = plan({});
  EXPECT_THAT(held.releases, IsEmpty());
  ASSERT_EQ(held.held.size(), 1U);
  EXPECT_EQ(held.held.front().reason, "the freeze " + std::to_string(*serial) + " has it");
}

TEST_F(Retention, a_plan_deletes_what_it_names_and_nothing_that_came_later) {
  publish("demo", {"1.0", "2.0"});
  const auto text = json::dump(plan({}).to_json());
  publish("demo", {"3.0"});
  const auto read = RetentionPlan::parse(json::parse(text)->as_object());
  ASSERT_TRUE(read.ok());
  const auto done = apply_retention(context_, *read, "old", console);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->deleted, 1U);
  EXPECT_FALSE(is_there("demo", "1.0"));
  EXPECT_TRUE(is_there("demo", "2.0") && is_there("demo", "3.0"));
  const auto entry = site_.store->ledger().entries(0, 100)->back();
  EXPECT_EQ(entry.note.action, "file.delete");
  EXPECT_EQ(entry.note.reason, "old");
  EXPECT_TRUE(audit(*site_.store, *site_.blobs)->sound());
}

TEST_F(Retention, what_changed_since_the_plan_is_skipped) {
  publish("demo", {"1.0", "2.0"});
  auto made = plan({});
  made.releases.front().files.front().sha256 = Sha256::of("other bytes");
  auto done = apply_retention(context_, made, "old", console);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->deleted, 0U);
  EXPECT_THAT(done->skipped, ElementsAre("demo-1.0-py3-none-any.whl: it has other bytes than the plan says"));
  EXPECT_TRUE(is_there("demo", "1.0"));
  made = plan({});
  ASSERT_TRUE(apply_retention(context_, made, "old", console).ok());
  done = apply_retention(context_, made, "old", console);
  EXPECT_THAT(done->skipped, ElementsAre("demo-1.0-py3-none-any.whl: it is gone"));
}

TEST_F(Retention, is_refused_without_a_reason_for_another_index_and_where_nothing_is_deleted) {
  publish("demo", {"1.0", "2.0"});
  auto made = plan({});
  EXPECT_EQ(apply_retention(context_, made, " ", console).error().code, Errc::invalid_input);
  made.index = "prod";
  EXPECT_EQ(apply_retention(context_, made, "old", console).error().code, Errc::invalid_input);
  EXPECT_EQ(plan_retention(context_, {.keep_last = 0}).error().code, Errc::invalid_input);
  context_.rules.immutable = true;
  made.index = "main";
  EXPECT_EQ(plan_retention(context_, {}).error().code, Errc::forbidden);
  EXPECT_EQ(apply_retention(context_, made, "old", console).error().code, Errc::forbidden);
  EXPECT_TRUE(is_there("demo", "1.0"));
}

TEST_F(Retention, a_plan_that_is_none_is_refused) {
  for (
      const auto* text :
      {"{}", R"({"index":"main"})", R"({"index":"main","releases":[1]})",
       R"({"index":"main","releases":[{"project":"demo","version":"x","uploaded":"2026-01-01T00:00:00Z","files":[]}]})",
       R"({"index":"main","releases":[{"project":"demo","version":"1","uploaded":"2026-01-01T00:00:00Z","files":[{}]}]})"}) {
    EXPECT_FALSE(RetentionPlan::parse(json::parse(text)->as_object()).ok()) << text;
  }
}

}  // namespace
}  // namespace packhouse::index
