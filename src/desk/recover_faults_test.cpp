#include "desk/recover.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "desk/testing/faulty_world.hpp"
#include "source/testing/evidence.hpp"

// A recovery with a fault at any of its requests: the same command again ends in the same release. The forge
// is asked in both calls: for the proof before anything is built, and again before anything is sent.
namespace packhouse::desk {
namespace {

using http::Fault;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = PromoteOutcome::Kind;

/// The first call has built and planned the release, and it takes approvals.
bool awaits_approval(const PromoteOutcome& outcome) {
  return outcome.kind == Kind::refused && worst_refusal(outcome.checks) == RefusalKind::approval;
}

bool is_released(const PromoteOutcome& outcome) {
  return outcome.kind == Kind::released;
}

class RecoveryCase final : public testing::FaultyWorld {
 public:
  RecoveryCase() : FaultyWorld(Staging::automatic) {
    // CI built another commit than the one that is checked out.
    const auto git = [this](std::vector<std::string> words, std::string output) {
      words.insert(words.begin(), "git");
      processes.when(std::move(words), exited(0, std::move(output)));
    };
    git({"rev-parse"}, source::testing::tip_commit);
    git({"status"}, "");
    git({"merge-base"}, "");
    git({"clone"}, "");
    git({"checkout"}, "");
    processes.when({"python", "-m", "build", "--outdir"}, [](const Command& command) {
      const auto option = std::ranges::find(command.arguments, "--outdir");
      for (const auto& [filename, bytes] : built())
        std::ofstream(Path(*std::next(option)) / filename, std::ios::binary) << bytes;
      return Result<ProcessResult>(exited(0));
    });
    processes.when({"lint"}, exited(0));
    for (const auto& [owner, key] : keys_)
      settings.source.policy.approvals.owners[owner] = journal::public_key_line(key);
  }

  /// Two owners approve what the first call built.
  void approve() {
    const auto record = journal(version);
    const auto build = source::recorded_build(record.entries()).value();
    const auto text = disk->read(source::plan_path(record.folder(), build), journal::max_plan_bytes).value();
    const auto subject = journal::subject_of(journal::read_plan(text).value());
    for (const auto& [owner, key] : keys_) {
      approvals_.push_back(
          journal::approve(settings.source.policy.approvals, subject, key, std::chrono::hours(4), clock.now())
              .value());
    }
  }

  void build_and_approve() {
    EXPECT_TRUE(awaits_approval(run()));
    approve();
  }

  /// Whole, never in part, and with its label.
  void expect_released() {
    EXPECT_TRUE(is_recorded_as_released());
    EXPECT_TRUE(is_served());
    EXPECT_FALSE(was_half_seen());
    EXPECT_EQ(index.labels.at(std::string(version)), source::local_label);
  }

 private:
  PromoteOutcome call(const DeskTools& tools) override {
    const source::RecoverRequest request{.version = Version::parse(version).value(),
                                         .reason = "CI has been down since Monday",
                                         .folder = "/checkout",
                                         .state = state.path(),
                                         .actor = "linus",
                                         .api = "https://api.github.example",
                                         .approvals = approvals_};
    return recover(settings, {}, {.commands = {{"lint", "."}}}, request, tools).release;
  }

  const std::map<std::string, SigningKey> keys_ = [] {
    std::map<std::string, SigningKey> keys;
    keys.emplace("ada", SigningKey::generate());
    keys.emplace("grace", SigningKey::generate());
    return keys;
  }();
  std::vector<journal::Approval> approvals_;
};

TEST(RecoveryStory, files_are_built_then_approved_then_published_with_their_label) {
  RecoveryCase release;
  EXPECT_TRUE(awaits_approval(release.run()));
  const auto before = release.record();
  EXPECT_THAT(before,
              ElementsAre("preflight intent", "preflight outcome", "tree intent", "tree outcome",
                          "proof intent", "proof outcome", "checklist intent", "checklist outcome",
                          "build intent", "build outcome", "verify intent", "verify outcome", "index intent",
                          "index outcome", "built outcome", "approvals intent", "approvals outcome"));
  EXPECT_THAT(release.sessions(), IsEmpty());
  release.approve();
  EXPECT_TRUE(is_released(release.run()));
  auto after = release.record();
  after.erase(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(before.size()));
  EXPECT_THAT(after,
              ElementsAre("preflight intent", "preflight outcome", "proof intent", "proof outcome",
                          "verify intent", "verify outcome", "index intent", "index outcome", "plan intent",
                          "plan outcome", "approvals intent", "approvals outcome", "stage intent",
                          "upload intent", "upload intent", "upload outcome", "upload outcome",
                          "stage outcome", "smoke intent", "smoke outcome", "publish intent",
                          "publish outcome", "confirm intent", "confirm outcome", "release outcome"));
  EXPECT_THAT(release.sessions(), ElementsAre("1.4.0 published"));
  release.expect_released();
}

class RecoveryFaults : public ::testing::TestWithParam<Fault> {
 protected:
  /// One call with that request spoiled, and then once more unless it ended as `is_good` says.
  static void spoil(RecoveryCase& release, std::size_t number, bool is_good(const PromoteOutcome&)) {
    const auto first = release.run_spoiled(GetParam(), number);
    SCOPED_TRACE(fmt::format("request {}: {}", number, release.struck()));
    EXPECT_FALSE(release.struck().empty());
    // Only an answer that was falsified may be refused.
    EXPECT_TRUE(is_good(first) || first.kind == Kind::failed || GetParam() == Fault::wrong_bytes);
    EXPECT_TRUE(is_good(first) || is_good(release.run()));
  }
};

TEST_P(RecoveryFaults, at_any_request_before_the_approval_end_in_the_same_release) {
  RecoveryCase clean;
  EXPECT_TRUE(awaits_approval(clean.run()));
  for (std::size_t number = 1; number <= clean.requests().size(); ++number) {
    RecoveryCase release;
    spoil(release, number, awaits_approval);
    EXPECT_TRUE(release.is_unseen());
    release.approve();
    EXPECT_TRUE(is_released(release.run()));
    release.expect_released();
  }
}

TEST_P(RecoveryFaults, at_any_request_after_the_approval_end_in_the_same_release) {
  RecoveryCase clean;
  clean.build_and_approve();
  EXPECT_TRUE(is_released(clean.run()));
  for (std::size_t number = 1; number <= clean.requests().size(); ++number) {
    RecoveryCase release;
    release.build_and_approve();
    spoil(release, number, is_released);
    release.expect_released();
  }
}

INSTANTIATE_TEST_SUITE_P(Each, RecoveryFaults, ::testing::ValuesIn(http::every_fault), [](const auto& each) {
  return replace_all(std::string(to_string(each.param)), "-", "_");
});

}  // namespace
}  // namespace packhouse::desk
