#include "journal/release_state.hpp"

#include <gmock/gmock.h>

#include "sys/testing/memory_file_system.hpp"

namespace packhouse::journal {
namespace {

using Kind = ReleaseState::Kind;

const json::Object refusal{{"result", "refused"},
                           {"checks", json::Array{json::Object{{"id", "run.event"}, {"passed", false}},
                                                  json::Object{{"id", "run.id"}, {"passed", true}},
                                                  json::Object{{"id", "run.branch"}, {"passed", false}}}}};
const json::Object smoke_failure{
    {"result", "refused"},
    {"state", "blocked"},
    {"checks", json::Array{json::Object{{"id", "smoke.command"}, {"passed", false}}}}};

/// The entries of a journal, told in a line.
class Story {
 public:
  Story& intent(std::string_view step, json::Object detail = {}) {
    return add(step, "intent", std::move(detail));
  }
  Story& outcome(std::string_view step, json::Object detail = {{"result", "passed"}}) {
    return add(step, "outcome", std::move(detail));
  }
  Story& released() { return outcome("release", {{"result", "released"}}); }
  ReleaseState state() const { return state_of(entries_); }

 private:
  Story& add(std::string_view step, std::string_view phase, json::Object detail) {
    const auto seq = static_cast<std::int64_t>(entries_.size()) + 1;
    entries_.push_back({.seq = seq,
                        .time = "T" + std::to_string(seq),
                        .step = std::string(step),
                        .phase = std::string(phase),
                        .detail = std::move(detail),
                        .hash = {}});
    return *this;
  }

  std::vector<JournalEntry> entries_;
};

TEST(ReleaseState, without_a_record_nothing_is_known) {
  EXPECT_EQ(Story().state(), ReleaseState{});
}

TEST(ReleaseState, a_step_without_its_outcome_is_unfinished) {
  const auto state = Story().intent("preflight").outcome("preflight").intent("fetch").state();
  EXPECT_EQ(state, (ReleaseState{Kind::unfinished, "fetch", "T3"}));
}

TEST(ReleaseState, a_refusal_names_its_checks) {
  const auto state = Story().intent("preflight").outcome("preflight", refusal).state();
  EXPECT_EQ(state, (ReleaseState{Kind::refused, "preflight", "T2", "run.event, run.branch"}));
}

TEST(ReleaseState, what_could_not_be_done_is_failed_and_not_refused) {
  const auto state =
      Story().intent("fetch").outcome("fetch", {{"result", "error"}, {"error", "no answer"}}).state();
  EXPECT_EQ(state, (ReleaseState{Kind::failed, "fetch", "T2", "no answer"}));
}

TEST(ReleaseState, another_try_after_a_refusal_starts_anew) {
  const auto state = Story()
                         .intent("preflight")
                         .outcome("preflight", refusal)
                         .intent("preflight")
                         .outcome("preflight")
                         .intent("fetch")
                         .state();
  EXPECT_EQ(state.kind, Kind::unfinished);
}

TEST(ReleaseState, a_release_outlasts_what_is_tried_after_it) {
  const auto state = Story()
                         .intent("smoke")
                         .outcome("smoke")
                         .released()
                         .intent("preflight")
                         .outcome("preflight", refusal)
                         .state();
  EXPECT_EQ(state, (ReleaseState{Kind::released, "release", "T3"}));
}

TEST(ReleaseState, a_failed_smoke_check_blocks_also_what_was_released) {
  const auto state = Story()
                         .released()
                         .intent("smoke")
                         .outcome("smoke", smoke_failure)
                         .intent("preflight")
                         .outcome("preflight", refusal)
                         .state();
  EXPECT_EQ(state, (ReleaseState{Kind::blocked, "smoke", "T3", "smoke.command"}));
}

TEST(ReleaseState, a_smoke_check_of_its_own_changes_nothing) {
  const json::Object alone{{"result", "refused"}, {"digests_from", "journal"}};
  const auto state = Story().released().intent("smoke", alone).outcome("smoke", alone).state();
  EXPECT_EQ(state.kind, Kind::released);
}

TEST(ReleaseState, a_block_is_lifted_with_a_reason_alone) {
  MemoryFileSystem disk;
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  const Redactor redactor;
  Journal journal = Journal::open(disk, clock, redactor, "/state/releases/demo/1.0").value();
  EXPECT_EQ(unblock(journal, "owner", "why").error().code, Errc::conflict);
  ASSERT_TRUE(journal.outcome("smoke", smoke_failure).ok());
  EXPECT_FALSE(decide_not_blocked(state_of(journal.entries())).passed);
  EXPECT_EQ(unblock(journal, "owner", "  ").error().code, Errc::invalid_input);
  EXPECT_EQ(state_of(journal.entries()).kind, Kind::blocked);
  ASSERT_TRUE(unblock(journal, "owner", "the index was away").ok());
  EXPECT_TRUE(decide_not_blocked(state_of(journal.entries())).passed);
  EXPECT_EQ(journal.entries().back().detail.at("was").as_string(), "smoke.command");
}

}  // namespace
}  // namespace packhouse::journal
