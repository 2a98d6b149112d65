#include "desk/rollback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "desk/testing/world.hpp"
#include "dist/testing/builders.hpp"
#include "journal/release_state.hpp"

namespace packhouse::desk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = RollbackOutcome::Kind;

/// A desk whose index has demo 1.0, which is good, and 2.0, which is not.
class RollbackTest : public ::testing::Test, protected testing::World {
 protected:
  RollbackTest() : World("demo") {
    for (const std::string version : {"1.0", "2.0"}) {
      auto builder = dist::testing::WheelBuilder("demo", version);
      const std::string bytes =
          builder.add_info("entry_points.txt", "[console_scripts]\nnqctl = demo:main\n").bytes();
      index.files["demo-" + version + "-py3-none-any.whl"] = bytes;
      pip.wheels["demo-" + version + "-py3-none-any.whl"] = bytes;
    }
    index.packhouse = true;
    pip.chosen = "1.0";
    processes.when({"nqctl", "capabilities"}, exited(0, "{}\n"));
    policy.commands = {{.words = {"nqctl", "capabilities"}}};
  }

  RollbackOutcome rollback(std::string_view version = "2.0", const std::string& reason = "it burns") {
    client::IndexClient client(index, address(client::testing::index_upload_url), simple);
    const RollbackRequest request{.release = {project, Version::parse(version).value()},
                                  .reason = reason,
                                  .mode = mode,
                                  .state = state.path(),
                                  .actor = "owner"};
    return desk::rollback(policy, simple, request,
                          {client, faulty, processes, clock, console, redactor, "/usr/bin"});
  }
  journal::Journal journal() { return World::journal("2.0"); }
  std::vector<std::string> record() { return World::record("2.0"); }
  void expect_blocked_in_journal() {
    EXPECT_FALSE(journal::decide_not_blocked(journal::state_of(journal().entries())).passed);
  }

  smoke::SmokePolicy policy;
  client::Withdrawal mode = client::Withdrawal::block;
  ProjectName project = ProjectName::parse("demo").value();
  client::IndexAddress simple = address(client::testing::index_simple_url);
};

TEST_F(RollbackTest, blocks_on_the_index_and_proves_that_the_previous_version_works) {
  const auto outcome = rollback();
  EXPECT_EQ(outcome.kind, Kind::rolled_back) << (outcome.error ? outcome.error->message : shown);
  EXPECT_THAT(index.changes, ElementsAre("block 2.0"));
  EXPECT_EQ(index.blocked.at("2.0"), "it burns");
  EXPECT_EQ(outcome.chosen->str(), "1.0");
  EXPECT_EQ(outcome.document.at("outcome").as_string(), "rolled-back");
  EXPECT_THAT(record(),
              ElementsAre("rollback intent", "withdraw intent", "withdraw outcome", "rollback outcome"));
  EXPECT_EQ(journal().entries().front().detail.at("actor").as_string(), "owner");
  expect_blocked_in_journal();
}

TEST_F(RollbackTest, the_journal_blocks_before_the_index_does) {
  bool asked = false;
  index.before = [&](const http::ClientRequest& request) {
    if (request.method != http::Method::post) return success();
    asked = true;
    expect_blocked_in_journal();
    EXPECT_EQ(journal().entries().back().step, "withdraw");
    EXPECT_EQ(journal().entries().back().phase, "intent");
    return success();
  };
  EXPECT_EQ(rollback().kind, Kind::rolled_back);
  EXPECT_TRUE(asked);
}

TEST_F(RollbackTest, yanks_by_policy_and_allows_a_pin) {
  mode = client::Withdrawal::yank;
  pip.pins = {"demo==2.0"};
  EXPECT_EQ(rollback().kind, Kind::rolled_back) << shown;
  EXPECT_THAT(index.changes, ElementsAre("yank 2.0"));
  EXPECT_EQ(journal::state_of(journal().entries()).kind, journal::ReleaseState::Kind::yanked);
  expect_blocked_in_journal();
}

TEST_F(RollbackTest, a_second_rollback_changes_nothing_and_repeats_the_proof) {
  EXPECT_EQ(rollback().kind, Kind::rolled_back);
  EXPECT_EQ(rollback().kind, Kind::rolled_back);
  EXPECT_EQ(index.changes.size(), 1U);
}

TEST_F(RollbackTest, a_lost_answer_is_read_back_and_not_repeated_blindly) {
  index.next_changes = {{true, Error{Errc::unavailable, "timed out"}}};
  EXPECT_EQ(rollback().kind, Kind::rolled_back) << shown;
  EXPECT_THAT(index.changes, ElementsAre("block 2.0"));
}

TEST_F(RollbackTest, an_index_without_the_api_is_named_and_the_journal_blocks_the_version) {
  index.packhouse = false;
  const auto outcome = rollback();
  EXPECT_EQ(outcome.kind, Kind::refused);
  EXPECT_THAT(refused_ids(outcome.checks), ElementsAre("rollback.withdrawn"));
  EXPECT_THAT(shown, HasSubstr("this index has no API to block or yank a release"));
  EXPECT_THAT(shown, HasSubstr("then run the same command again"));
  EXPECT_THAT(index.uploads, IsEmpty());
  expect_blocked_in_journal();
  EXPECT_THAT(processes.commands(), IsEmpty());

  index.files.erase("demo-2.0-py3-none-any.whl");  // by hand
  EXPECT_EQ(rollback().kind, Kind::rolled_back) << shown;
}

TEST_F(RollbackTest, refuses_if_a_resolver_still_chooses_the_version) {
  pip.chosen = "2.0";
  EXPECT_THAT(refused_ids(rollback().checks), ElementsAre("rollback.resolver"));
}

TEST_F(RollbackTest, refuses_if_a_pin_still_installs_a_blocked_version) {
  pip.pins = {"demo==2.0"};
  EXPECT_THAT(refused_ids(rollback().checks), ElementsAre("rollback.pin"));
}

TEST_F(RollbackTest, a_previous_version_that_does_not_work_is_a_smoke_failure) {
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  const auto outcome = rollback();
  EXPECT_THAT(refused_ids(outcome.checks), ElementsAre("smoke.command"));
  EXPECT_EQ(worst_refusal(outcome.checks), RefusalKind::smoke);
  EXPECT_EQ(index.blocked.count("2.0"), 1U);
}

TEST_F(RollbackTest, refuses_a_previous_version_that_the_journal_blocks) {
  index.packhouse = false;
  EXPECT_EQ(rollback("1.0", "old").kind, Kind::refused);
  index.packhouse = true;
  EXPECT_THAT(refused_ids(rollback().checks), ElementsAre("rollback.previous-good"));
}

TEST_F(RollbackTest, without_another_version_there_is_nothing_to_go_back_to) {
  index.files.erase("demo-1.0-py3-none-any.whl");
  pip.chosen = "";
  const auto outcome = rollback();
  EXPECT_EQ(outcome.kind, Kind::rolled_back) << shown;
  EXPECT_FALSE(outcome.chosen);
  EXPECT_THAT(shown, HasSubstr("there is nothing to go back to"));
}

TEST_F(RollbackTest, pip_without_an_answer_proves_nothing_where_another_version_is_offered) {
  pip.chosen = "";
  EXPECT_THAT(refused_ids(rollback().checks), ElementsAre("rollback.resolver"));
}

TEST_F(RollbackTest, an_unknown_version_is_not_found_and_leaves_no_journal) {
  const auto outcome = rollback("3.0");
  EXPECT_EQ(outcome.error->code, Errc::not_found);
  EXPECT_THAT(disk->list(state.path()).value(), IsEmpty());
}

TEST_F(RollbackTest, a_reason_is_one_line) {
  for (const std::string reason : {"", "  ", "a\nb"}) {
    EXPECT_EQ(rollback("2.0", reason).error->code, Errc::invalid_input);
    EXPECT_THAT(disk->list(state.path()).value(), IsEmpty());
  }
}

TEST_F(RollbackTest, resumes_after_any_failed_call_of_the_index) {
  for (int failing = 1; failing < 20; ++failing) {
    int count = 0;
    index.before = [&](const http::ClientRequest&) -> Status {
      if (++count >= failing) return Error{Errc::unavailable, "no network"};
      return success();
    };
    const auto outcome = rollback();
    if (outcome.kind == Kind::rolled_back) break;
    ASSERT_EQ(outcome.error->code, Errc::unavailable) << failing;
  }
  index.before = nullptr;
  EXPECT_EQ(rollback().kind, Kind::rolled_back);
  EXPECT_THAT(index.changes, ElementsAre("block 2.0"));
}

TEST_F(RollbackTest, resumes_after_any_failed_call_of_the_disk) {
  std::uint64_t failing = 1;
  for (;; ++failing) {
    faulty.fail_from(failing);
    const auto outcome = rollback();
    const bool enough = faulty.calls() < failing;
    faulty.recover();
    if (enough) break;
    ASSERT_NE(outcome.kind, Kind::rolled_back) << failing;
    // The index never withdraws what this machine would publish again.
    if (!index.blocked.empty()) expect_blocked_in_journal();
    ASSERT_EQ(rollback().kind, Kind::rolled_back) << failing;
    index.blocked.clear();
    std::filesystem::remove_all(release_path("2.0"));
    std::filesystem::remove_all(release_path("1.0"));
  }
  EXPECT_GT(failing, 10U);
}

}  // namespace
}  // namespace packhouse::desk
