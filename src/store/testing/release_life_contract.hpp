#pragma once

#include "store/testing/metadata_store_contract.hpp"

/// What every MetadataStore must do about a release's life. Part of MetadataStoreContract.
namespace packhouse::testing {

inline std::string last_detail(MetadataStore& store) {
  return json::canonical(store.ledger(0, 1000)->back().note.detail);
}

inline std::int64_t serial_of(MetadataStore& store, const std::string& project) {
  return store.project("main", project)->serial;
}

TEST_P(MetadataStoreContract, yanks_a_whole_release_and_files_that_come_later) {
  expect_added(wheel("demo", "1.0", "a"));
  const auto serial = serial_of(store(), "demo");
  EXPECT_TRUE(*store().yank_release("main", "demo", "1.0", "broken", note("release.yank"), at(5)));
  EXPECT_EQ(store().file("main", "demo-1.0-py3-none-any.whl")->yanked, "broken");
  auto sdist = wheel("demo", "1.0", "b");
  sdist.file.filename = "demo-1.0.tar.gz";
  sdist.file.kind = FileKind::sdist;
  sdist.file.metadata_sha256.reset();
  expect_added(sdist);
  const auto project = store().project("main", "demo");
  ASSERT_EQ(project->files.size(), 2U);
  for (const auto& file : project->files)
    EXPECT_EQ(file.yanked, "broken") << file.filename;
  EXPECT_EQ(project->releases, (std::vector<Release>{{.version = "1.0", .yanked = "broken"}}));
  EXPECT_EQ(project->serial, serial + 2);
  EXPECT_TRUE(*store().yank_release("main", "demo", "1.0", std::nullopt, note("release.unyank"), at(6)));
  EXPECT_EQ(store().file("main", "demo-1.0.tar.gz")->yanked, std::nullopt);
}

TEST_P(MetadataStoreContract, tells_the_ledger_before_and_after) {
  expect_added(wheel("demo", "1.0", "a"));
  EXPECT_TRUE(*store().yank_release("main", "demo", "1.0", "broken", note("release.yank"), at(5)));
  EXPECT_EQ(last_detail(store()), R"({"after":{"yanked":"broken"},"before":{"yanked":null}})");
  EXPECT_TRUE(*store().yank_release("main", "demo", "1.0", "worse", note("release.yank"), at(6)));
  EXPECT_EQ(last_detail(store()), R"({"after":{"yanked":"worse"},"before":{"yanked":"broken"}})");
  EXPECT_TRUE(*store().block_release("main", "demo", "1.0", "secret", note("release.block"), at(7)));
  EXPECT_EQ(last_detail(store()), R"({"after":{"blocked":"secret"},"before":{"blocked":null}})");
  const ProjectStanding over{.status = ProjectStatus::archived, .reason = "over"};
  EXPECT_TRUE(*store().set_standing("main", "demo", over, note("project.status"), at(8)));
  EXPECT_EQ(last_detail(store()),
            R"({"after":{"reason":"over","status":"archived"},"before":{"reason":"","status":"active"}})");
  expect_sound_ledger(6);
}

TEST_P(MetadataStoreContract, writes_nothing_when_a_state_is_set_again) {
  expect_added(wheel("demo", "1.0", "a"));
  const auto name = std::string("demo-1.0-py3-none-any.whl");
  EXPECT_TRUE(*store().yank_release("main", "demo", "1.0", "broken", note("n"), at(5)));
  EXPECT_TRUE(*store().yank_file("main", name, "broken too", note("n"), at(5)));
  EXPECT_TRUE(*store().block_release("main", "demo", "1.0", "secret", note("n"), at(5)));
  const ProjectStanding over{.status = ProjectStatus::archived, .reason = "over"};
  EXPECT_TRUE(*store().set_standing("main", "demo", over, note("n"), at(5)));
  EXPECT_TRUE(*store().set_policy("main", {.immutable = true}, note("n"), at(5)));
  const State before = state();
  EXPECT_FALSE(*store().yank_release("main", "demo", "1.0", "broken", note("n"), at(6)));
  EXPECT_FALSE(*store().yank_file("main", name, "broken too", note("n"), at(6)));
  EXPECT_FALSE(*store().block_release("main", "demo", "1.0", "secret", note("n"), at(6)));
  EXPECT_FALSE(*store().set_standing("main", "demo", over, note("n"), at(6)));
  EXPECT_FALSE(*store().set_policy("main", {.immutable = true}, note("n"), at(6)));
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, yanks_one_file_and_keeps_it_so_when_the_release_comes_back) {
  const auto name = std::string("demo-1.0-py3-none-any.whl");
  expect_added(wheel("demo", "1.0", "a"));
  EXPECT_TRUE(*store().yank_file("main", name, "", note("file.yank"), at(5)));
  EXPECT_EQ(store().file("main", name)->yanked, "");
  EXPECT_TRUE(*store().yank_release("main", "demo", "1.0", "broken", note("release.yank"), at(6)));
  const State before = state();
  const auto alone = store().yank_file("main", name, std::nullopt, note("file.unyank"), at(7));
  ASSERT_FALSE(alone.ok());
  EXPECT_EQ(alone.error().code, Errc::conflict);
  EXPECT_EQ(alone.error().message, "all of release 1.0 of demo is yanked");
  EXPECT_EQ(state(), before);
  EXPECT_TRUE(*store().yank_release("main", "demo", "1.0", std::nullopt, note("release.unyank"), at(8)));
  EXPECT_EQ(store().file("main", name)->yanked, "");
  EXPECT_TRUE(*store().yank_file("main", name, std::nullopt, note("file.unyank"), at(9)));
  EXPECT_EQ(store().file("main", name)->yanked, std::nullopt);
}

TEST_P(MetadataStoreContract, withholds_a_blocked_release_and_keeps_its_bytes) {
  expect_added(wheel("demo", "1.0", "a"));
  expect_added(wheel("demo", "2.0", "b"));
  const auto blobs = *store().referenced_blobs();
  EXPECT_TRUE(*store().block_release("main", "demo", "1.0", "secret", note("release.block"), at(5)));
  EXPECT_EQ(store().file("main", "demo-1.0-py3-none-any.whl")->withheld,
            "release 1.0 of demo is blocked: secret");
  EXPECT_EQ(store().file("main", "demo-2.0-py3-none-any.whl")->withheld, std::nullopt);
  EXPECT_EQ(*store().referenced_blobs(), blobs);
  reopen();
  EXPECT_EQ(store().project("main", "demo")->releases.front().blocked, "secret");
  EXPECT_TRUE(*store().block_release("main", "demo", "1.0", std::nullopt, note("release.unblock"), at(6)));
  EXPECT_EQ(store().file("main", "demo-1.0-py3-none-any.whl")->withheld, std::nullopt);
}

TEST_P(MetadataStoreContract, takes_no_file_into_a_blocked_release_however_its_version_is_spelt) {
  expect_added(wheel("demo", "1.0", "a"));
  EXPECT_TRUE(*store().block_release("main", "demo", "1.0", "secret", note("release.block"), at(5)));
  const State before = state();
  for (const std::string version : {"1.0", "1.0.0", "1"}) {
    for (const std::string bytes : {"a", "other"}) {
      const auto refused = add(wheel("demo", version, bytes));
      ASSERT_FALSE(refused.ok()) << version;
      EXPECT_EQ(refused.error().code, Errc::forbidden);
      EXPECT_EQ(refused.error().message, "release 1.0 of demo is blocked: secret");
      EXPECT_EQ(store().can_add("main", "demo", version, "x").error(), refused.error());
    }
  }
  EXPECT_EQ(state(), before);
  expect_added(wheel("demo", "1.0.1", "b"));
}

TEST_P(MetadataStoreContract, keeps_a_project_closed_while_it_is_archived_or_quarantined) {
  expect_added(wheel("demo", "1.0", "a"));
  for (const auto status : {ProjectStatus::archived, ProjectStatus::quarantined}) {
    ASSERT_TRUE(
        store().set_standing("main", "demo", {.status = status, .reason = "why"}, note("n"), at(5)).ok());
    const State before = state();
    const auto refused = add(wheel("demo", "2.0", "b"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(refused.error().message, fmt::format("project demo is {}: why", to_string(status)));
    EXPECT_EQ(state(), before);
    const bool offered = !store().file("main", "demo-1.0-py3-none-any.whl")->withheld;
    EXPECT_EQ(offered, status == ProjectStatus::archived);
    EXPECT_EQ(!store().project("main", "demo")->files.front().withheld, offered);
  }
  for (const auto status : {ProjectStatus::deprecated, ProjectStatus::active}) {
    ASSERT_TRUE(store().set_standing("main", "demo", {.status = status}, note("n"), at(6)).ok());
    expect_added(wheel("demo", fmt::format("3.{}", static_cast<int>(status)), "c"));
  }
}

TEST_P(MetadataStoreContract, changes_no_state_of_what_is_not_there) {
  expect_added(wheel("demo", "1.0", "a"));
  const State before = state();
  const std::vector<Error> errors{
      store().yank_release("main", "demo", "2.0", "x", note("n"), at(5)).error(),
      store().yank_release("main", "other", "1.0", "x", note("n"), at(5)).error(),
      store().yank_release("none", "demo", "1.0", "x", note("n"), at(5)).error(),
      store().yank_file("main", "demo-2.0-py3-none-any.whl", "x", note("n"), at(5)).error(),
      store().block_release("main", "demo", "2.0", "x", note("n"), at(5)).error(),
      store().set_standing("main", "other", {}, note("n"), at(5)).error(),
      store().set_policy("none", {}, note("n"), at(5)).error(),
      store().policy("none").error()};
  for (const Error& error : errors)
    EXPECT_EQ(error.code, Errc::not_found) << error.message;
  EXPECT_EQ(errors.front().message, R"(there is no release "2.0" of "demo" in the index "main")");
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, keeps_the_files_of_an_immutable_index) {
  expect_added(wheel("demo", "1.0", "a"));
  const IndexPolicy sealed{.immutable = true, .uploads = false, .copy_from = {"dev"}, .checks = {{"a", "b"}}};
  EXPECT_EQ(*store().policy("main"), IndexPolicy{});
  EXPECT_TRUE(*store().set_policy("main", sealed, note("index.policy"), at(5)));
  reopen();
  EXPECT_EQ(*store().policy("main"), sealed);
  const State before = state();
  const auto refused = store().delete_file("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(6));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_EQ(refused.error().message, "the index \"main\" is immutable: its files stay");
  EXPECT_EQ(state(), before);
  EXPECT_NE(home_->refusal("DELETE FROM files").find("an immutable index keeps its files"),
            std::string::npos);
  EXPECT_TRUE(*store().set_policy("main", {}, note("index.policy"), at(7)));
  EXPECT_TRUE(store().delete_file("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(8)).ok());
}

TEST_P(MetadataStoreContract, takes_no_upload_into_an_index_that_lives_by_copies) {
  expect_added(wheel("demo", "1.0", "a"));
  EXPECT_TRUE(*store().set_policy("main", {.uploads = false}, note("index.policy"), at(5)));
  const State before = state();
  for (const std::string version : {"1.0", "2.0"}) {
    const auto refused = add(wheel("demo", version, "a"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(refused.error().message, "this index takes no uploads");
    EXPECT_EQ(store().can_add("main", "demo", version, "x").error(), refused.error());
  }
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, guards_closed_releases_and_projects_within_the_database) {
  expect_added(wheel("demo", "1.0", "a"));
  const std::string insert =
      "INSERT INTO files (index_id, release_id, filename, kind, sha256, blake2b_256, size, uploaded) SELECT "
      "index_id, release_id, 'demo-1.0.tar.gz', kind, sha256, blake2b_256, size, uploaded FROM files";
  EXPECT_TRUE(*store().block_release("main", "demo", "1.0", "secret", note("n"), at(5)));
  EXPECT_NE(home_->refusal(insert).find("a blocked release takes no file"), std::string::npos);
  EXPECT_TRUE(*store().block_release("main", "demo", "1.0", std::nullopt, note("n"), at(5)));
  const ProjectStanding over{.status = ProjectStatus::archived};
  EXPECT_TRUE(*store().set_standing("main", "demo", over, note("n"), at(5)));
  EXPECT_NE(home_->refusal(insert).find("a closed project takes no file"), std::string::npos);
}

// Copying between indexes.

class ReleaseCopyContract : public MetadataStoreContract {
 protected:
  ReleaseCopyContract() {
    EXPECT_TRUE(*store().ensure_index("prod", note("index.create"), at(2)));
    for (const char* bytes : {"a", "b"}) {
      auto file = wheel("demo", "1.0", bytes);
      file.file.filename = fmt::format("demo-1.0-{}-py3-none-any.whl", *bytes == 'a' ? 1 : 2);
      expect_added(file);
    }
  }

  ReleaseCopy wanted() {
    return {
        .from = "main", .project = "demo", .version = "1.0", .files = store().project("main", "demo")->files};
  }

  Result<std::size_t> copy(const ReleaseCopy& release, const CopyHooks& hooks = {}) {
    return store().copy_release("prod", release, note("release.copy"), at(9), hooks);
  }

  std::size_t entries() { return store().ledger(0, 1000)->size(); }

  /// A session with the label publishes what is there already.
  void label_in_main() {
    const Session wanted{.id = 0,
                         .project = "demo",
                         .version = "1.0",
                         .token = Secret{"phs_label"},
                         .owner = {.kind = "token", .id = "1", .address = {}},
                         .status = SessionStatus::open,
                         .created = at(100),
                         .expires = at(1000),
                         .label = ReleaseLabel::no_ci_provenance,
                         .files = {}};
    const auto opened = store().sessions().open("main", wanted, note("session.create"));
    ASSERT_TRUE(opened.ok());
    const auto file = store().project("main", "demo")->files.front();
    StagedFile staged;
    staged.filename = file.filename;
    staged.size = file.size;
    staged.hashes = {{"sha256", file.sha256.hex()}};
    const auto announced =
        store().sessions().announce(opened->session.id, staged, note("session.file.create"), at(110));
    ASSERT_TRUE(announced.ok()) << announced.error().message;
    const StagedKey key{.session = opened->session.id, .file = announced->id};
    const HashValues digests{.sha256 = file.sha256, .blake2b_256 = file.blake2b_256, .md5 = {}};
    ASSERT_TRUE(store().sessions().receive(key, digests, note("session.file.receive"), at(120)).ok());
    auto row = file;
    row.uploaded = at(130);
    ASSERT_TRUE(store().sessions().complete(key, row, {}, note("session.file.complete")).ok());
    const PublicationNotes notes{.session = note("session.publish"),
                                 .file = [](const File&) { return note("file.upload"); }};
    const auto published = store().sessions().publish(opened->session.id, notes, at(200), {});
    ASSERT_TRUE(published.ok()) << published.error().message;
    EXPECT_EQ(published->identical, 1U);
  }

  void expect_refused(const ReleaseCopy& release, Errc code, std::string_view message) {
    const auto before = entries();
    const auto serial = *store().serial("prod");
    const auto refused = copy(release);
    ASSERT_FALSE(refused.ok()) << message;
    EXPECT_EQ(refused.error().code, code) << refused.error().message;
    EXPECT_EQ(refused.error().message, message);
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(*store().serial("prod"), serial);
  }
};

TEST_P(ReleaseCopyContract, takes_a_release_over_where_no_upload_is_taken) {
  ASSERT_TRUE(store().set_policy("prod", {.uploads = false}, note("index.policy"), at(5)).ok());
  EXPECT_EQ(*copy(wanted()), 2U);
}

TEST_P(ReleaseCopyContract, takes_all_files_over_with_the_same_blobs) {
  const auto blobs = *store().referenced_blobs();
  const auto release = wanted();
  EXPECT_EQ(*copy(release), 2U);
  EXPECT_EQ(*store().referenced_blobs(), blobs);
  const auto there = store().project("prod", "demo");
  ASSERT_EQ(there->files.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(there->files[i].filename, release.files[i].filename);
    EXPECT_EQ(there->files[i].sha256, release.files[i].sha256);
    EXPECT_EQ(there->files[i].metadata_sha256, release.files[i].metadata_sha256);
    EXPECT_EQ(there->files[i].requires_python, release.files[i].requires_python);
    EXPECT_EQ(there->files[i].uploaded, at(9)) << "it came to this index now";
  }
  const auto written = entries();
  EXPECT_EQ(*copy(release), 0U) << "again is no change";
  EXPECT_EQ(entries(), written);
  EXPECT_EQ(store().project("main", "demo")->files.size(), 2U);
}

TEST_P(ReleaseCopyContract, refuses_a_source_that_is_not_what_was_looked_at) {
  auto release = wanted();
  const std::string message = "release 1.0 of demo in the index \"main\" changed while it was being copied";
  auto fewer = release;
  fewer.files.pop_back();
  expect_refused(fewer, Errc::conflict, message);
  auto other = release;
  other.files[0].sha256 = Sha256::of("other");
  expect_refused(other, Errc::conflict, message);
  ASSERT_TRUE(store().yank_file("main", release.files[0].filename, "x", note("n"), at(5)).ok());
  expect_refused(release, Errc::conflict, message);
  ASSERT_TRUE(store().yank_file("main", release.files[0].filename, std::nullopt, note("n"), at(5)).ok());
  ASSERT_TRUE(store().block_release("main", "demo", "1.0", "x", note("n"), at(5)).ok());
  expect_refused(release, Errc::conflict, message);
}

TEST_P(ReleaseCopyContract, refuses_a_target_that_has_or_had_something_else) {
  const auto release = wanted();
  auto foreign = release.files[0];
  foreign.sha256 = Sha256::of("foreign");
  ASSERT_TRUE(store().add_file("prod", {.file = foreign}, note("file.upload"), {}).ok());
  expect_refused(
      release, Errc::conflict,
      fmt::format("File already exists: \"{}\" is there with other bytes: expected sha256 {}, found {}",
                  foreign.filename, release.files[0].sha256.hex(), foreign.sha256.hex()));
  ASSERT_TRUE(store().delete_file("prod", foreign.filename, note("file.delete"), at(6)).ok());
  expect_refused(
      release, Errc::conflict,
      "File already exists: this filename was previously used by a file that has since been deleted; "
      "use a new version");
  auto more = wheel("demo", "1.0", "more");
  more.file.filename = "demo-1.0.tar.gz";
  ASSERT_TRUE(store().add_file("prod", more, note("file.upload"), {}).ok());
  expect_refused(
      release, Errc::conflict,
      "release 1.0 of demo is there with the file \"demo-1.0.tar.gz\", which the index \"main\" has not");
}

TEST_P(ReleaseCopyContract, refuses_a_target_without_room_for_all_of_it) {
  auto release = wanted();
  release.room = Quotas{.files_per_project = 1};
  expect_refused(release, Errc::too_large, "Too many files: this index takes 1 of one project.");
  EXPECT_EQ(store().project("prod", "demo").error().code, Errc::not_found);
}

TEST_P(ReleaseCopyContract, refuses_a_target_that_has_the_version_by_another_spelling) {
  ASSERT_TRUE(store().add_file("prod", wheel("demo", "1.0.0", "c"), note("file.upload"), {}).ok());
  expect_refused(
      wanted(), Errc::conflict,
      "release 1.0 of demo is there with the file \"demo-1.0.0-py3-none-any.whl\", which the index "
      "\"main\" has not");
}

TEST_P(ReleaseCopyContract, refuses_a_target_that_is_closed) {
  const auto release = wanted();
  ASSERT_TRUE(copy(release).ok());
  ASSERT_TRUE(store().block_release("prod", "demo", "1.0", "secret", note("n"), at(10)).ok());
  expect_refused(release, Errc::forbidden, "release 1.0 of demo is blocked: secret");
  ASSERT_TRUE(store()
                  .set_standing("prod", "demo", {.status = ProjectStatus::quarantined, .reason = "x"},
                                note("n"), at(11))
                  .ok());
  expect_refused(release, Errc::forbidden, "project demo is quarantined: x");
}

TEST_P(ReleaseCopyContract, leaves_nothing_when_it_ends_halfway) {
  const auto before = entries();
  for (const bool late : {false, true}) {
    const auto stop = [] { throw StoreError("the disk is gone"); };
    const CopyHooks hooks = late ? CopyHooks{.after_file = {}, .before_commit = stop}
                                 : CopyHooks{.after_file = stop, .before_commit = {}};
    EXPECT_THROW(static_cast<void>(copy(wanted(), hooks)), StoreError);
    EXPECT_EQ(store().project("prod", "demo").error().code, Errc::not_found);
    EXPECT_EQ(*store().serial("prod"), 0);
    EXPECT_EQ(entries(), before);
  }
  EXPECT_EQ(*copy(wanted()), 2U);
}

TEST_P(ReleaseCopyContract, lists_the_indexes_by_name) {
  EXPECT_EQ(*store().indexes(), (std::vector<std::string>{"main", "prod"}));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ReleaseCopyContract);

TEST_P(ReleaseCopyContract, the_label_of_the_source_comes_with_it) {
  EXPECT_EQ(*copy(wanted()), 2U);
  EXPECT_EQ(store().project("prod", "demo")->releases.front().label, std::nullopt);
  label_in_main();
  const auto serial = *store().serial("prod");
  EXPECT_EQ(*copy(wanted()), 0U) << "the files were there, the label was not";
  EXPECT_EQ(store().project("prod", "demo")->releases.front().label, ReleaseLabel::no_ci_provenance);
  EXPECT_GT(*store().serial("prod"), serial);
  EXPECT_EQ(store().ledger(0, 1000)->back().note.detail.at("label"), "no-ci-provenance");
  const auto written = entries();
  EXPECT_EQ(*copy(wanted()), 0U);
  EXPECT_EQ(entries(), written);
}

}  // namespace packhouse::testing
