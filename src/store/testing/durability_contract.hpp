#pragma once

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <thread>

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every MetadataStore must do under threads, processes and crashes, and what its database refuses
/// should the program ever try.
class DurabilityContract : public MetadataStoreFixture {};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DurabilityContract);

TEST_P(DurabilityContract, keeps_a_change_invisible_until_it_is_committed) {
  const auto added = files().add("main", wheel("demo", "1.0", "bytes"), file_note("file.upload"), [&] {
    EXPECT_EQ(files().find("main", "demo-1.0-py3-none-any.whl").error().code, Errc::not_found);
    EXPECT_EQ(*catalog().serial("main"), 0);
    EXPECT_TRUE(catalog().projects("main", {}, 100)->empty());
  });
  ASSERT_TRUE(added.ok());
  EXPECT_TRUE(files().find("main", "demo-1.0-py3-none-any.whl").ok());
}

TEST_P(DurabilityContract, undoes_everything_when_before_commit_throws) {
  const State before = state();
  const auto failing = [] { throw std::runtime_error("no"); };
  EXPECT_THROW(
      static_cast<void>(files().add("main", wheel("demo", "1.0", "a"), file_note("file.upload"), failing)),
      std::runtime_error);
  EXPECT_EQ(state(), before);
  expect_added(wheel("demo", "1.0", "a"));
  expect_sound_ledger(2);
}

TEST_P(DurabilityContract, adds_a_file_once_when_eight_threads_race) {
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
  EXPECT_EQ(*catalog().serial("main"), 1);
  expect_sound_ledger(2);
}

TEST_P(DurabilityContract, shows_readers_one_snapshot_while_others_write) {
  std::jthread writer([&] {
    for (int i = 1; i <= 50; ++i)
      EXPECT_TRUE(add(wheel("demo", std::to_string(i), std::to_string(i))).ok());
  });
  for (std::int64_t seen = 0; seen < 50;) {
    const auto project = catalog().project("main", "demo");
    if (!project.ok()) continue;
    EXPECT_GE(project->serial, seen);
    seen = project->serial;
    EXPECT_EQ(project->files.size(), static_cast<std::size_t>(seen));
    EXPECT_EQ(project->releases.size(), static_cast<std::size_t>(seen));
  }
}

TEST_P(DurabilityContract, lets_two_processes_write_in_turns) {
  const auto other = home_->open();
  std::jthread writer([&] {
    for (int i = 0; i < 25; ++i) {
      EXPECT_TRUE(other->files()
                      .add("main", wheel("other", std::to_string(i), "o"), file_note("file.upload"), {})
                      .ok());
    }
  });
  for (int i = 0; i < 25; ++i)
    EXPECT_TRUE(add(wheel("demo", std::to_string(i), "d")).ok());
  writer.join();
  EXPECT_EQ(*catalog().serial("main"), 50);
  expect_sound_ledger(51);
}

TEST_P(DurabilityContract, counts_changes_of_another_process_and_not_its_own) {
  const auto other = home_->open();
  const std::int64_t before = store().change_counter();
  EXPECT_EQ(store().change_counter(), before);
  ASSERT_TRUE(other->files().add("main", wheel("demo", "1", "a"), file_note("file.upload"), {}).ok());
  const std::int64_t between = store().change_counter();
  EXPECT_GT(between, before);
  expect_added(wheel("demo", "2", "b"));
  const auto added = access().add_token(token("secret"), note("token.create"));
  ASSERT_TRUE(added.ok());
  ASSERT_TRUE(access().touch_token(added->id, at(60)).ok());
  EXPECT_FALSE(add(wheel("demo", "2", "other bytes")).ok());
  EXPECT_EQ(store().change_counter(), between) << "its own, the last of them rolled back";
  ASSERT_TRUE(other->files().add("main", wheel("demo", "3", "c"), file_note("file.upload"), {}).ok());
  expect_added(wheel("demo", "4", "d"));
  EXPECT_GT(store().change_counter(), between) << "followed by one of its own";
}

TEST_P(DurabilityContract, keeps_everything_when_opened_again) {
  expect_added(wheel("demo", "1.0", "bytes"));
  ASSERT_TRUE(access().add_token(token("secret"), note("token.create")).ok());
  ASSERT_TRUE(files().remove("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(5)).ok());
  expect_added(wheel("demo", "2.0", "more"));
  const State before = state();
  reopen();
  EXPECT_EQ(state(), before);
  EXPECT_EQ(add(wheel("demo", "1.0", "bytes")).error().code, Errc::conflict);
  EXPECT_EQ(access().tokens()->size(), 1U);
  expect_sound_ledger(5);
}

TEST_P(DurabilityContract, rolls_back_a_transaction_interrupted_by_a_crash) {
  expect_added(wheel("demo", "1.0", "bytes"));
  const State before = state();
  store_.reset();  // no connection must be shared with the child
  const pid_t child = ::fork();
  if (child == 0) {
    static_cast<void>(home_->open()->files().add(
        "main", wheel("demo", "2.0", "lost"), file_note("file.upload"), [] { ::kill(::getpid(), SIGKILL); }));
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

TEST_P(DurabilityContract, keeps_a_commit_before_a_crash) {
  store_.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = home_->open();
    if (store->files().add("main", wheel("demo", "1.0", "kept"), file_note("file.upload"), {}).ok()) {
      ::kill(::getpid(), SIGKILL);
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  store_ = home_->open();
  EXPECT_EQ(files().find("main", "demo-1.0-py3-none-any.whl")->sha256, Sha256::of("kept"));
  expect_sound_ledger(2);
}

TEST_P(DurabilityContract, guards_the_ledger_and_the_files_within_the_database) {
  expect_added(wheel("demo", "1.0", "bytes"));
  expect_added(wheel("demo", "2.0", "bytes"));
  ASSERT_TRUE(files().remove("main", "demo-2.0-py3-none-any.whl", note("file.delete"), at(5)).ok());
  const auto added = access().add_token(token("secret"), note("token.create"));
  ASSERT_TRUE(access().revoke_token(added->id, note("token.revoke"), at(15)).ok());
  ASSERT_TRUE(access().add_user(user("alice"), note("user.create")).ok());
  const State before = state();
  const std::string second_link =
      "INSERT INTO ledger SELECT sequence + 1, time, actor_kind, actor_id, actor_address, action, subject, "
      "reason, detail, previous, hash FROM ledger WHERE sequence = 7";
  const std::string retired_again =
      "INSERT INTO files (index_id, release_id, filename, kind, sha256, blake2b_256, size, uploaded, "
      "identity) SELECT index_id, release_id, 'demo-2.0-py3-none-any.whl', kind, sha256, blake2b_256, size, "
      "uploaded, 'x' FROM files";
  const std::string keys_or_checks;  // each database has its own words for those
  const std::vector<std::pair<std::string, std::string>> refused{
      {"UPDATE ledger SET reason = 'a lie' WHERE sequence = 1", "the ledger is append-only"},
      {"DELETE FROM ledger WHERE sequence = 6", "the ledger is append-only"},
      {second_link, "the ledger is append-only"},
      {"UPDATE files SET size = 1", "a file never changes"},
      {"UPDATE files SET filename = 'x'", "a file never changes"},
      {"UPDATE files SET identity = 'x'", "a file never changes"},
      {"UPDATE files SET uploaded = 1", "a file never changes"},
      {"UPDATE burned_filenames SET filename = 'x'", "a burned filename stays burned"},
      {"DELETE FROM burned_filenames", "a burned filename stays burned"},
      {retired_again, "a burned filename stays burned"},
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
  EXPECT_EQ(access().tokens()->front().revoked, at(15));
  expect_sound_ledger(7);
}

TEST_P(DurabilityContract, guards_closed_releases_and_projects_within_the_database) {
  expect_added(wheel("demo", "1.0", "a"));
  const std::string insert =
      "INSERT INTO files (index_id, release_id, filename, kind, sha256, blake2b_256, size, uploaded, "
      "identity) SELECT index_id, release_id, 'demo-1.0.tar.gz', kind, sha256, blake2b_256, size, uploaded, "
      "'x' FROM files";
  EXPECT_TRUE(*states().block_release("main", release_of("demo", "1.0"), "secret", note("n"), at(5)));
  EXPECT_NE(home_->refusal(insert).find("a blocked release takes no file"), std::string::npos);
  EXPECT_TRUE(*states().block_release("main", release_of("demo", "1.0"), std::nullopt, note("n"), at(5)));
  const ProjectState over{.status = ProjectStatus::archived};
  EXPECT_TRUE(*states().set_project_state("main", named("demo"), over, note("n"), at(5)));
  EXPECT_NE(home_->refusal(insert).find("a closed project takes no file"), std::string::npos);
  EXPECT_TRUE(*states().set_project_state("main", named("demo"), {}, note("n"), at(5)));
  EXPECT_EQ(home_->refusal("UPDATE releases SET closes = 0"), "");
  EXPECT_NE(home_->refusal(insert).find("a closed release takes no file"), std::string::npos);
  EXPECT_NE(home_->refusal("UPDATE releases SET closes = 1").find("a closed release stays closed"),
            std::string::npos);
}

}  // namespace packhouse::testing
