#include "journal/plan.hpp"

#include <gmock/gmock.h>

#include "base/text.hpp"

namespace packhouse::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Plan good_plan() {
  return {.project = "demo",
          .version = "1.0",
          .repository = "o/demo",
          .run = 7,
          .attempt = 1,
          .commit = "c0ffee",
          .artifacts = {{9, "", "sha256:ab"}},
          .manifest = dist::Manifest::make({{"demo-1.0.tar.gz", 3, Sha256::of("sdist")}}).value(),
          .settings_sha256 = "5e",
          .upload_url = "https://index.example/legacy/",
          .simple_url = "https://index.example/simple/",
          .index_files = {},
          .made = "2027-01-15T08:00:00.000000Z"};
}

std::vector<std::string> refusals(const Plan& now, const std::set<std::string>& sent = {}) {
  return refused_ids(decide_plan(good_plan(), now, sent));
}

TEST(Plan, is_read_as_it_was_written) {
  const auto text = write_plan(good_plan());
  const auto plan = read_plan(text);
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  EXPECT_EQ(write_plan(*plan), text);
  EXPECT_THAT(refusals(*plan), IsEmpty());
}

TEST(Plan, of_a_recovery_says_why_and_by_whom) {
  auto plan = good_plan();
  EXPECT_EQ(read_plan(write_plan(plan))->recovery, std::nullopt);
  plan.recovery = Plan::Recovery{.reason = "CI is down", .proof = "no answer", .builder = "linus"};
  EXPECT_EQ(read_plan(write_plan(plan))->recovery, plan.recovery);
  EXPECT_EQ(read_plan(replace_all(write_plan(plan), "linus", "grace")).error().code, Errc::conflict);
}

TEST(Plan, that_somebody_changed_is_refused) {
  const auto text = write_plan(good_plan());
  for (const auto& [from, to] : {std::pair{"\"run\":7", "\"run\":8"},
                                 {"c0ffee", "c0ffef"},
                                 {"1.0.tar", "1.1.tar"},
                                 {"\"size\":3", "\"size\":4"},
                                 {"index.example", "index.evil"}}) {
    const auto plan = read_plan(replace_all(text, from, to));
    ASSERT_FALSE(plan.ok()) << from;
    EXPECT_EQ(plan.error().code, Errc::conflict) << from;
  }
}

TEST(Plan, what_is_none_is_a_wrong_input) {
  for (const auto* text :
       {"", "[]", "{}", "{\"format\":\"packhouse-plan/2\"}", "{\"format\":\"packhouse-plan/1\"}"})
    EXPECT_EQ(read_plan(text).error().code, Errc::invalid_input) << text;
}

TEST(Plan, each_change_of_the_world_refuses_it) {
  const auto with = [](const auto& change) {
    Plan now = good_plan();
    change(now);
    return refusals(now);
  };
  EXPECT_THAT(with([](Plan& now) { now.settings_sha256 = "5f"; }), ElementsAre("plan.settings"));
  EXPECT_THAT(with([](Plan& now) { now.upload_url += "x"; }), ElementsAre("plan.index"));
  EXPECT_THAT(with([](Plan& now) { now.simple_url += "x"; }), ElementsAre("plan.index"));
  EXPECT_THAT(with([](Plan& now) { now.attempt = 2; }), ElementsAre("plan.run"));
  EXPECT_THAT(with([](Plan& now) { now.commit = "bad"; }), ElementsAre("plan.run"));
  EXPECT_THAT(with([](Plan& now) { now.artifacts.front().id = 10; }), ElementsAre("plan.artifact"));
  EXPECT_THAT(with([](Plan& now) { now.artifacts.front().digest = "sha256:ac"; }),
              ElementsAre("plan.artifact"));
  EXPECT_THAT(with([](Plan& now) {
                now.manifest = dist::Manifest::make({{"demo-1.0.tar.gz", 3, Sha256::of("other")}}).value();
              }),
              ElementsAre("plan.manifest"));
  EXPECT_THAT(with([](Plan& now) { now.index_files.push_back({"demo-1.0.tar.gz", "00"}); }),
              ElementsAre("plan.index-state"));
  EXPECT_THAT(with([](Plan& now) { now.made = "later"; }), IsEmpty());
}

TEST(Plan, names_each_of_several_artifacts) {
  Plan several = good_plan();
  several.artifacts = {{9, "dist-sdist", "sha256:ab"}, {10, "dist-wheels-linux", "sha256:ac"}};
  const auto read = read_plan(write_plan(several));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->artifacts, several.artifacts);
  EXPECT_THAT(refused_ids(decide_plan(several, *read, {})), IsEmpty());
  const auto with = [&](const auto& change) {
    Plan now = several;
    change(now);
    return refused_ids(decide_plan(several, now, {}));
  };
  EXPECT_THAT(with([](Plan& now) { now.artifacts.pop_back(); }), ElementsAre("plan.artifact"));
  EXPECT_THAT(with([](Plan& now) { now.artifacts.back().digest = "sha256:ad"; }),
              ElementsAre("plan.artifact"));
  EXPECT_THAT(with([](Plan& now) { now.artifacts.back().name = "other"; }), ElementsAre("plan.artifact"));
}

TEST(Plan, what_an_earlier_try_of_it_uploaded_is_no_change) {
  Plan now = good_plan();
  now.index_files.push_back({"demo-1.0.tar.gz", Sha256::of("sdist").hex()});
  EXPECT_THAT(refusals(now, {"demo-1.0.tar.gz"}), IsEmpty());
  EXPECT_THAT(refusals(now, {"demo-1.0-py3-none-any.whl"}), ElementsAre("plan.index-state"));
}

}  // namespace
}  // namespace packhouse::journal
