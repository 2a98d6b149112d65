#pragma once

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every ReleaseStateStore must do.
class ReleaseStateStoreContract : public MetadataStoreFixture {
 protected:
  std::string last_detail() { return json::canonical(ledger().entries(0, 1000)->back().note.detail); }
  std::int64_t serial_of(const std::string& project) { return catalog().project("main", project)->serial; }
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ReleaseStateStoreContract);

TEST_P(ReleaseStateStoreContract, yanks_a_whole_release_and_files_added_later) {
  expect_added(wheel("demo", "1.0", "a"));
  const auto serial = serial_of("demo");
  EXPECT_TRUE(
      *states().yank_release("main", release_of("demo", "1.0"), "broken", note("release.yank"), at(5)));
  EXPECT_EQ(files().find("main", "demo-1.0-py3-none-any.whl")->yanked, "broken");
  auto sdist = wheel("demo", "1.0", "b");
  sdist.file.filename = "demo-1.0.tar.gz";
  sdist.file.kind = FileKind::sdist;
  sdist.file.metadata_sha256.reset();
  expect_added(sdist);
  const auto project = catalog().project("main", "demo");
  ASSERT_EQ(project->files.size(), 2U);
  for (const auto& file : project->files)
    EXPECT_EQ(file.yanked, "broken") << file.filename;
  EXPECT_EQ(project->releases, (std::vector<Release>{{.version = parsed("1.0"), .yanked = "broken"}}));
  EXPECT_EQ(project->serial, serial + 2);
  EXPECT_TRUE(
      *states().yank_release("main", release_of("demo", "1.0"), std::nullopt, note("release.unyank"), at(6)));
  EXPECT_EQ(files().find("main", "demo-1.0.tar.gz")->yanked, std::nullopt);
}

TEST_P(ReleaseStateStoreContract, records_before_and_after_in_the_ledger) {
  expect_added(wheel("demo", "1.0", "a"));
  EXPECT_TRUE(
      *states().yank_release("main", release_of("demo", "1.0"), "broken", note("release.yank"), at(5)));
  EXPECT_EQ(last_detail(), R"({"after":{"yanked":"broken"},"before":{"yanked":null}})");
  EXPECT_TRUE(
      *states().yank_release("main", release_of("demo", "1.0"), "worse", note("release.yank"), at(6)));
  EXPECT_EQ(last_detail(), R"({"after":{"yanked":"worse"},"before":{"yanked":"broken"}})");
  EXPECT_TRUE(
      *states().block_release("main", release_of("demo", "1.0"), "secret", note("release.block"), at(7)));
  EXPECT_EQ(last_detail(), R"({"after":{"blocked":"secret"},"before":{"blocked":null}})");
  const ProjectState over{.status = ProjectStatus::archived, .reason = "over"};
  EXPECT_TRUE(*states().set_project_state("main", named("demo"), over, note("project.status"), at(8)));
  EXPECT_EQ(last_detail(),
            R"({"after":{"reason":"over","status":"archived"},"before":{"reason":"","status":"active"}})");
  expect_sound_ledger(6);
}

TEST_P(ReleaseStateStoreContract, writes_nothing_when_a_state_is_set_again) {
  expect_added(wheel("demo", "1.0", "a"));
  const auto name = std::string("demo-1.0-py3-none-any.whl");
  EXPECT_TRUE(*states().yank_release("main", release_of("demo", "1.0"), "broken", note("n"), at(5)));
  EXPECT_TRUE(*states().yank_file("main", name, "broken too", note("n"), at(5)));
  EXPECT_TRUE(*states().block_release("main", release_of("demo", "1.0"), "secret", note("n"), at(5)));
  const ProjectState over{.status = ProjectStatus::archived, .reason = "over"};
  EXPECT_TRUE(*states().set_project_state("main", named("demo"), over, note("n"), at(5)));
  EXPECT_TRUE(*catalog().set_policy("main", {.immutable = true}, note("n"), at(5)));
  const State before = state();
  EXPECT_FALSE(*states().yank_release("main", release_of("demo", "1.0"), "broken", note("n"), at(6)));
  EXPECT_FALSE(*states().yank_file("main", name, "broken too", note("n"), at(6)));
  EXPECT_FALSE(*states().block_release("main", release_of("demo", "1.0"), "secret", note("n"), at(6)));
  EXPECT_FALSE(*states().set_project_state("main", named("demo"), over, note("n"), at(6)));
  EXPECT_FALSE(*catalog().set_policy("main", {.immutable = true}, note("n"), at(6)));
  EXPECT_EQ(state(), before);
}

TEST_P(ReleaseStateStoreContract, keeps_one_file_yanked_when_its_release_is_unyanked) {
  const auto name = std::string("demo-1.0-py3-none-any.whl");
  expect_added(wheel("demo", "1.0", "a"));
  EXPECT_TRUE(*states().yank_file("main", name, "", note("file.yank"), at(5)));
  EXPECT_EQ(files().find("main", name)->yanked, "");
  EXPECT_TRUE(
      *states().yank_release("main", release_of("demo", "1.0"), "broken", note("release.yank"), at(6)));
  const State before = state();
  const auto alone = states().yank_file("main", name, std::nullopt, note("file.unyank"), at(7));
  ASSERT_FALSE(alone.ok());
  EXPECT_EQ(alone.error().code, Errc::conflict);
  EXPECT_EQ(alone.error().message, "all of release 1.0 of demo is yanked");
  EXPECT_EQ(state(), before);
  EXPECT_TRUE(
      *states().yank_release("main", release_of("demo", "1.0"), std::nullopt, note("release.unyank"), at(8)));
  EXPECT_EQ(files().find("main", name)->yanked, "");
  EXPECT_TRUE(*states().yank_file("main", name, std::nullopt, note("file.unyank"), at(9)));
  EXPECT_EQ(files().find("main", name)->yanked, std::nullopt);
}

TEST_P(ReleaseStateStoreContract, withholds_a_blocked_release_and_keeps_its_bytes) {
  expect_added(wheel("demo", "1.0", "a"));
  expect_added(wheel("demo", "2.0", "b"));
  const auto blobs = *files().referenced_blobs();
  EXPECT_TRUE(
      *states().block_release("main", release_of("demo", "1.0"), "secret", note("release.block"), at(5)));
  EXPECT_EQ(files().find("main", "demo-1.0-py3-none-any.whl")->withheld,
            "release 1.0 of demo is blocked: secret");
  EXPECT_EQ(files().find("main", "demo-2.0-py3-none-any.whl")->withheld, std::nullopt);
  EXPECT_EQ(*files().referenced_blobs(), blobs);
  reopen();
  EXPECT_EQ(catalog().project("main", "demo")->releases.front().blocked, "secret");
  EXPECT_TRUE(*states().block_release("main", release_of("demo", "1.0"), std::nullopt,
                                      note("release.unblock"), at(6)));
  EXPECT_EQ(files().find("main", "demo-1.0-py3-none-any.whl")->withheld, std::nullopt);
}

TEST_P(ReleaseStateStoreContract, refuses_files_of_a_blocked_release_in_any_spelling) {
  expect_added(wheel("demo", "1.0", "a"));
  EXPECT_TRUE(
      *states().block_release("main", release_of("demo", "1.0"), "secret", note("release.block"), at(5)));
  const State before = state();
  for (const std::string version : {"1.0", "1.0.0", "1"}) {
    for (const std::string bytes : {"a", "other"}) {
      const auto refused = add(wheel("demo", version, bytes));
      ASSERT_FALSE(refused.ok()) << version;
      EXPECT_EQ(refused.error().code, Errc::forbidden);
      EXPECT_EQ(refused.error().message, "release 1.0 of demo is blocked: secret");
      EXPECT_EQ(files().can_add("main", release_of("demo", version), "x", upload_time).error(),
                refused.error());
    }
  }
  EXPECT_EQ(state(), before);
  expect_added(wheel("demo", "1.0.1", "b"));
}

TEST_P(ReleaseStateStoreContract, keeps_a_project_closed_while_it_is_archived_or_quarantined) {
  expect_added(wheel("demo", "1.0", "a"));
  for (const auto status : {ProjectStatus::archived, ProjectStatus::quarantined}) {
    ASSERT_TRUE(
        states()
            .set_project_state("main", named("demo"), {.status = status, .reason = "why"}, note("n"), at(5))
            .ok());
    const State before = state();
    const auto refused = add(wheel("demo", "2.0", "b"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(refused.error().message, fmt::format("project demo is {}: why", to_string(status)));
    EXPECT_EQ(state(), before);
    const bool offered = !files().find("main", "demo-1.0-py3-none-any.whl")->withheld;
    EXPECT_EQ(offered, status == ProjectStatus::archived);
    EXPECT_EQ(!catalog().project("main", "demo")->files.front().withheld, offered);
  }
  for (const auto status : {ProjectStatus::deprecated, ProjectStatus::active}) {
    ASSERT_TRUE(states().set_project_state("main", named("demo"), {.status = status}, note("n"), at(6)).ok());
    expect_added(wheel("demo", fmt::format("3.{}", static_cast<int>(status)), "c"));
  }
}

TEST_P(ReleaseStateStoreContract, a_missing_release_file_or_project_is_not_found) {
  expect_added(wheel("demo", "1.0", "a"));
  const State before = state();
  const std::vector<Error> errors{
      states().yank_release("main", release_of("demo", "2.0"), "x", note("n"), at(5)).error(),
      states().yank_release("main", release_of("other", "1.0"), "x", note("n"), at(5)).error(),
      states().yank_release("none", release_of("demo", "1.0"), "x", note("n"), at(5)).error(),
      states().yank_file("main", "demo-2.0-py3-none-any.whl", "x", note("n"), at(5)).error(),
      states().block_release("main", release_of("demo", "2.0"), "x", note("n"), at(5)).error(),
      states().set_project_state("main", named("other"), {}, note("n"), at(5)).error(),
      catalog().set_policy("none", {}, note("n"), at(5)).error(),
      catalog().policy("none").error()};
  for (const Error& error : errors)
    EXPECT_EQ(error.code, Errc::not_found) << error.message;
  EXPECT_EQ(errors.front().message, R"(there is no release "2.0" of "demo" in the index "main")");
  EXPECT_EQ(state(), before);
}

}  // namespace packhouse::testing
