#pragma once

#include <thread>

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every FileStore must do.
class FileStoreContract : public MetadataStoreFixture {};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FileStoreContract);

TEST_P(FileStoreContract, returns_every_field_of_a_file) {
  const NewFile added = wheel("demo", "1.0", "bytes");
  expect_added(added);
  const auto file = files().find("main", added.file.filename);
  ASSERT_TRUE(file.ok());
  EXPECT_GT(file->id, 0);
  EXPECT_EQ(file->release.project.str(), "demo");
  EXPECT_EQ(file->release.version.str(), "1.0");
  EXPECT_EQ(file->filename, "demo-1.0-py3-none-any.whl");
  EXPECT_EQ(file->kind, FileKind::wheel);
  EXPECT_EQ(file->sha256, Sha256::of("bytes"));
  EXPECT_EQ(file->blake2b_256, std::string(64, 'b'));
  EXPECT_EQ(file->size, 5U);
  EXPECT_EQ(file->requires_python, ">=3.9");
  EXPECT_EQ(file->metadata_sha256, Sha256::of("metadata"));
  EXPECT_EQ(file->uploaded, at(1'763'000'000'123'456));
  EXPECT_EQ(file->yanked, std::nullopt);
}

TEST_P(FileStoreContract, lists_the_files_of_a_release_in_any_spelling_of_its_version) {
  expect_added(wheel("demo", "1.0", "bytes"));
  expect_added(wheel("demo", "2.0", "other"));
  const auto of = [&](std::string_view project, std::string_view version) {
    std::vector<std::string> names;
    const ReleaseName release{*ProjectName::parse(project), *Version::parse(version)};
    const auto files_there = files().of_release("main", release);
    for (const auto& file : *files_there)
      names.push_back(file.filename);
    return names;
  };
  EXPECT_EQ(of("demo", "1.0.0"), std::vector<std::string>{"demo-1.0-py3-none-any.whl"});
  EXPECT_TRUE(of("demo", "3.0").empty());
  EXPECT_TRUE(of("other", "1.0").empty());
  EXPECT_EQ(files().of_release("nowhere", {*ProjectName::parse("demo"), *Version::parse("1.0")}).error().code,
            Errc::not_found);
}

TEST_P(FileStoreContract, distinguishes_absent_from_empty) {
  NewFile file = wheel("demo", "1.0", "bytes");
  file.file.kind = FileKind::sdist;
  file.file.requires_python = std::nullopt;
  file.file.metadata_sha256 = std::nullopt;
  file.file.yanked = "";
  file.file.size = 5'000'000'000;
  expect_added(file);
  const auto found = files().find("main", file.file.filename);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->kind, FileKind::sdist);
  EXPECT_EQ(found->requires_python, std::nullopt);
  EXPECT_EQ(found->metadata_sha256, std::nullopt);
  EXPECT_EQ(found->yanked, "");
  EXPECT_EQ(found->size, 5'000'000'000U);
}

TEST_P(FileStoreContract, changes_nothing_for_an_existing_file_with_the_same_bytes) {
  expect_added(wheel("demo", "1.0", "bytes"));
  const State before = state();
  const auto again = add(wheel("demo", "1.0", "bytes"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, Recorded::identical);
  EXPECT_EQ(state(), before);
}

TEST_P(FileStoreContract, refuses_other_bytes_under_a_filename) {
  expect_added(wheel("demo", "1.0", "bytes"));
  const State before = state();
  const auto other = add(wheel("demo", "1.0", "other"));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, Errc::conflict);
  EXPECT_EQ(other.error().message,
            fmt::format("File already exists (demo-1.0-py3-none-any.whl is there with other bytes): expected "
                        "sha256 {}, found {}",
                        Sha256::of("bytes").hex(), Sha256::of("other").hex()));
  EXPECT_EQ(other.error().hint, "a file never changes: use a new version");
  EXPECT_EQ(state(), before);
  EXPECT_EQ(files().find("main", "demo-1.0-py3-none-any.whl")->sha256, Sha256::of("bytes"));
}

TEST_P(FileStoreContract, retires_the_filename_of_a_deleted_file) {
  expect_added(wheel("demo", "1.0", "bytes"));
  expect_added(wheel("demo", "2.0", "more"));
  const auto deleted = files().remove("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(5));
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(deleted->sha256, Sha256::of("bytes"));
  EXPECT_EQ(files().find("main", "demo-1.0-py3-none-any.whl").error().code, Errc::not_found);
  EXPECT_EQ(*catalog().serial("main"), 3);
  const auto project = catalog().project("main", "demo");
  EXPECT_EQ(project->serial, 3);
  EXPECT_EQ(project->files.size(), 1U);
  EXPECT_EQ(project->releases,
            (std::vector<Release>{{.version = parsed("1.0")}, {.version = parsed("2.0")}}));
  const State before = state();
  const std::string message =
      "File already exists: this filename was previously used by a file that has since been deleted; use a "
      "new version";
  for (const char* bytes : {"bytes", "other"}) {
    const auto again = add(wheel("demo", "1.0", bytes));
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code, Errc::conflict);
    EXPECT_EQ(again.error().message, message);
  }
  EXPECT_EQ(files()
                .can_add("main", release_of("demo", "1.0"), "demo-1.0-py3-none-any.whl", upload_time)
                .error()
                .message,
            message);
  EXPECT_EQ(state(), before);
}

TEST_P(FileStoreContract, deleting_a_missing_file_is_not_found) {
  const State before = state();
  const auto deleted = files().remove("main", "x.whl", note("file.delete"), at(5));
  ASSERT_FALSE(deleted.ok());
  EXPECT_EQ(deleted.error().code, Errc::not_found);
  EXPECT_EQ(state(), before);
}

TEST_P(FileStoreContract, can_add_new_files_and_existing_filenames) {
  expect_added(wheel("demo", "1.0", "bytes"));
  EXPECT_TRUE(
      files().can_add("main", release_of("demo", "1.0"), "demo-1.0-py3-none-any.whl", upload_time).ok());
  EXPECT_TRUE(
      files().can_add("main", release_of("demo", "2.0"), "demo-2.0-py3-none-any.whl", upload_time).ok());
}

TEST_P(FileStoreContract, refuses_text_that_is_not_utf8_or_has_a_nul) {
  const State before = state();
  for (const std::string& text : {std::string("1.0\xff"), std::string("1\0", 2)}) {
    NewFile file = wheel("demo", "1.0", "bytes");
    file.file.filename = text;
    const auto added = add(file);
    ASSERT_FALSE(added.ok());
    EXPECT_EQ(added.error().code, Errc::invalid_input);
    EXPECT_EQ(added.error().message, "filename: expected UTF-8 without NUL, found " + quote(text));
    LedgerNote bad = note("file.upload");
    bad.reason = text;
    const auto noted = files().add("main", wheel("demo", "1.0", "bytes"), file_note(bad), {});
    ASSERT_FALSE(noted.ok());
    EXPECT_EQ(noted.error().message, "reason: expected UTF-8 without NUL, found " + quote(text));
  }
  EXPECT_EQ(state(), before);
}

TEST_P(FileStoreContract, refuses_a_detail_that_could_not_be_read_back) {
  const State before = state();
  LedgerNote bad = note("file.upload");
  bad.detail["x"] = "\xff";
  const auto added = files().add("main", wheel("demo", "1.0", "bytes"), file_note(bad), {});
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, Errc::invalid_input);
  EXPECT_TRUE(added.error().message.starts_with("detail: expected JSON, found ")) << added.error().message;
  EXPECT_EQ(state(), before);
}

TEST_P(FileStoreContract, stores_text_that_looks_like_sql_as_text) {
  const std::string hostile = "demo'; DROP TABLE files; -- :name \"x\" % \\ ü";
  NewFile file = wheel("demo", "1.0", "bytes");
  file.file.filename = hostile;
  file.file.requires_python = hostile;
  expect_added(file);
  EXPECT_EQ(files().find("main", hostile)->requires_python, hostile);
  EXPECT_EQ(catalog().project("main", hostile).error().code, Errc::not_found);
}

TEST_P(FileStoreContract, lists_every_referenced_blob_once) {
  expect_added(wheel("demo", "1.0", "one"));
  expect_added(wheel("demo", "2.0", "two"));
  NewFile sdist = wheel("demo", "3.0", "three");
  sdist.file.metadata_sha256 = std::nullopt;
  expect_added(sdist);
  ASSERT_TRUE(files().remove("main", "demo-2.0-py3-none-any.whl", note("file.delete"), at(5)).ok());
  auto blobs = files().referenced_blobs();
  ASSERT_TRUE(blobs.ok());
  std::vector expected{Sha256::of("one"), Sha256::of("three"), Sha256::of("metadata")};
  std::ranges::sort(*blobs);
  std::ranges::sort(expected);
  EXPECT_EQ(*blobs, expected);
}

TEST_P(FileStoreContract, counts_projects_files_and_bytes) {
  EXPECT_EQ(files().totals("main", named("demo"))->files, 0U);
  expect_added(wheel("demo", "1.0", "12345"));
  expect_added(wheel("demo", "2.0", "123"));
  expect_added(wheel("other", "1.0", "1"));
  const auto totals = files().totals("main", named("demo"));
  ASSERT_TRUE(totals.ok());
  EXPECT_EQ(totals->files, 2U);
  EXPECT_EQ(totals->bytes, 8U);
  EXPECT_EQ(files().totals("main", named("absent"))->projects, 2U);
  EXPECT_EQ(files().totals("absent", named("demo")).error().code, Errc::not_found);
}

TEST_P(FileStoreContract, the_totals_of_a_project_are_those_of_its_files) {
  const auto expect_totals = [&](std::string_view index, std::uint64_t count, std::uint64_t bytes) {
    const auto totals = files().totals(index, named("demo"));
    ASSERT_TRUE(totals.ok());
    EXPECT_EQ(totals->files, count) << index;
    EXPECT_EQ(totals->bytes, bytes) << index;
  };
  expect_added(wheel("demo", "1.0", "12345"));
  expect_added(wheel("demo", "2.0", "123"));
  EXPECT_EQ(*add(wheel("demo", "2.0", "123")), Recorded::identical);
  EXPECT_FALSE(add(wheel("demo", "2.0", "other")).ok());
  expect_totals("main", 2, 8);
  ASSERT_TRUE(catalog().ensure_index("prod", note("index.create"), at(1)).ok());
  const ReleaseCopy copy{.from = "main",
                         .release = *ReleaseName::parse("demo", "1.0"),
                         .files = {*files().find("main", "demo-1.0-py3-none-any.whl")}};
  ASSERT_TRUE(files().copy_release("prod", copy, note("release.copy"), at(2), {}).ok());
  expect_totals("prod", 1, 5);
  ASSERT_TRUE(files().remove("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(3)).ok());
  expect_totals("main", 1, 3);
  ASSERT_TRUE(files().remove("main", "demo-2.0-py3-none-any.whl", note("file.delete"), at(4)).ok());
  expect_totals("main", 0, 0);
  EXPECT_EQ(files().totals("main", named("demo"))->projects, 1U);
}

TEST_P(FileStoreContract, enforces_quotas_also_for_concurrent_writers) {
  constexpr int writers = 6;
  std::vector<std::thread> threads;
  std::atomic<int> added = 0;
  std::atomic<int> refused = 0;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&, i] {
      auto file = wheel("demo", fmt::format("1.{}", i), "bytes");
      file.room = Quotas{.files_per_project = 2};
      const auto outcome = files().add("main", file, file_note("file.upload"), {});
      if (outcome.ok()) ++added;
      if (!outcome.ok() && outcome.error().code == Errc::too_large) ++refused;
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(added, 2);
  EXPECT_EQ(refused, writers - 2);
  EXPECT_EQ(files().totals("main", named("demo"))->files, 2U);
  expect_sound_ledger(3);
}

TEST_P(FileStoreContract, stores_nothing_of_a_file_over_the_quota) {
  expect_added(wheel("demo", "1.0", "bytes"));
  auto more = wheel("demo", "2.0", "bytes");
  more.room = Quotas{.project_size = 9};
  const State before = state();
  const auto refused = add(more);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "Project size too large: this index takes 9 bytes of one project.");
  EXPECT_EQ(state(), before);
  auto again = wheel("demo", "1.0", "bytes");
  again.room = Quotas{.project_size = 1};
  EXPECT_EQ(*add(again), Recorded::identical) << "what is there needs no room";
}

TEST_P(FileStoreContract, joins_a_file_to_the_release_whose_version_is_equal) {
  expect_added(wheel("demo", "1.0", "a"));
  expect_added(sdist("demo", "1.0.0", "b"));
  expect_added(wheel("demo", "1.0.post0", "c"));
  auto project = catalog().project("main", "demo");
  ASSERT_EQ(project->releases.size(), 2U);
  EXPECT_EQ(project->releases[0].version.str(), "1.0");
  EXPECT_EQ(project->releases[1].version.str(), "1.0.post0");
  EXPECT_EQ(files().find("main", "demo-1.0.0.tar.gz")->release.version.str(), "1.0");

  EXPECT_TRUE(*states().yank_release("main", release_of("demo", "1"), "broken", note("release.yank"), at(5)));
  project = catalog().project("main", "demo");
  EXPECT_EQ(project->files[0].yanked, "broken");
  EXPECT_EQ(project->files[1].yanked, "broken");
  EXPECT_EQ(project->files[2].yanked, std::nullopt);
}

TEST_P(FileStoreContract, notes_a_file_under_the_release_s_spelling_of_its_version) {
  expect_added(wheel("demo", "1.0", "a"));
  const auto subject = [](const File& file) {
    auto entry = note("file.upload");
    entry.subject = file.release.version.str();
    return entry;
  };
  ASSERT_TRUE(files().add("main", sdist("demo", "1.0.0", "b"), subject, {}).ok());
  EXPECT_EQ(ledger().entries(0, 10)->back().note.subject, "1.0");
}

TEST_P(FileStoreContract, refuses_another_spelling_of_a_file_that_is_there) {
  const auto named_file = [](const std::string& filename, const std::string& version) {
    auto file =
        filename.ends_with(".whl") ? wheel("demo", version, filename) : sdist("demo", version, filename);
    file.file.filename = filename;
    return file;
  };
  const std::vector<std::vector<std::string>> spellings{
      {"demo-1.0-py2.py3-none-any.whl", "demo-1.0.0-py2.py3-none-any.whl", "demo-v1.0-py2.py3-none-any.whl",
       "demo-0!1.0-py2.py3-none-any.whl", "demo-1.0-py3.py2-none-any.whl", "Demo-1.0-py2.py3-none-any.whl"},
      {"demo-1.0-1-py3-none-any.whl", "demo-1.0-01-py3-none-any.whl"},
      {"demo-1.0.tar.gz", "demo-1.0.0.tar.gz", "demo-1.0.zip"}};
  for (const auto& same : spellings) {
    expect_added(named_file(same[0], "1.0"));
    for (std::size_t i = 1; i < same.size(); ++i) {
      const State before = state();
      const auto refused = add(named_file(same[i], "1.0.0"));
      ASSERT_FALSE(refused.ok()) << same[i];
      EXPECT_EQ(refused.error().code, Errc::conflict);
      EXPECT_EQ(
          refused.error().message,
          fmt::format("File already exists: {} is there, which is {} in another spelling (equal project, "
                      "version, build and tags)",
                      quote(same[0]), quote(same[i])));
      EXPECT_EQ(files().can_add("main", release_of("demo", "1.0"), same[i], upload_time).error(),
                refused.error());
      EXPECT_EQ(state(), before);
    }
  }
}

TEST_P(FileStoreContract, takes_files_of_a_release_until_it_closes) {
  const auto late = [](NewFile file, Timestamp time) {
    file.file.uploaded = time;
    return file;
  };
  const auto closing = upload_time + std::chrono::days{14};
  expect_added(wheel("demo", "1.0", "a"));
  expect_added(late(sdist("demo", "1.0", "b"), closing - std::chrono::microseconds{1}));
  const State before = state();
  auto build = late(wheel("demo", "1.0", "c"), closing);
  build.file.filename = "demo-1.0-1-py3-none-any.whl";
  const auto refused = add(build);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(refused.error().message, "release 1.0 of demo is closed: it takes no further file");
  EXPECT_EQ(files().can_add("main", release_of("demo", "1.0.0"), {}, closing).error(), refused.error());
  EXPECT_EQ(*add(late(wheel("demo", "1.0", "a"), closing)), Recorded::identical);
  EXPECT_EQ(state(), before);
  expect_added(late(wheel("demo", "1.1", "d"), closing));
}

TEST_P(FileStoreContract, closes_releases_as_the_index_says) {
  const IndexPolicy hours{.closes_after = std::chrono::hours{2}};
  EXPECT_TRUE(*catalog().set_policy("main", hours, note("index.policy"), at(5)));
  EXPECT_EQ(*catalog().policy("main"), hours);
  expect_added(wheel("demo", "1.0", "a"));
  EXPECT_TRUE(*catalog().set_policy("main", {.immutable = true}, note("index.policy"), at(5)));
  expect_added(wheel("demo", "2.0", "b"));
  const auto open_for = [&](const char* version, std::chrono::minutes since) {
    return files().can_add("main", release_of("demo", version), {}, upload_time + since).ok();
  };
  EXPECT_TRUE(open_for("1.0", std::chrono::minutes{119})) << "what was settled at its first file holds";
  EXPECT_FALSE(open_for("1.0", std::chrono::minutes{120}));
  EXPECT_TRUE(open_for("2.0", std::chrono::minutes{59}));
  EXPECT_FALSE(open_for("2.0", std::chrono::minutes{60}));
}

TEST_P(FileStoreContract, a_deletion_closes_the_release_whatever_the_spelling) {
  expect_added(wheel("demo", "1.0", "a"));
  expect_added(sdist("demo", "1.0", "b"));
  ASSERT_TRUE(files().remove("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(5)).ok());
  for (const auto& file : {wheel("demo", "1.0.0", "c"), wheel("demo", "1", "a")}) {
    const auto refused = add(file);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().message, "release 1.0 of demo is closed: it takes no further file");
  }
  EXPECT_EQ(*add(sdist("demo", "1.0", "b")), Recorded::identical);
}

TEST_P(FileStoreContract, deletes_releases_with_all_their_files_or_none_of_them) {
  expect_added(wheel("demo", "1.0", "a"));
  expect_added(sdist("demo", "1.0", "b"));
  expect_added(wheel("demo", "2.0", "c"));
  expect_added(wheel("demo", "3.0", "d"));
  const std::vector<ReleaseName> doomed{release_of("demo", "1"), release_of("demo", "2.0"),
                                        release_of("demo", "9")};
  const State before = state();
  const auto failing = [&](const File& file) {
    auto made = note("file.delete");
    if (file.release.version == parsed("2.0")) made.subject = std::string("no text: \xff");
    return made;
  };
  EXPECT_EQ(files().remove_releases("main", doomed, failing, at(5)).error().code, Errc::invalid_input);
  EXPECT_EQ(state(), before);
  const auto gone =
      files().remove_releases("main", doomed, [](const File&) { return note("file.delete"); }, at(6));
  ASSERT_TRUE(gone.ok()) << gone.error().message;
  EXPECT_EQ(gone->size(), 3U);
  EXPECT_EQ(files().totals("main", named("demo"))->files, 1U);
  EXPECT_EQ(add(wheel("demo", "2.0", "c")).error().code, Errc::conflict);
  EXPECT_TRUE(catalog().set_policy("main", {.immutable = true}, note("index.policy"), at(7)).ok());
  const auto kept = files().remove_releases(
      "main", std::vector{release_of("demo", "3.0")}, [](const File&) { return note("file.delete"); }, at(8));
  EXPECT_EQ(kept.error().code, Errc::forbidden);
}

TEST_P(FileStoreContract, refuses_uploads_into_an_index_that_takes_copies_only) {
  expect_added(wheel("demo", "1.0", "a"));
  EXPECT_TRUE(*catalog().set_policy("main", {.uploads = false}, note("index.policy"), at(5)));
  const State before = state();
  for (const std::string version : {"1.0", "2.0"}) {
    const auto refused = add(wheel("demo", version, "a"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(refused.error().message, "this index takes no uploads");
    EXPECT_EQ(files().can_add("main", release_of("demo", version), "x", upload_time).error(),
              refused.error());
  }
  EXPECT_EQ(state(), before);
}

TEST_P(FileStoreContract, keeps_the_files_of_an_immutable_index) {
  expect_added(wheel("demo", "1.0", "a"));
  const IndexPolicy sealed{.immutable = true, .uploads = false, .copy_from = {"dev"}, .checks = {{"a", "b"}}};
  EXPECT_EQ(*catalog().policy("main"), IndexPolicy{});
  EXPECT_TRUE(*catalog().set_policy("main", sealed, note("index.policy"), at(5)));
  reopen();
  EXPECT_EQ(*catalog().policy("main"), sealed);
  const State before = state();
  const auto refused = files().remove("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(6));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_EQ(refused.error().message, "the index \"main\" is immutable: its files stay");
  EXPECT_EQ(state(), before);
  EXPECT_NE(home_->refusal("DELETE FROM files").find("an immutable index keeps its files"),
            std::string::npos);
  EXPECT_TRUE(*catalog().set_policy("main", {}, note("index.policy"), at(7)));
  EXPECT_TRUE(files().remove("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(8)).ok());
}

}  // namespace packhouse::testing
