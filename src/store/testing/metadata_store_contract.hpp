#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "store/metadata_store.hpp"
#include "store/store_error.hpp"

namespace packhouse::testing {

/// A fresh, empty database of some kind.
class MetadataStoreHome {
 public:
  virtual ~MetadataStoreHome() = default;
  /// Opens it, once more if it is open already: as another process would.
  virtual std::unique_ptr<MetadataStore> open() = 0;
  /// What somebody can do who has the database itself: sets `column` of the ledger's entry `sequence` to the
  /// text `value`, whatever guards the table.
  virtual void rewrite_ledger(std::int64_t sequence, const std::string& column, const std::string& value) = 0;
  /// The same, removing the entry.
  virtual void cut_ledger(std::int64_t sequence) = 0;
  /// Runs a statement past the store: the database's reason for refusing it, or nothing if it took it.
  virtual std::string refusal(const std::string& statement) = 0;
};

struct MetadataStoreKind {
  std::string name;
  std::function<std::unique_ptr<MetadataStoreHome>()> make;

  friend void PrintTo(const MetadataStoreKind& kind, std::ostream* out) { *out << kind.name; }
};

inline Timestamp at(std::int64_t microseconds) {
  return Timestamp{std::chrono::microseconds{microseconds}};
}

inline LedgerNote note(std::string action) {
  return {.actor = {.kind = "token", .id = "1", .address = "192.0.2.1"},
          .action = std::move(action),
          .subject = "main",
          .reason = {},
          .detail = {}};
}

/// demo-VERSION-py3-none-any.whl with those bytes.
inline NewFile wheel(const std::string& project, const std::string& version, std::string_view bytes) {
  return {.file = {.id = 0,
                   .project = project,
                   .version = version,
                   .filename = fmt::format("{}-{}-py3-none-any.whl", project, version),
                   .kind = FileKind::wheel,
                   .sha256 = Sha256::of(bytes),
                   .blake2b_256 = std::string(64, 'b'),
                   .size = bytes.size(),
                   .requires_python = ">=3.9",
                   .metadata_sha256 = Sha256::of("metadata"),
                   .uploaded = at(1'763'000'000'123'456),
                   .yanked = {}},
          .warnings = {}};
}

/// What every MetadataStore must do. INSTANTIATE_TEST_SUITE_P it with one MetadataStoreKind per store.
class MetadataStoreContract : public ::testing::TestWithParam<MetadataStoreKind> {
 protected:
  MetadataStoreContract() { EXPECT_TRUE(*store_->ensure_index("main", note("index.create"), at(1))); }

  MetadataStore& store() { return *store_; }

  Result<Recorded> add(const NewFile& file) {
    return store().add_file("main", file, note("file.upload"), {});
  }

  void expect_added(const NewFile& file) {
    const auto added = add(file);
    ASSERT_TRUE(added.ok()) << added.error().message;
    EXPECT_EQ(*added, Recorded::added);
  }

  /// Everything that a refused or undone change must leave as it was.
  struct State {
    std::int64_t serial = 0;
    std::size_t entries = 0;
    std::vector<std::string> projects;
    std::vector<Sha256> blobs;
    bool operator==(const State&) const = default;
  };
  State state() {
    State state{.serial = *store().serial("main"),
                .entries = store().ledger(0, 1'000'000)->size(),
                .projects = {},
                .blobs = *store().referenced_blobs()};
    for (const auto& project : *store().projects("main", {}, 100))
      state.projects.push_back(fmt::format("{} {}", project.name, project.serial));
    return state;
  }

  void expect_sound_ledger(std::int64_t entries) {
    const auto verified = verify_ledger(store());
    ASSERT_TRUE(verified.ok()) << verified.error().message;
    EXPECT_EQ(*verified, entries);
  }

  void reopen() {
    store_.reset();
    store_ = home_->open();
  }

  std::unique_ptr<MetadataStoreHome> home_ = GetParam().make();
  std::unique_ptr<MetadataStore> store_ = home_->open();
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MetadataStoreContract);

inline Token token(std::string_view secret) {
  return {.id = 0,
          .label = "ci of demo",
          .hash = Sha256::of(secret),
          .permissions = {Permission::read, Permission::upload},
          .project = "demo",
          .created = at(10),
          .expires = at(20),
          .last_used = {},
          .revoked = {}};
}

inline User user(std::string name) {
  return {.id = 0,
          .name = std::move(name),
          .password = Secret{"$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"},
          .permissions = {Permission::read},
          .created = at(10),
          .disabled = {}};
}

// Indexes.

TEST_P(MetadataStoreContract, makes_an_index_once) {
  EXPECT_FALSE(*store().ensure_index("main", note("index.create"), at(2)));
  EXPECT_TRUE(*store().ensure_index("other", note("index.create"), at(2)));
  EXPECT_EQ(*store().serial("other"), 0);
  expect_sound_ledger(2);
}

TEST_P(MetadataStoreContract, says_not_found_for_an_index_that_is_not_there) {
  const std::string message = "there is no index \"none\"";
  const auto file = wheel("demo", "1.0", "bytes");
  for (const Error& error : {store().projects("none", {}, 1).error(), store().project("none", "demo").error(),
                             store().file("none", "demo").error(), store().serial("none").error(),
                             store().add_file("none", file, note("file.upload"), {}).error(),
                             store().can_add("none", "p", "1", "f").error(),
                             store().delete_file("none", "f", note("file.delete"), at(3)).error()}) {
    EXPECT_EQ(error.code, Errc::not_found);
    EXPECT_EQ(error.message, message);
  }
  expect_sound_ledger(1);
}

TEST_P(MetadataStoreContract, keeps_indexes_apart) {
  ASSERT_TRUE(*store().ensure_index("other", note("index.create"), at(2)));
  expect_added(wheel("demo", "1.0", "one"));
  const auto other = store().add_file("other", wheel("demo", "1.0", "two"), note("file.upload"), {});
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(*other, Recorded::added);
  EXPECT_EQ(store().file("main", "demo-1.0-py3-none-any.whl")->sha256, Sha256::of("one"));
  EXPECT_EQ(store().file("other", "demo-1.0-py3-none-any.whl")->sha256, Sha256::of("two"));
  ASSERT_TRUE(store().delete_file("other", "demo-1.0-py3-none-any.whl", note("file.delete"), at(3)).ok());
  EXPECT_TRUE(store().file("main", "demo-1.0-py3-none-any.whl").ok());
}

// Files.

TEST_P(MetadataStoreContract, gives_back_every_field_of_a_file) {
  const NewFile added = wheel("demo", "1.0", "bytes");
  expect_added(added);
  const auto file = store().file("main", added.file.filename);
  ASSERT_TRUE(file.ok());
  EXPECT_GT(file->id, 0);
  EXPECT_EQ(file->project, "demo");
  EXPECT_EQ(file->version, "1.0");
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

TEST_P(MetadataStoreContract, tells_what_is_absent_from_what_is_empty) {
  NewFile file = wheel("demo", "1.0", "bytes");
  file.file.kind = FileKind::sdist;
  file.file.requires_python = std::nullopt;
  file.file.metadata_sha256 = std::nullopt;
  file.file.yanked = "";
  file.file.size = 5'000'000'000;
  expect_added(file);
  const auto found = store().file("main", file.file.filename);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->kind, FileKind::sdist);
  EXPECT_EQ(found->requires_python, std::nullopt);
  EXPECT_EQ(found->metadata_sha256, std::nullopt);
  EXPECT_EQ(found->yanked, "");
  EXPECT_EQ(found->size, 5'000'000'000U);
}

TEST_P(MetadataStoreContract, shows_a_project_with_its_files_by_version_as_uploaded_then_filename) {
  expect_added(wheel("demo", "1.10", "a"));
  expect_added(wheel("demo", "1.9", "b"));
  expect_added(wheel("other", "1.0", "c"));
  NewFile first = wheel("demo", "1.10", "d");
  first.file.filename = "demo-1.10-cp311-abi3-linux_x86_64.whl";
  expect_added(first);
  const auto project = store().project("main", "demo");
  ASSERT_TRUE(project.ok());
  EXPECT_EQ(project->name, "demo");
  EXPECT_EQ(project->serial, 4);
  EXPECT_EQ(project->releases, (std::vector<Release>{{.version = "1.10"}, {.version = "1.9"}}));
  std::vector<std::string> names;
  for (const File& file : project->files)
    names.push_back(file.filename);
  EXPECT_EQ(names, (std::vector<std::string>{"demo-1.10-cp311-abi3-linux_x86_64.whl",
                                             "demo-1.10-py3-none-any.whl", "demo-1.9-py3-none-any.whl"}));
}

TEST_P(MetadataStoreContract, says_not_found_for_a_project_and_a_file_that_are_not_there) {
  const auto project = store().project("main", "demo");
  ASSERT_FALSE(project.ok());
  EXPECT_EQ(project.error().code, Errc::not_found);
  EXPECT_EQ(project.error().message, "there is no project \"demo\" in the index \"main\"");
  const auto file = store().file("main", "x.whl");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, Errc::not_found);
  EXPECT_EQ(file.error().message, "there is no file \"x.whl\" in the index \"main\"");
}

TEST_P(MetadataStoreContract, lists_projects_by_name_with_the_serial_of_their_last_change) {
  EXPECT_TRUE(store().projects("main", {}, 100)->empty());
  expect_added(wheel("zeta", "1", "a"));
  expect_added(wheel("alpha", "1", "b"));
  expect_added(wheel("zeta", "2", "c"));
  const auto projects = store().projects("main", {}, 100);
  ASSERT_TRUE(projects.ok());
  ASSERT_EQ(projects->size(), 2U);
  EXPECT_EQ(projects->front().name, "alpha");
  EXPECT_EQ(projects->front().serial, 2);
  EXPECT_EQ(projects->back().name, "zeta");
  EXPECT_EQ(projects->back().serial, 3);
  EXPECT_EQ(*store().serial("main"), 3);
}

TEST_P(MetadataStoreContract, lists_projects_in_portions) {
  for (const auto* name : {"c", "a", "d", "b"})
    expect_added(wheel(name, "1", name));
  const auto names = [&](std::string_view after, std::size_t limit) {
    std::string joined;
    for (const auto& project : *store().projects("main", after, limit))
      joined += project.name;
    return joined;
  };
  EXPECT_EQ(names("", 3), "abc");
  EXPECT_EQ(names("c", 3), "d");
  EXPECT_EQ(names("bb", 1), "c");
  EXPECT_EQ(names("d", 3), "");
  EXPECT_EQ(names("", 0), "");
}

TEST_P(MetadataStoreContract, visits_projects_until_told_to_stop_and_hands_errors_on) {
  for (const auto* name : {"a", "b", "c"})
    expect_added(wheel(name, "1", name));
  std::string seen;
  const auto status = each_project(store(), "main", [&](const ProjectSummary& project) -> Result<bool> {
    seen += project.name;
    return project.name != "b";
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(seen, "ab");
  const Error full{Errc::unavailable, "the disk is full", {}};
  const auto failed =
      each_project(store(), "main", [&](const ProjectSummary&) -> Result<bool> { return full; });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "the disk is full");
  EXPECT_EQ(
      each_project(store(), "none", [](const ProjectSummary&) -> Result<bool> { return true; }).error().code,
      Errc::not_found);
}

TEST_P(MetadataStoreContract, changes_nothing_for_a_file_that_is_there_with_the_same_bytes) {
  expect_added(wheel("demo", "1.0", "bytes"));
  const State before = state();
  const auto again = add(wheel("demo", "1.0", "bytes"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, Recorded::identical);
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, refuses_other_bytes_under_a_filename) {
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
  EXPECT_EQ(store().file("main", "demo-1.0-py3-none-any.whl")->sha256, Sha256::of("bytes"));
}

TEST_P(MetadataStoreContract, burns_a_filename_with_its_file) {
  expect_added(wheel("demo", "1.0", "bytes"));
  expect_added(wheel("demo", "2.0", "more"));
  const auto deleted = store().delete_file("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(5));
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(deleted->sha256, Sha256::of("bytes"));
  EXPECT_EQ(store().file("main", "demo-1.0-py3-none-any.whl").error().code, Errc::not_found);
  EXPECT_EQ(*store().serial("main"), 3);
  const auto project = store().project("main", "demo");
  EXPECT_EQ(project->serial, 3);
  EXPECT_EQ(project->files.size(), 1U);
  EXPECT_EQ(project->releases, (std::vector<Release>{{.version = "1.0"}, {.version = "2.0"}}));
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
  EXPECT_EQ(store().can_add("main", "demo", "1.0", "demo-1.0-py3-none-any.whl").error().message, message);
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, says_not_found_when_the_file_to_delete_is_not_there) {
  const State before = state();
  const auto deleted = store().delete_file("main", "x.whl", note("file.delete"), at(5));
  ASSERT_FALSE(deleted.ok());
  EXPECT_EQ(deleted.error().code, Errc::not_found);
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, can_add_what_is_new_and_what_may_turn_out_identical) {
  expect_added(wheel("demo", "1.0", "bytes"));
  EXPECT_TRUE(store().can_add("main", "demo", "1.0", "demo-1.0-py3-none-any.whl").ok());
  EXPECT_TRUE(store().can_add("main", "demo", "2.0", "demo-2.0-py3-none-any.whl").ok());
}

TEST_P(MetadataStoreContract, keeps_a_change_invisible_until_it_is_committed) {
  const auto added = store().add_file("main", wheel("demo", "1.0", "bytes"), note("file.upload"), [&] {
    EXPECT_EQ(store().file("main", "demo-1.0-py3-none-any.whl").error().code, Errc::not_found);
    EXPECT_EQ(*store().serial("main"), 0);
    EXPECT_TRUE(store().projects("main", {}, 100)->empty());
  });
  ASSERT_TRUE(added.ok());
  EXPECT_TRUE(store().file("main", "demo-1.0-py3-none-any.whl").ok());
}

TEST_P(MetadataStoreContract, undoes_everything_when_before_commit_throws) {
  const State before = state();
  const auto failing = [] { throw std::runtime_error("no"); };
  EXPECT_THROW(
      static_cast<void>(store().add_file("main", wheel("demo", "1.0", "a"), note("file.upload"), failing)),
      std::runtime_error);
  EXPECT_EQ(state(), before);
  expect_added(wheel("demo", "1.0", "a"));
  expect_sound_ledger(2);
}

TEST_P(MetadataStoreContract, refuses_text_that_no_reader_could_show) {
  const State before = state();
  for (const std::string& text : {std::string("1.0\xff"), std::string("1\0", 2)}) {
    NewFile file = wheel("demo", "1.0", "bytes");
    file.file.version = text;
    const auto added = add(file);
    ASSERT_FALSE(added.ok());
    EXPECT_EQ(added.error().code, Errc::invalid_input);
    EXPECT_EQ(added.error().message, "version: expected UTF-8 without NUL, found " + quote(text));
    LedgerNote bad = note("file.upload");
    bad.reason = text;
    const auto noted = store().add_file("main", wheel("demo", "1.0", "bytes"), bad, {});
    ASSERT_FALSE(noted.ok());
    EXPECT_EQ(noted.error().message, "reason: expected UTF-8 without NUL, found " + quote(text));
  }
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, refuses_a_detail_that_could_not_be_read_back) {
  const State before = state();
  LedgerNote bad = note("file.upload");
  bad.detail["x"] = "\xff";
  const auto added = store().add_file("main", wheel("demo", "1.0", "bytes"), bad, {});
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, Errc::invalid_input);
  EXPECT_TRUE(added.error().message.starts_with("detail: expected JSON, found ")) << added.error().message;
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, takes_text_that_looks_like_sql_for_text) {
  const std::string hostile = "demo'; DROP TABLE files; -- :name \"x\" % \\ ü";
  NewFile file = wheel("demo", "1.0", "bytes");
  file.file.filename = hostile;
  file.file.requires_python = hostile;
  expect_added(file);
  EXPECT_EQ(store().file("main", hostile)->requires_python, hostile);
  EXPECT_EQ(store().project("main", hostile).error().code, Errc::not_found);
}

TEST_P(MetadataStoreContract, names_every_blob_that_a_row_needs_once) {
  expect_added(wheel("demo", "1.0", "one"));
  expect_added(wheel("demo", "2.0", "two"));
  NewFile sdist = wheel("demo", "3.0", "three");
  sdist.file.metadata_sha256 = std::nullopt;
  expect_added(sdist);
  ASSERT_TRUE(store().delete_file("main", "demo-2.0-py3-none-any.whl", note("file.delete"), at(5)).ok());
  auto blobs = store().referenced_blobs();
  ASSERT_TRUE(blobs.ok());
  std::vector expected{Sha256::of("one"), Sha256::of("three"), Sha256::of("metadata")};
  std::ranges::sort(*blobs);
  std::ranges::sort(expected);
  EXPECT_EQ(*blobs, expected);
}

TEST_P(MetadataStoreContract, holds_a_project_of_ten_thousand_files) {
  constexpr int count = 10'000;
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE(add(wheel("demo", fmt::format("{}.{}", i / 10, i % 10), std::to_string(i))).ok());
  const auto project = store().project("main", "demo");
  ASSERT_TRUE(project.ok());
  ASSERT_EQ(project->files.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(project->releases.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; i += 997)
    EXPECT_EQ(project->files[static_cast<std::size_t>(i)].sha256, Sha256::of(std::to_string(i))) << i;
  EXPECT_EQ(*store().serial("main"), count);
  expect_sound_ledger(count + 1);
}

// Many at once, and again later.

TEST_P(MetadataStoreContract, adds_a_file_once_when_eight_threads_race) {
  std::vector<std::thread> threads;
  std::vector<std::string> outcomes(8);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto added = add(wheel("demo", "1.0", i % 2 == 0 ? "even" : "odd"));
      if (!added.ok())
        outcomes[i] = added.error().code == Errc::conflict ? "conflict" : added.error().message;
      if (added.ok()) outcomes[i] = *added == Recorded::added ? "added" : "identical";
    });
  }
  for (auto& thread : threads)
    thread.join();
  std::ranges::sort(outcomes);
  EXPECT_EQ(outcomes, (std::vector<std::string>{"added", "conflict", "conflict", "conflict", "conflict",
                                                "identical", "identical", "identical"}));
  EXPECT_EQ(*store().serial("main"), 1);
  expect_sound_ledger(2);
}

TEST_P(MetadataStoreContract, shows_readers_one_snapshot_while_others_write) {
  std::jthread writer([&] {
    for (int i = 1; i <= 50; ++i)
      EXPECT_TRUE(add(wheel("demo", std::to_string(i), std::to_string(i))).ok());
  });
  for (std::int64_t seen = 0; seen < 50;) {
    const auto project = store().project("main", "demo");
    if (!project.ok()) continue;
    EXPECT_GE(project->serial, seen);
    seen = project->serial;
    EXPECT_EQ(project->files.size(), static_cast<std::size_t>(seen));
    EXPECT_EQ(project->releases.size(), static_cast<std::size_t>(seen));
  }
}

TEST_P(MetadataStoreContract, lets_two_processes_write_in_turns) {
  const auto other = home_->open();
  std::jthread writer([&] {
    for (int i = 0; i < 25; ++i) {
      EXPECT_TRUE(
          other->add_file("main", wheel("other", std::to_string(i), "o"), note("file.upload"), {}).ok());
    }
  });
  for (int i = 0; i < 25; ++i)
    EXPECT_TRUE(add(wheel("demo", std::to_string(i), "d")).ok());
  writer.join();
  EXPECT_EQ(*store().serial("main"), 50);
  expect_sound_ledger(51);
}

TEST_P(MetadataStoreContract, counts_changes_also_of_another_process) {
  const auto other = home_->open();
  const std::int64_t before = store().change_counter();
  EXPECT_EQ(store().change_counter(), before);
  ASSERT_TRUE(other->add_file("main", wheel("demo", "1", "a"), note("file.upload"), {}).ok());
  const std::int64_t between = store().change_counter();
  EXPECT_GT(between, before);
  expect_added(wheel("demo", "2", "b"));
  EXPECT_GT(store().change_counter(), between);
}

TEST_P(MetadataStoreContract, has_it_all_when_opened_again) {
  expect_added(wheel("demo", "1.0", "bytes"));
  ASSERT_TRUE(store().add_token(token("secret"), note("token.create")).ok());
  ASSERT_TRUE(store().delete_file("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(5)).ok());
  expect_added(wheel("demo", "2.0", "more"));
  const State before = state();
  reopen();
  EXPECT_EQ(state(), before);
  EXPECT_EQ(add(wheel("demo", "1.0", "bytes")).error().code, Errc::conflict);
  EXPECT_EQ(store().tokens()->size(), 1U);
  expect_sound_ledger(5);
}

TEST_P(MetadataStoreContract, forgets_a_transaction_that_a_crash_cut_short) {
  expect_added(wheel("demo", "1.0", "bytes"));
  const State before = state();
  store_.reset();  // no connection must be shared with the child
  const pid_t child = ::fork();
  if (child == 0) {
    static_cast<void>(home_->open()->add_file("main", wheel("demo", "2.0", "lost"), note("file.upload"),
                                              [] { ::kill(::getpid(), SIGKILL); }));
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  store_ = home_->open();
  EXPECT_EQ(state(), before);
  expect_sound_ledger(2);
  expect_added(wheel("demo", "2.0", "found"));
  expect_sound_ledger(3);
}

TEST_P(MetadataStoreContract, keeps_what_was_committed_before_a_crash) {
  store_.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = home_->open();
    if (store->add_file("main", wheel("demo", "1.0", "kept"), note("file.upload"), {}).ok()) {
      ::kill(::getpid(), SIGKILL);
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  store_ = home_->open();
  EXPECT_EQ(store().file("main", "demo-1.0-py3-none-any.whl")->sha256, Sha256::of("kept"));
  expect_sound_ledger(2);
}

// Tokens.

TEST_P(MetadataStoreContract, gives_back_every_field_of_a_token) {
  const auto added = store().add_token(token("secret"), note("token.create"));
  ASSERT_TRUE(added.ok());
  Token bare = token("other");
  bare.project = std::nullopt;
  bare.expires = std::nullopt;
  ASSERT_TRUE(store().add_token(bare, note("token.create")).ok());
  const auto tokens = store().tokens();
  ASSERT_TRUE(tokens.ok());
  ASSERT_EQ(tokens->size(), 2U);
  const Token& first = tokens->front();
  EXPECT_EQ(first.id, added->id);
  EXPECT_EQ(first.label, "ci of demo");
  EXPECT_EQ(first.hash, Sha256::of("secret"));
  EXPECT_EQ(first.permissions.str(), "read,upload");
  EXPECT_EQ(first.project, "demo");
  EXPECT_EQ(first.created, at(10));
  EXPECT_EQ(first.expires, at(20));
  EXPECT_EQ(first.last_used, std::nullopt);
  EXPECT_EQ(first.revoked, std::nullopt);
  EXPECT_EQ(tokens->back().project, std::nullopt);
  EXPECT_EQ(tokens->back().expires, std::nullopt);
  EXPECT_GT(tokens->back().id, first.id);
}

TEST_P(MetadataStoreContract, refuses_a_token_that_was_issued_before) {
  ASSERT_TRUE(store().add_token(token("secret"), note("token.create")).ok());
  const State before = state();
  const auto again = store().add_token(token("secret"), note("token.create"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(again.error().message, "this token was issued before");
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, revokes_a_token_once) {
  const auto added = store().add_token(token("secret"), note("token.create"));
  ASSERT_TRUE(store().revoke_token(added->id, note("token.revoke"), at(15)).ok());
  EXPECT_EQ(store().tokens()->front().revoked, at(15));
  const State before = state();
  const auto again = store().revoke_token(added->id, note("token.revoke"), at(16));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(again.error().message,
            fmt::format("token {} was revoked at 1970-01-01T00:00:00.000015Z", added->id));
  const auto unknown = store().revoke_token(4711, note("token.revoke"), at(16));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, Errc::not_found);
  EXPECT_EQ(unknown.error().message, "there is no token 4711");
  EXPECT_EQ(state(), before);
  EXPECT_EQ(store().tokens()->front().revoked, at(15));
}

TEST_P(MetadataStoreContract, binds_a_token_to_an_index_and_a_user_that_are_there) {
  Token bound = token("bound");
  bound.index = "main";
  bound.user = "alice";
  const auto refused = store().add_token(bound, note("token.create"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "there is no user \"alice\"");
  EXPECT_TRUE(store().tokens()->empty());
  ASSERT_TRUE(store().add_user(user("alice"), note("user.create")).ok());
  ASSERT_TRUE(store().add_token(bound, note("token.create")).ok());
  EXPECT_EQ(store().tokens()->front().index, "main");
  EXPECT_EQ(store().tokens()->front().user, "alice");
  bound.hash = Sha256::of("other");
  bound.index = "absent";
  EXPECT_EQ(store().add_token(bound, note("token.create")).error().message, "there is no index \"absent\"");
  EXPECT_EQ(store().tokens()->size(), 1U);
  expect_sound_ledger(3);
}

TEST_P(MetadataStoreContract, counts_what_an_index_and_a_project_hold) {
  EXPECT_EQ(store().totals("main", "demo")->files, 0U);
  expect_added(wheel("demo", "1.0", "12345"));
  expect_added(wheel("demo", "2.0", "123"));
  expect_added(wheel("other", "1.0", "1"));
  const auto totals = store().totals("main", "demo");
  ASSERT_TRUE(totals.ok());
  EXPECT_EQ(totals->projects, 2U);
  EXPECT_EQ(totals->files, 2U);
  EXPECT_EQ(totals->bytes, 8U);
  EXPECT_EQ(store().totals("absent", "demo").error().code, Errc::not_found);
}

TEST_P(MetadataStoreContract, takes_no_more_than_there_is_room_for_also_at_once) {
  constexpr int writers = 6;
  std::vector<std::thread> threads;
  std::atomic<int> added = 0;
  std::atomic<int> refused = 0;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&, i] {
      auto file = wheel("demo", fmt::format("1.{}", i), "bytes");
      file.room = Quotas{.files_per_project = 2};
      const auto outcome = store().add_file("main", file, note("file.upload"), {});
      if (outcome.ok()) ++added;
      if (!outcome.ok() && outcome.error().code == Errc::too_large) ++refused;
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(added, 2);
  EXPECT_EQ(refused, writers - 2);
  EXPECT_EQ(store().totals("main", "demo")->files, 2U);
  expect_sound_ledger(3);
}

TEST_P(MetadataStoreContract, leaves_nothing_of_a_file_for_which_there_is_no_room) {
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

TEST_P(MetadataStoreContract, joins_a_file_to_the_release_whose_version_is_equal) {
  expect_added(wheel("demo", "1.0", "a"));
  expect_added(wheel("demo", "1.0.0", "b"));
  expect_added(wheel("demo", "1.0.post0", "c"));
  auto project = store().project("main", "demo");
  ASSERT_EQ(project->releases.size(), 2U);
  EXPECT_EQ(project->releases[0].version, "1.0");
  EXPECT_EQ(project->releases[1].version, "1.0.post0");
  EXPECT_EQ(store().file("main", "demo-1.0.0-py3-none-any.whl")->version, "1.0");

  EXPECT_TRUE(*store().yank_release("main", "demo", "1", "broken", note("release.yank"), at(5)));
  project = store().project("main", "demo");
  EXPECT_EQ(project->files[0].yanked, "broken");
  EXPECT_EQ(project->files[1].yanked, "broken");
  EXPECT_EQ(project->files[2].yanked, std::nullopt);
}

// Users and roles.

TEST_P(MetadataStoreContract, gives_back_every_field_of_a_user) {
  ASSERT_TRUE(store().add_user(user("zoe"), note("user.create")).ok());
  User bare{.id = 0, .name = "bob", .password = {}, .permissions = {}, .created = at(11), .disabled = {}};
  ASSERT_TRUE(store().add_user(bare, note("user.create")).ok());
  const auto access = store().access();
  ASSERT_TRUE(access.ok());
  ASSERT_EQ(access->users.size(), 2U);
  EXPECT_EQ(access->users[0].name, "bob");
  EXPECT_TRUE(access->users[0].password.empty());
  EXPECT_TRUE(access->users[0].permissions.empty());
  EXPECT_EQ(access->users[1].name, "zoe");
  EXPECT_EQ(access->users[1].password, user("zoe").password);
  EXPECT_EQ(access->users[1].permissions, Permissions{Permission::read});
  EXPECT_EQ(access->users[1].created, at(10));
  expect_sound_ledger(3);
}

TEST_P(MetadataStoreContract, refuses_a_user_name_that_is_taken) {
  ASSERT_TRUE(store().add_user(user("alice"), note("user.create")).ok());
  const State before = state();
  const auto again = store().add_user(user("alice"), note("user.create"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(again.error().message, "there is a user \"alice\" already");
  EXPECT_EQ(state(), before);
}

TEST_P(MetadataStoreContract, changes_of_a_user_what_is_asked_for_and_keeps_the_rest) {
  ASSERT_TRUE(store().add_user(user("alice"), note("user.create")).ok());
  const auto disabled = store().change_user("alice", {.disabled = true}, note("user.disable"), at(20));
  ASSERT_TRUE(disabled.ok());
  EXPECT_EQ(disabled->disabled, at(20));
  EXPECT_EQ(disabled->password, user("alice").password);
  const Permissions wider{Permission::read, Permission::upload};
  ASSERT_TRUE(store().change_user("alice", {.permissions = wider}, note("user.change"), at(21)).ok());
  ASSERT_TRUE(store().change_user("alice", {.password = Secret{}}, note("user.password"), at(22)).ok());
  const User kept = store().access()->users.front();
  EXPECT_EQ(kept.disabled, at(20));
  EXPECT_EQ(kept.permissions, wider);
  EXPECT_TRUE(kept.password.empty());
  EXPECT_EQ(store().change_user("bob", {}, note("user.change"), at(23)).error().code, Errc::not_found);
  expect_sound_ledger(5);
}

TEST_P(MetadataStoreContract, a_user_has_one_role_in_a_project) {
  ASSERT_TRUE(store().add_user(user("alice"), note("user.create")).ok());
  ASSERT_TRUE(store().set_role("main", "demo", "alice", Role::maintainer, note("role.grant"), at(20)).ok());
  ASSERT_TRUE(store().set_role("main", "demo", "alice", Role::owner, note("role.grant"), at(21)).ok());
  const auto roles = store().access()->roles;
  ASSERT_EQ(roles.size(), 1U);
  EXPECT_EQ(roles[0].index, "main");
  EXPECT_EQ(roles[0].project, "demo");
  EXPECT_EQ(roles[0].user, "alice");
  EXPECT_EQ(roles[0].role, Role::owner);
  ASSERT_TRUE(store().set_role("main", "demo", "alice", {}, note("role.revoke"), at(22)).ok());
  EXPECT_TRUE(store().access()->roles.empty());
  const State before = state();
  EXPECT_EQ(store().set_role("main", "demo", "alice", {}, note("role.revoke"), at(23)).error().message,
            "\"alice\" has no role in \"demo\"");
  EXPECT_EQ(store().set_role("main", "demo", "bob", Role::owner, note("role.grant"), at(23)).error().code,
            Errc::not_found);
  EXPECT_EQ(store().set_role("none", "demo", "alice", Role::owner, note("role.grant"), at(23)).error().code,
            Errc::not_found);
  EXPECT_EQ(state(), before);
  expect_sound_ledger(5);
}

TEST_P(MetadataStoreContract, remembers_the_latest_use_of_a_token_outside_the_ledger) {
  const auto added = store().add_token(token("secret"), note("token.create"));
  ASSERT_TRUE(store().touch_token(added->id, at(60)).ok());
  ASSERT_TRUE(store().touch_token(added->id, at(30)).ok());
  EXPECT_EQ(store().tokens()->front().last_used, at(60));
  EXPECT_EQ(store().touch_token(4711, at(60)).error().code, Errc::not_found);
  expect_sound_ledger(2);
}

// The ledger.

TEST_P(MetadataStoreContract, records_every_field_of_a_change_in_a_chain) {
  NewFile file = wheel("demo", "1.0", "bytes");
  file.warnings.emplace_back("no licence");
  LedgerNote told = note("file.upload");
  told.reason = "release ü";
  told.detail = {{"b", 2}, {"a", {{"deep", true}}}};
  ASSERT_TRUE(store().add_file("main", file, told, {}).ok());
  const auto entries = store().ledger(0, 10);
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().sequence, 1);
  EXPECT_EQ(entries->front().previous, std::string(64, '0'));
  EXPECT_EQ(entries->front().time, at(1));
  const LedgerEntry& entry = entries->back();
  EXPECT_EQ(entry.sequence, 2);
  EXPECT_EQ(entry.time, file.file.uploaded);
  EXPECT_EQ(entry.note.actor.kind, "token");
  EXPECT_EQ(entry.note.actor.id, "1");
  EXPECT_EQ(entry.note.actor.address, "192.0.2.1");
  EXPECT_EQ(entry.note.action, "file.upload");
  EXPECT_EQ(entry.note.subject, "main");
  EXPECT_EQ(entry.note.reason, "release ü");
  EXPECT_EQ(json::canonical(entry.note.detail), R"({"a":{"deep":true},"b":2,"warnings":["no licence"]})");
  EXPECT_EQ(entry.previous, entries->front().hash);
  EXPECT_EQ(entry.hash, ledger_hash(entry));
}

TEST_P(MetadataStoreContract, gives_the_ledger_in_pages) {
  for (int i = 0; i < 4; ++i)
    expect_added(wheel("demo", std::to_string(i), "x"));
  const auto page = store().ledger(2, 2);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->size(), 2U);
  EXPECT_EQ(page->front().sequence, 3);
  EXPECT_EQ(page->back().sequence, 4);
  EXPECT_TRUE(store().ledger(5, 10)->empty());
  EXPECT_TRUE(store().ledger(0, 0)->empty());
}

TEST_P(MetadataStoreContract, finds_the_entry_of_the_ledger_that_was_rewritten) {
  for (int i = 0; i < 9; ++i)
    expect_added(wheel("demo", std::to_string(i), "x"));
  const LedgerEntry entry = store().ledger(4, 1)->front();
  const std::vector<std::pair<std::string, std::string>> changes{
      {"reason", "a lie"},      {"actor_id", "2"},       {"actor_kind", "system"},
      {"actor_address", "::1"}, {"action", "file.none"}, {"subject", "another"},
      {"detail", "{\"x\":1}"},  {"time", "77"},          {"hash", std::string(64, 'a')}};
  for (const auto& [column, value] : changes) {
    home_->rewrite_ledger(5, column, value);
    const auto verified = verify_ledger(store());
    ASSERT_FALSE(verified.ok()) << column;
    EXPECT_EQ(verified.error().code, Errc::conflict);
    EXPECT_TRUE(verified.error().message.starts_with("the ledger is broken at entry 5: its contents give "))
        << verified.error().message;
    home_->rewrite_ledger(5, "reason", entry.note.reason);
    home_->rewrite_ledger(5, "actor_id", entry.note.actor.id);
    home_->rewrite_ledger(5, "actor_kind", entry.note.actor.kind);
    home_->rewrite_ledger(5, "actor_address", entry.note.actor.address);
    home_->rewrite_ledger(5, "action", entry.note.action);
    home_->rewrite_ledger(5, "subject", entry.note.subject);
    home_->rewrite_ledger(5, "detail", json::canonical(entry.note.detail));
    home_->rewrite_ledger(5, "time", std::to_string(entry.time.time_since_epoch().count()));
    home_->rewrite_ledger(5, "hash", entry.hash);
  }
  expect_sound_ledger(10);
}

TEST_P(MetadataStoreContract, finds_the_place_where_a_whole_entry_was_forged) {
  for (int i = 0; i < 9; ++i)
    expect_added(wheel("demo", std::to_string(i), "x"));
  LedgerEntry forged = store().ledger(4, 1)->front();
  forged.note.reason = "a lie";
  home_->rewrite_ledger(5, "reason", forged.note.reason);
  home_->rewrite_ledger(5, "hash", ledger_hash(forged));
  const auto verified = verify_ledger(store());
  ASSERT_FALSE(verified.ok());
  EXPECT_TRUE(verified.error().message.starts_with("the ledger is broken at entry 6: it follows "))
      << verified.error().message;
}

TEST_P(MetadataStoreContract, finds_the_entry_of_the_ledger_that_was_removed) {
  for (int i = 0; i < 9; ++i)
    expect_added(wheel("demo", std::to_string(i), "x"));
  home_->cut_ledger(5);
  const auto verified = verify_ledger(store());
  ASSERT_FALSE(verified.ok());
  EXPECT_EQ(verified.error().message,
            "the ledger is broken at entry 5: it is missing, the next one found is 6");
}

TEST_P(MetadataStoreContract, names_an_entry_whose_detail_is_no_json_object) {
  expect_added(wheel("demo", "1", "x"));
  home_->rewrite_ledger(2, "detail", "[]");
  EXPECT_EQ(verify_ledger(store()).error().message,
            "the ledger is broken at entry 2: its detail is no JSON object");
}

// What the database itself refuses, should the program ever try.

TEST_P(MetadataStoreContract, guards_the_ledger_and_the_files_within_the_database) {
  expect_added(wheel("demo", "1.0", "bytes"));
  expect_added(wheel("demo", "2.0", "bytes"));
  ASSERT_TRUE(store().delete_file("main", "demo-2.0-py3-none-any.whl", note("file.delete"), at(5)).ok());
  const auto added = store().add_token(token("secret"), note("token.create"));
  ASSERT_TRUE(store().revoke_token(added->id, note("token.revoke"), at(15)).ok());
  ASSERT_TRUE(store().add_user(user("alice"), note("user.create")).ok());
  const State before = state();
  const std::string second_link =
      "INSERT INTO ledger SELECT sequence + 1, time, actor_kind, actor_id, actor_address, action, subject, "
      "reason, detail, previous, hash FROM ledger WHERE sequence = 7";
  const std::string burned_again =
      "INSERT INTO files (index_id, release_id, filename, kind, sha256, blake2b_256, size, uploaded) SELECT "
      "index_id, release_id, 'demo-2.0-py3-none-any.whl', kind, sha256, blake2b_256, size, uploaded FROM "
      "files";
  const std::string keys_or_checks;  // each database has its own words for those
  const std::vector<std::pair<std::string, std::string>> refused{
      {"UPDATE ledger SET reason = 'a lie' WHERE sequence = 1", "the ledger is append-only"},
      {"DELETE FROM ledger WHERE sequence = 6", "the ledger is append-only"},
      {second_link, "the ledger is append-only"},
      {"UPDATE files SET size = 1", "a file never changes"},
      {"UPDATE files SET filename = 'x'", "a file never changes"},
      {"UPDATE files SET uploaded = 1", "a file never changes"},
      {"UPDATE burned_filenames SET filename = 'x'", "a burned filename stays burned"},
      {"DELETE FROM burned_filenames", "a burned filename stays burned"},
      {burned_again, "a burned filename stays burned"},
      {"UPDATE tokens SET permissions = 'admin'", "a token never changes"},
      {"UPDATE tokens SET expires = NULL", "a token never changes"},
      {"UPDATE tokens SET revoked = NULL", "a revoked token stays revoked"},
      {"UPDATE tokens SET index_id = NULL", "a token never changes"},
      {"UPDATE tokens SET user_id = NULL", "a token never changes"},
      {"UPDATE users SET name = 'mallory'", "a user keeps their name"},
      {"DELETE FROM users", "a user is disabled, never removed"},
      {"DELETE FROM projects", keys_or_checks},
      {"DELETE FROM releases WHERE id = 1", keys_or_checks},
      {"INSERT INTO releases (index_id, project_id, version, created) VALUES (4711, 1, 'x', 0)",
       keys_or_checks},
      {"UPDATE indexes SET serial = -1", keys_or_checks}};
  for (const auto& [statement, reason] : refused) {
    const std::string refusal = home_->refusal(statement);
    EXPECT_NE(refusal, "") << statement;
    EXPECT_NE(refusal.find(reason), std::string::npos) << statement << ": " << refusal;
  }
  EXPECT_EQ(state(), before);
  EXPECT_EQ(store().tokens()->front().revoked, at(15));
  expect_sound_ledger(7);
}

}  // namespace packhouse::testing
