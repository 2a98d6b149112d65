#include "index/release_lifecycle.hpp"

#include <gtest/gtest.h>

#include "index/remove.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

const Actor owner{.kind = "token", .id = "7", .address = "192.0.2.1"};

class ReleaseLifecycleTest : public ::testing::Test {
 protected:
  ReleaseLifecycleTest() : context_(site_.context(site_.listener)), life_(context_) {
    EXPECT_TRUE(site_.add(wheel_, wheel_bytes("demo", "1.0")).ok());
    EXPECT_TRUE(site_.add(sdist_, sdist_bytes("demo", "1.0")).ok());
    site_.listener.changed.clear();
  }

  static ReleaseTarget target(std::string_view version = "1.0",
                              const std::optional<std::string>& filename = std::nullopt) {
    return *ReleaseTarget::parse("Demo", version, filename);
  }

  void expect_changed(const Result<StateChange>& done, std::string_view subject) {
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_TRUE(done->changed);
    EXPECT_EQ(done->subject, subject);
    EXPECT_EQ(site_.listener.changed, (std::vector<std::string>{"demo"}));
    site_.listener.changed.clear();
  }

  LedgerEntry last_entry() { return site_.store->ledger().entries(0, 1000)->back(); }

  const std::string wheel_ = wheel_filename("demo", "1.0");
  const std::string sdist_ = sdist_filename("demo", "1.0");
  TestIndex site_;
  Context context_;
  const ReleaseLifecycle life_;
};

TEST_F(ReleaseLifecycleTest, yanks_and_unyanks_a_release) {
  expect_changed(life_.yank(target(), " broken on 3.14 ", owner), "main/demo/1.0");
  EXPECT_EQ(site_.store->files().find("main", wheel_)->yanked, "broken on 3.14");
  EXPECT_EQ(site_.store->files().find("main", sdist_)->yanked, "broken on 3.14");
  const auto entry = last_entry();
  EXPECT_EQ(entry.note.action, "release.yank");
  EXPECT_EQ(entry.note.subject, "main/demo/1.0");
  EXPECT_EQ(entry.note.reason, "broken on 3.14");
  EXPECT_EQ(entry.note.actor.id, "7");
  expect_changed(life_.unyank(target(), "works after all", owner), "main/demo/1.0");
  EXPECT_EQ(last_entry().note.action, "release.unyank");
  EXPECT_EQ(last_entry().note.reason, "works after all");
  EXPECT_EQ(site_.store->files().find("main", wheel_)->yanked, std::nullopt);
}

TEST_F(ReleaseLifecycleTest, yanks_one_file_alone) {
  expect_changed(life_.yank(target("1.0", wheel_), "wrong tag", owner), "main/demo/1.0/" + wheel_);
  EXPECT_EQ(last_entry().note.action, "file.yank");
  EXPECT_EQ(site_.store->files().find("main", wheel_)->yanked, "wrong tag");
  EXPECT_EQ(site_.store->files().find("main", sdist_)->yanked, std::nullopt);
  expect_changed(life_.unyank(target("1.0", wheel_), "right tag", owner), "main/demo/1.0/" + wheel_);
  EXPECT_EQ(last_entry().note.action, "file.unyank");
}

TEST_F(ReleaseLifecycleTest, finds_a_release_by_any_spelling_of_its_version) {
  expect_changed(life_.block(target("1.0.0"), "secret inside", owner), "main/demo/1.0");
}

TEST_F(ReleaseLifecycleTest, notifies_no_listener_when_nothing_changed) {
  ASSERT_TRUE(life_.yank(target(), "broken", owner).ok());
  site_.listener.changed.clear();
  const auto before = site_.footprint();
  const auto again = life_.yank(target(), "broken", owner);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->changed);
  EXPECT_FALSE(life_.unblock(target(), "was not", owner)->changed);
  EXPECT_EQ(site_.footprint(), before);
  EXPECT_TRUE(site_.listener.changed.empty());
}

TEST_F(ReleaseLifecycleTest, a_blocked_release_serves_and_takes_no_file) {
  const auto blobs = site_.blob_count();
  expect_changed(life_.block(target(), "holds a password", owner), "main/demo/1.0");
  EXPECT_EQ(site_.store->files().find("main", wheel_)->withheld,
            "release 1.0 of demo is blocked: holds a password");
  EXPECT_EQ(site_.blob_count(), blobs);
  const auto before = site_.footprint();
  for (const std::string text : {"x = 1\n", "x = 2\n"}) {  // the very same bytes are refused as well
    const auto refused = site_.add(wheel_, wheel_bytes("demo", "1.0", text));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(refused.error().message, "release 1.0 of demo is blocked: holds a password");
  }
  EXPECT_EQ(Ingest{context_}.admit(wheel_, std::nullopt).error().code, Errc::forbidden);
  EXPECT_EQ(site_.footprint(), before);
  EXPECT_TRUE(site_.add(wheel_filename("demo", "1.1"), wheel_bytes("demo", "1.1")).ok());
  site_.listener.changed.clear();
  expect_changed(life_.unblock(target(), "it was a sample", owner), "main/demo/1.0");
  EXPECT_EQ(site_.store->files().find("main", wheel_)->withheld, std::nullopt);
}

TEST_F(ReleaseLifecycleTest, keeps_a_filename_retired_through_block_and_unblock) {
  ASSERT_TRUE(remove_file(context_, "demo", wheel_, "gone", owner).ok());
  ASSERT_TRUE(life_.block(target(), "secret", owner).ok());
  ASSERT_TRUE(life_.unblock(target(), "no secret", owner).ok());
  const auto before = site_.footprint();
  const auto refused = site_.add(wheel_, wheel_bytes("demo", "1.0"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message,
            "File already exists: this filename was previously used by a file that has since been deleted; "
            "use a new version");
  EXPECT_EQ(site_.footprint(), before);
}

TEST_F(ReleaseLifecycleTest, an_archived_project_is_closed_until_it_is_active_again) {
  expect_changed(life_.set_status("Demo", ProjectStatus::archived, "see successor", owner), "main/demo");
  EXPECT_EQ(last_entry().note.action, "project.status");
  const auto before = site_.footprint();
  const auto refused = site_.add(wheel_filename("demo", "2.0"), wheel_bytes("demo", "2.0"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_EQ(refused.error().message, "project demo is archived: see successor");
  EXPECT_EQ(site_.footprint(), before);
  expect_changed(life_.set_status("demo", ProjectStatus::active, "needed after all", owner), "main/demo");
  EXPECT_EQ(site_.store->catalog().project("main", "demo")->state, ProjectState{});
  EXPECT_EQ(last_entry().note.reason, "needed after all");
  EXPECT_TRUE(site_.add(wheel_filename("demo", "2.0"), wheel_bytes("demo", "2.0")).ok());
}

TEST_F(ReleaseLifecycleTest, a_refused_change_leaves_everything_as_it_was) {
  struct Case {
    Result<StateChange> done;
    Errc code;
    std::string message;
  };
  const auto before = site_.footprint();
  const std::vector<Case> cases{
      {life_.yank(target("2.0"), "x", owner), Errc::not_found, "there is no release \"2.0\" of demo"},
      {life_.yank(*ReleaseTarget::parse("other", "1.0"), "x", owner), Errc::not_found,
       "there is no project \"other\""},
      {life_.yank(target("1.0", "demo-2.0.tar.gz"), "x", owner), Errc::not_found,
       "there is no file \"demo-2.0.tar.gz\" in release 1.0 of demo"},
      {life_.yank(target(), "", owner), Errc::invalid_input,
       "reason: expected 1 to 1000 bytes of text in one line, found \"\""},
      {life_.unyank(target(), "a\nb", owner), Errc::invalid_input,
       "reason: expected 1 to 1000 bytes of text in one line, found \"a\\x0ab\""},
      {life_.block(target("1.0", wheel_), "x", owner), Errc::invalid_input,
       "only a whole release can be blocked"},
      {life_.block(target(), "", owner), Errc::invalid_input,
       "reason: expected 1 to 1000 bytes of text in one line, found \"\""},
      {life_.set_status("other", ProjectStatus::archived, "x", owner), Errc::not_found,
       "there is no project \"other\" in the index \"main\""},
      {life_.set_status("-", ProjectStatus::archived, "x", owner), Errc::invalid_input, ""}};
  for (const auto& [done, code, message] : cases) {
    ASSERT_FALSE(done.ok()) << message;
    EXPECT_EQ(done.error().code, code) << done.error().message;
    if (!message.empty()) EXPECT_EQ(done.error().message, message);
  }
  EXPECT_FALSE(ReleaseTarget::parse("demo", "one").ok());
  EXPECT_EQ(site_.footprint(), before);
  EXPECT_TRUE(site_.listener.changed.empty());
}

}  // namespace
}  // namespace packhouse::index
