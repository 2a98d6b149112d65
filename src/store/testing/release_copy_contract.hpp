#pragma once

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What FileStore::copy_release() must do.
class ReleaseCopyContract : public MetadataStoreFixture {
 protected:
  ReleaseCopyContract() {
    EXPECT_TRUE(*catalog().ensure_index("prod", note("index.create"), at(2)));
    for (const char* bytes : {"a", "b"}) {
      auto file = wheel("demo", "1.0", bytes);
      file.file.filename = fmt::format("demo-1.0-{}-py3-none-any.whl", *bytes == 'a' ? 1 : 2);
      expect_added(file);
    }
  }

  ReleaseCopy wanted() {
    return {.from = "main",
            .release = release_of("demo", "1.0"),
            .files = catalog().project("main", "demo")->files};
  }

  Result<std::size_t> copy(const ReleaseCopy& release, const CopyHooks& hooks = {}) {
    return files().copy_release("prod", release, note("release.copy"), at(9), hooks);
  }

  std::size_t entries() { return ledger().entries(0, 1000)->size(); }

  /// A session with the label publishes what is there already.
  void label_in_main() {
    const Session wanted{.id = 0,
                         .release = release_of("demo", "1.0"),
                         .token = Secret{"phs_label"},
                         .owner = {.kind = "token", .id = "1", .address = {}},
                         .status = SessionStatus::open,
                         .created = at(100),
                         .expires = at(1000),
                         .label = ReleaseLabel::no_ci_provenance,
                         .files = {}};
    const auto opened = sessions().open("main", wanted, {}, note("session.create"));
    ASSERT_TRUE(opened.ok());
    const auto file = catalog().project("main", "demo")->files.front();
    StagedFile staged;
    staged.filename = file.filename;
    staged.size = file.size;
    staged.hashes = {{"sha256", file.sha256.hex()}};
    const auto announced =
        sessions().announce(opened->session.id, staged, {}, note("session.file.create"), at(110));
    ASSERT_TRUE(announced.ok()) << announced.error().message;
    const StagedKey key{.session = opened->session.id, .file = announced->id};
    const HashValues digests{.sha256 = file.sha256, .blake2b_256 = file.blake2b_256, .md5 = {}};
    ASSERT_TRUE(sessions().receive(key, digests, note("session.file.receive"), at(120)).ok());
    auto row = file;
    row.uploaded = at(130);
    ASSERT_TRUE(sessions().complete(key, row, {}, note("session.file.complete")).ok());
    const PublicationNotes notes{.session = note("session.publish"),
                                 .file = [](const File&) { return note("file.upload"); }};
    const auto published = sessions().publish(opened->session.id, notes, at(200), {});
    ASSERT_TRUE(published.ok()) << published.error().message;
    EXPECT_EQ(published->identical, 1U);
  }

  void expect_refused(const ReleaseCopy& release, Errc code, std::string_view message) {
    const auto before = entries();
    const auto serial = *catalog().serial("prod");
    const auto refused = copy(release);
    ASSERT_FALSE(refused.ok()) << message;
    EXPECT_EQ(refused.error().code, code) << refused.error().message;
    EXPECT_EQ(refused.error().message, message);
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(*catalog().serial("prod"), serial);
  }
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ReleaseCopyContract);

TEST_P(ReleaseCopyContract, copies_into_an_index_that_takes_no_uploads) {
  ASSERT_TRUE(catalog().set_policy("prod", {.uploads = false}, note("index.policy"), at(5)).ok());
  EXPECT_EQ(*copy(wanted()), 2U);
}

TEST_P(ReleaseCopyContract, copies_all_files_with_the_same_blobs) {
  const auto blobs = *files().referenced_blobs();
  const auto release = wanted();
  EXPECT_EQ(*copy(release), 2U);
  EXPECT_EQ(*files().referenced_blobs(), blobs);
  const auto there = catalog().project("prod", "demo");
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
  EXPECT_EQ(catalog().project("main", "demo")->files.size(), 2U);
}

TEST_P(ReleaseCopyContract, refuses_a_source_that_changed) {
  auto release = wanted();
  const std::string message = "release 1.0 of demo in the index \"main\" changed while it was being copied";
  auto fewer = release;
  fewer.files.pop_back();
  expect_refused(fewer, Errc::conflict, message);
  auto other = release;
  other.files[0].sha256 = Sha256::of("other");
  expect_refused(other, Errc::conflict, message);
  ASSERT_TRUE(states().yank_file("main", release.files[0].filename, "x", note("n"), at(5)).ok());
  expect_refused(release, Errc::conflict, message);
  ASSERT_TRUE(states().yank_file("main", release.files[0].filename, std::nullopt, note("n"), at(5)).ok());
  ASSERT_TRUE(states().block_release("main", release_of("demo", "1.0"), "x", note("n"), at(5)).ok());
  expect_refused(release, Errc::conflict, message);
}

TEST_P(ReleaseCopyContract, refuses_a_target_with_other_or_deleted_files) {
  const auto release = wanted();
  auto foreign = release.files[0];
  foreign.sha256 = Sha256::of("foreign");
  ASSERT_TRUE(files().add("prod", {.file = foreign}, file_note("file.upload"), {}).ok());
  expect_refused(
      release, Errc::conflict,
      fmt::format("File already exists: \"{}\" is there with other bytes: expected sha256 {}, found {}",
                  foreign.filename, release.files[0].sha256.hex(), foreign.sha256.hex()));
  ASSERT_TRUE(files().remove("prod", foreign.filename, note("file.delete"), at(6)).ok());
  expect_refused(
      release, Errc::conflict,
      "File already exists: this filename was previously used by a file that has since been deleted; "
      "use a new version");
}

TEST_P(ReleaseCopyContract, refuses_a_target_with_a_file_that_the_source_has_not) {
  ASSERT_TRUE(files().add("prod", sdist("demo", "1.0", "more"), file_note("file.upload"), {}).ok());
  expect_refused(
      wanted(), Errc::conflict,
      "release 1.0 of demo is there with the file \"demo-1.0.tar.gz\", which the index \"main\" has not");
}

TEST_P(ReleaseCopyContract, closes_the_release_that_it_copies) {
  ASSERT_TRUE(copy(wanted()).ok());
  const auto later = files().add("prod", sdist("demo", "1.0.0", "later"), file_note("file.upload"), {});
  ASSERT_FALSE(later.ok());
  EXPECT_EQ(later.error().message, "release 1.0 of demo is closed: it takes no further file");
  ASSERT_TRUE(files().add("main", sdist("demo", "1.0", "later"), file_note("file.upload"), {}).ok());
  expect_refused(wanted(), Errc::conflict, "release 1.0 of demo is closed: it takes no further file");
}

TEST_P(ReleaseCopyContract, refuses_a_target_without_room_for_all_files) {
  auto release = wanted();
  release.room = Quotas{.files_per_project = 1};
  expect_refused(release, Errc::too_large, "Too many files: this index takes 1 of one project.");
  EXPECT_EQ(catalog().project("prod", "demo").error().code, Errc::not_found);
}

TEST_P(ReleaseCopyContract, refuses_a_target_with_the_version_in_another_spelling) {
  ASSERT_TRUE(files().add("prod", wheel("demo", "1.0.0", "c"), file_note("file.upload"), {}).ok());
  expect_refused(
      wanted(), Errc::conflict,
      "release 1.0 of demo is there with the file \"demo-1.0.0-py3-none-any.whl\", which the index "
      "\"main\" has not");
}

TEST_P(ReleaseCopyContract, refuses_a_target_that_is_closed) {
  const auto release = wanted();
  ASSERT_TRUE(copy(release).ok());
  ASSERT_TRUE(states().block_release("prod", release_of("demo", "1.0"), "secret", note("n"), at(10)).ok());
  expect_refused(release, Errc::forbidden, "release 1.0 of demo is blocked: secret");
  ASSERT_TRUE(states()
                  .set_project_state("prod", named("demo"),
                                     {.status = ProjectStatus::quarantined, .reason = "x"}, note("n"), at(11))
                  .ok());
  expect_refused(release, Errc::forbidden, "project demo is quarantined: x");
}

TEST_P(ReleaseCopyContract, stores_nothing_when_interrupted) {
  const auto before = entries();
  for (const bool late : {false, true}) {
    const auto stop = [] { throw StoreError("the disk is gone"); };
    const CopyHooks hooks = late ? CopyHooks{.after_file = {}, .before_commit = stop}
                                 : CopyHooks{.after_file = stop, .before_commit = {}};
    EXPECT_THROW(static_cast<void>(copy(wanted(), hooks)), StoreError);
    EXPECT_EQ(catalog().project("prod", "demo").error().code, Errc::not_found);
    EXPECT_EQ(*catalog().serial("prod"), 0);
    EXPECT_EQ(entries(), before);
  }
  EXPECT_EQ(*copy(wanted()), 2U);
}

TEST_P(ReleaseCopyContract, lists_the_indexes_by_name) {
  EXPECT_EQ(*catalog().indexes(), (std::vector<std::string>{"main", "prod"}));
}

TEST_P(ReleaseCopyContract, copies_the_label_of_the_source) {
  EXPECT_EQ(*copy(wanted()), 2U);
  EXPECT_EQ(catalog().project("prod", "demo")->releases.front().label, std::nullopt);
  label_in_main();
  const auto serial = *catalog().serial("prod");
  EXPECT_EQ(*copy(wanted()), 0U) << "the files were there, the label was not";
  EXPECT_EQ(catalog().project("prod", "demo")->releases.front().label, ReleaseLabel::no_ci_provenance);
  EXPECT_GT(*catalog().serial("prod"), serial);
  EXPECT_EQ(ledger().entries(0, 1000)->back().note.detail.at("label"), "no-ci-provenance");
  const auto written = entries();
  EXPECT_EQ(*copy(wanted()), 0U);
  EXPECT_EQ(entries(), written);
}

}  // namespace packhouse::testing
