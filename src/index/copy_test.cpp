#include "index/copy.hpp"

#include <gtest/gtest.h>

#include "index/audit.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

const Actor owner{.kind = "token", .id = "7", .address = "192.0.2.1"};

/// Beside main an index "prod", which takes releases from main.
class CopyTest : public ::testing::Test {
 protected:
  CopyTest() : prod_(site_.context(listener_)) {
    const LedgerNote note{
        .actor = owner, .action = "index.create", .subject = "prod", .reason = {}, .detail = {}};
    EXPECT_TRUE(site_.store->catalog().ensure_index("prod", note, site_.clock.now()).ok());
    prod_.index = "prod";
    prod_.rules = {.immutable = true, .uploads = false, .copy_from = {"main"}};
    EXPECT_TRUE(site_.add(wheel_, wheel_bytes("demo", "1.0")).ok());
    EXPECT_TRUE(site_.add(sdist_, sdist_bytes("demo", "1.0")).ok());
  }

  static ReleaseTarget target(std::string_view version = "1.0") {
    return *ReleaseTarget::parse("Demo", version);
  }

  Result<CopyOutcome> copy(std::string_view reason = "tested", std::string_view from = "main") {
    return copy_release(prod_, from, target(), reason, owner);
  }

  void expect_refused(const Result<CopyOutcome>& done, const Footprint& before, Errc code,
                      std::string_view message) {
    ASSERT_FALSE(done.ok()) << message;
    EXPECT_EQ(done.error().code, code) << done.error().message;
    EXPECT_EQ(done.error().message, message);
    EXPECT_EQ(site_.footprint(), before);
    EXPECT_FALSE(site_.store->catalog().project("prod", "demo").ok());
    EXPECT_TRUE(listener_.changed.empty());
  }

  const std::string wheel_ = wheel_filename("demo", "1.0");
  const std::string sdist_ = sdist_filename("demo", "1.0");
  TestIndex site_;
  RecordingListener listener_;
  Context prod_;
};

TEST_F(CopyTest, copies_a_release_without_copying_bytes) {
  const auto blobs = site_.blob_count();
  const auto done = copy();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->files, 2U);
  EXPECT_EQ(done->added, 2U);
  EXPECT_EQ(done->subject, "prod/demo/1.0");
  EXPECT_EQ(site_.blob_count(), blobs);
  EXPECT_EQ(listener_.changed, (std::vector<std::string>{"demo"}));
  EXPECT_EQ(site_.store->files().find("prod", wheel_)->sha256,
            site_.store->files().find("main", wheel_)->sha256);
  const auto entry = site_.store->ledger().entries(0, 1000)->back();
  EXPECT_EQ(entry.note.action, "release.copy");
  EXPECT_EQ(entry.note.subject, "prod/demo/1.0");
  EXPECT_EQ(entry.note.reason, "tested");
  EXPECT_EQ(entry.note.detail.at("from"), json::Value("main"));
  EXPECT_EQ(entry.note.detail.at("manifest"), json::Value(done->manifest));
  EXPECT_EQ(entry.note.detail.at("files").as_array().size(), 2U);
}

TEST_F(CopyTest, audit_finds_every_copied_file_in_the_ledger) {
  ASSERT_TRUE(copy().ok());
  const auto report = audit(*site_.store, *site_.blobs);
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->sound());
  EXPECT_EQ(report->files, 4U);
}

TEST_F(CopyTest, a_second_copy_changes_nothing) {
  ASSERT_TRUE(copy().ok());
  listener_.changed.clear();
  const auto before = site_.footprint();
  const auto again = copy();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->added, 0U);
  EXPECT_EQ(site_.footprint(), before);
  EXPECT_TRUE(listener_.changed.empty());
}

TEST_F(CopyTest, an_index_without_uploads_refuses_them) {
  const auto before = site_.footprint();
  const auto refused = Ingest{prod_}.admit(wheel_, std::nullopt);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_EQ(refused.error().message, "the index prod takes no uploads");
  EXPECT_EQ(refused.error().hint, "releases are copied to it from: main");
  EXPECT_EQ(site_.footprint(), before);
}

TEST_F(CopyTest, refuses_a_source_that_the_policy_does_not_name) {
  const auto before = site_.footprint();
  expect_refused(copy("tested", "dev"), before, Errc::forbidden,
                 "the index prod takes no release from \"dev\"");
  expect_refused(copy("tested", "prod"), before, Errc::forbidden,
                 "the index prod takes no release from \"prod\"");
  prod_.rules.copy_from.clear();
  expect_refused(copy(), before, Errc::forbidden, "the index prod takes no release from \"main\"");
}

TEST_F(CopyTest, refuses_a_missing_release_and_a_missing_reason) {
  const auto before = site_.footprint();
  expect_refused(copy_release(prod_, "main", target("2.0"), "x", owner), before, Errc::not_found,
                 "there is no release \"2.0\" of demo in the index \"main\"");
  expect_refused(copy_release(prod_, "main", *ReleaseTarget::parse("other", "1.0"), "x", owner), before,
                 Errc::not_found, "there is no project \"other\" in the index \"main\"");
  expect_refused(copy(""), before, Errc::invalid_input,
                 "reason: expected 1 to 1000 bytes of text in one line, found \"\"");
}

TEST_F(CopyTest, refuses_a_release_that_is_not_offered) {
  auto& store = *site_.store;
  const LedgerNote note{.actor = owner, .action = "n", .subject = "s", .reason = {}, .detail = {}};
  ASSERT_TRUE(store.release_states().yank_file("main", wheel_, "broken", note, site_.clock.now()).ok());
  expect_refused(copy(), site_.footprint(), Errc::forbidden, wheel_ + " is yanked: broken");
  ASSERT_TRUE(
      store.release_states()
          .block_release("main", *ReleaseName::parse("demo", "1.0"), "secret", note, site_.clock.now())
          .ok());
  expect_refused(copy(), site_.footprint(), Errc::forbidden, "release 1.0 of demo is blocked: secret");
  const ProjectState bad{.status = ProjectStatus::quarantined, .reason = "malware"};
  ASSERT_TRUE(store.release_states()
                  .set_project_state("main", *ProjectName::parse("demo"), bad, note, site_.clock.now())
                  .ok());
  expect_refused(copy(), site_.footprint(), Errc::forbidden, "project demo is quarantined: malware");
}

TEST_F(CopyTest, refuses_files_that_the_checks_of_the_target_refuse) {
  const auto before = site_.footprint();
  dist::Policy strict;
  ASSERT_TRUE(strict.set("limits.entries", "1").ok());
  const Context demanding{.index = "prod",
                          .store = *site_.store,
                          .blobs = *site_.blobs,
                          .clock = site_.clock,
                          .policy = strict,
                          .changes = listener_,
                          .rules = prod_.rules};
  const auto refused = copy_release(demanding, "main", target(), "tested", owner);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_TRUE(refused.error().message.starts_with(wheel_ + ": ") ||
              refused.error().message.starts_with(sdist_ + ": "))
      << refused.error().message;
  EXPECT_EQ(refused.error().hint, "the policy of the index prod refuses it");
  EXPECT_EQ(site_.footprint(), before);
  EXPECT_FALSE(site_.store->catalog().project("prod", "demo").ok());
}

}  // namespace
}  // namespace packhouse::index
