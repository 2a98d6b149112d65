#include "store/sqlite/open.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "store/ledger.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/store_error.hpp"
#include "store/testing/raw_sqlite.hpp"
#include "store/testing/scratch_folder.hpp"

namespace packhouse {
namespace {

using testing::RawSqlite;
using testing::ScratchFolder;

const LedgerNote note{.actor = {.kind = "console", .id = "root", .address = {}},
                      .action = "index.create",
                      .subject = "main",
                      .reason = {},
                      .detail = {}};

class OpenSqliteStore : public ::testing::Test {
 protected:
  std::string path(const std::string& name = "packhouse.db") const {
    return (folder_.path() / name).native();
  }

  Error refusal(const std::string& path) {
    const auto opened = open_sqlite_store(path);
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? Error{} : opened.error();
  }

  static void expect_usable(const std::string& path) {
    const auto store = open_sqlite_store(path);
    ASSERT_TRUE(store.ok()) << store.error().message;
    ASSERT_TRUE((*store)->catalog().ensure_index("main", note, Timestamp{}).ok());
    EXPECT_EQ(*(*store)->catalog().serial("main"), 0);
  }

  ScratchFolder folder_;
};

TEST_F(OpenSqliteStore, makes_files_that_only_the_owner_can_read) {
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->catalog().ensure_index("main", note, Timestamp{}).ok());
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) {
    struct stat info{};
    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 3U) << "the database, its WAL and its shared memory";
}

TEST_F(OpenSqliteStore, writes_ahead_and_records_the_schema) {
  expect_usable(path());
  RawSqlite raw{path()};
  EXPECT_EQ(raw.ask("PRAGMA journal_mode"), "wal");
  std::string steps;
  for (const auto& step : sqlite::migrations())
    steps += fmt::format("{}{} {}", steps.empty() ? "" : ",", step.version, step.name);
  EXPECT_EQ(raw.ask("SELECT group_concat(version || ' ' || name) FROM schema_version"), steps);
  EXPECT_EQ(raw.ask("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(raw.ask("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
                    "AND sql NOT LIKE '%STRICT%'"),
            "0");
}

TEST_F(OpenSqliteStore, opens_paths_with_blanks_and_signs) {
  for (const char* name : {"a b.db", "a  b c=d;e.db", "timeout=1 db=x", "grün'.db"}) {
    expect_usable(path(name));
    EXPECT_TRUE(std::filesystem::exists(path(name))) << name;
  }
}

TEST_F(OpenSqliteStore, refuses_a_path_with_a_quote) {
  const Error error = refusal(path("a\"b"));
  EXPECT_EQ(error.code, Errc::invalid_input);
  EXPECT_EQ(error.message, "expected a path without '\"', found " + quote(path("a\"b"), 300));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(OpenSqliteStore, is_unavailable_in_a_missing_folder) {
  const Error error = refusal(path("none/packhouse.db"));
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_EQ(error.message, "cannot make the database " + quote(path("none/packhouse.db"), 300) +
                               ": No such file or directory");
}

TEST_F(OpenSqliteStore, refuses_a_file_that_is_no_database_and_leaves_it_alone) {
  const std::string text(4096, 'x');
  std::ofstream{path()} << text;
  const Error error = refusal(path());
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_EQ(error.message,
            "expected a database of packhouse at " + quote(path(), 300) + ", found another file");
  std::ifstream file{path()};
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>{file}, {}), text);
}

TEST_F(OpenSqliteStore, refuses_the_database_of_another_program_and_leaves_it_alone) {
  RawSqlite{path()}.run("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  const Error error = refusal(path());
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_EQ(error.message,
            "expected a database of packhouse at " + quote(path(), 300) + ", found another program's");
  RawSqlite raw{path()};
  EXPECT_EQ(raw.ask("PRAGMA journal_mode"), "delete");
  EXPECT_EQ(raw.ask("SELECT group_concat(name) FROM sqlite_master"), "theirs");
}

TEST_F(OpenSqliteStore, refuses_the_database_of_a_newer_program) {
  expect_usable(path());
  const auto known = sqlite::migrations().size();
  RawSqlite{path()}.run(fmt::format("INSERT INTO schema_version VALUES ({}, '9999_later', 0)", known + 1));
  const Error error = refusal(path());
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_EQ(error.message, fmt::format("the database {} has schema {}, this program knows {} at most",
                                       quote(path(), 300), known + 1, known));
  EXPECT_EQ(error.hint,
            "a newer packhouse made it: use that one, or restore a backup made before the upgrade, such as "
            "packhouse.db.before-N in the same folder");
}

TEST_F(OpenSqliteStore, copies_what_is_committed_while_it_is_in_use) {
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE((*store)->catalog().ensure_index("main", note, Timestamp{}).ok());
  ASSERT_TRUE(copy_sqlite_database(path(), path("it's a copy")).ok());
  EXPECT_EQ(copy_sqlite_database(path(), path("it's a copy")).error().code, Errc::conflict);
  ASSERT_TRUE((*store)->catalog().ensure_index("later", note, Timestamp{}).ok());

  const auto copy = read_sqlite_copy(path("it's a copy"));
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  EXPECT_EQ(*(*copy)->catalog().indexes(), std::vector<std::string>{"main"});
  EXPECT_EQ(*verify_ledger((*copy)->ledger()), 1);
  EXPECT_TRUE((*copy)->damage()->empty());
}

TEST_F(OpenSqliteStore, reads_a_copy_without_a_file_beside_it_and_changes_nothing) {
  expect_usable(path("home.db"));
  ASSERT_TRUE(copy_sqlite_database(path("home.db"), path("100%?#.db")).ok());
  const auto copy = read_sqlite_copy(path("100%?#.db"));
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  const auto refused = (*copy)->catalog().ensure_index("other", note, Timestamp{});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_FALSE(std::filesystem::exists(path("100%?#.db-wal")));
  EXPECT_FALSE(std::filesystem::exists(path("100%?#.db-shm")));
}

TEST_F(OpenSqliteStore, knows_the_schema_of_an_older_database_and_reads_none) {
  RawSqlite raw{path()};
  raw.run(
      "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied INTEGER NOT "
      "NULL) "
      "STRICT; INSERT INTO schema_version VALUES (3, '0003_people', 0); PRAGMA application_id = 1347110995");
  EXPECT_EQ(sqlite_schema(path())->found, 3);
  EXPECT_EQ(sqlite_schema(path())->known, static_cast<std::int64_t>(sqlite::migrations().size()));
  EXPECT_EQ(read_sqlite_copy(path()).error().code, Errc::conflict);
  RawSqlite{path("theirs.db")}.run("CREATE TABLE theirs (x)");
  EXPECT_EQ(sqlite_schema(path("theirs.db")).error().code, Errc::conflict);
}

TEST_F(OpenSqliteStore, a_probe_finds_a_database_that_is_gone_and_makes_none) {
  expect_usable(path());
  EXPECT_TRUE(probe_sqlite_database(path()).ok());
  std::filesystem::remove(path());
  EXPECT_EQ(probe_sqlite_database(path()).error().code, Errc::unavailable);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(OpenSqliteStore, is_created_once_by_concurrent_openers) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] { expect_usable(path()); });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(RawSqlite{path()}.ask("SELECT count(*) FROM schema_version"),
            std::to_string(sqlite::migrations().size()));
}

TEST_F(OpenSqliteStore, a_blocked_writer_times_out_while_reading_works) {
  const auto store = open_sqlite_store(path(), std::chrono::milliseconds{20});
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->catalog().ensure_index("main", note, Timestamp{}).ok());
  {
    RawSqlite other{path()};
    other.run("BEGIN IMMEDIATE");
    const auto refused = (*store)->catalog().ensure_index("other", note, Timestamp{});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_EQ(refused.error().message, "another process has been writing to the database for too long");
    EXPECT_EQ(*(*store)->catalog().serial("main"), 0);
  }
  EXPECT_TRUE(*(*store)->catalog().ensure_index("other", note, Timestamp{}));
}

TEST_F(OpenSqliteStore, a_shortage_of_descriptors_is_no_fault_of_the_database) {
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = (*store)->catalog().ensure_index("main", note, Timestamp{});
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_EQ(refused.error().message, "the server has no file descriptor left");
  EXPECT_TRUE(*(*store)->catalog().ensure_index("main", note, Timestamp{}));
}

TEST_F(OpenSqliteStore, counts_what_it_holds) {
  EXPECT_EQ(sqlite_statistics(path()).error().code, Errc::unavailable) << "there is none";
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->catalog().ensure_index("main", note, Timestamp{std::chrono::seconds{7}}).ok());
  RawSqlite{path()}.run(
      "INSERT INTO projects (index_id, name, serial, created, files, bytes) VALUES (1, 'a', 1, 0, 2, 30), "
      "(1, 'b', 2, 0, 1, 4), (1, 'gone', 3, 0, 0, 0)");
  const auto found = sqlite_statistics(path());
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->projects, 2);
  EXPECT_EQ(found->files, 3);
  EXPECT_EQ(found->bytes, 34);
  EXPECT_EQ(found->open_sessions, 0);
  EXPECT_EQ(found->ledger_entries, 1);
  EXPECT_EQ(found->last_entry, 7'000'000);
}

TEST_F(OpenSqliteStore, throws_when_the_database_is_damaged_underneath) {
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok());
  RawSqlite{path()}.run("DROP TABLE tokens");
  EXPECT_THROW(static_cast<void>((*store)->access().tokens()), StoreError);
  // Another call gets a new connection and works.
  EXPECT_TRUE((*store)->catalog().ensure_index("main", note, Timestamp{}).ok());
}

TEST_F(OpenSqliteStore, throws_for_a_row_that_packhouse_did_not_write) {
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok());
  RawSqlite{path()}.run(
      "INSERT INTO tokens (label, hash, permissions, created) VALUES ('x', printf('%064d', 0), 'root', 0)");
  try {
    static_cast<void>((*store)->access().tokens());
    FAIL() << "no exception";
  } catch (const StoreError& error) {
    EXPECT_STREQ(
        error.what(),
        "the database holds what packhouse did not write: expected a permission (read, upload, stage, "
        "smoke, publish, yank, admin), found \"root\"");
  }
}

TEST_F(OpenSqliteStore, throws_for_a_release_name_that_packhouse_did_not_write) {
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->catalog().ensure_index("main", note, Timestamp{}).ok());
  RawSqlite{path()}.run(
      "INSERT INTO projects (index_id, name, serial, created) VALUES (1, 'demo', 1, 0); "
      "INSERT INTO releases (index_id, project_id, version, identity, created, closes) "
      "VALUES (1, 1, 'one', 'one', 0, 0)");
  EXPECT_THROW(static_cast<void>((*store)->catalog().project("main", "demo")), StoreError);
}

/// A database as the program left it before releases had an identity: main with demo 1.0, 1.0.0, 1.0.0.0
/// and 2.0, one file each.
void make_database_of_before(const std::string& path) {
  RawSqlite raw{path};
  raw.run(
      "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
      "applied INTEGER NOT NULL) STRICT");
  for (const auto& step : sqlite::migrations().first(4)) {
    raw.run(std::string(step.sql));
    raw.run(fmt::format("INSERT INTO schema_version VALUES ({}, '{}', 0)", step.version, step.name));
  }
  raw.run(
      "PRAGMA application_id = 0x504B4853; INSERT INTO indexes (name, serial, created) VALUES ('main', 4, "
      "0); "
      "INSERT INTO projects (index_id, name, serial, created) VALUES (1, 'demo', 4, 0)");
  int id = 0;
  for (const char* version : {"1.0", "1.0.0", "1.0.0.0", "2.0"}) {
    raw.run(fmt::format(
        "INSERT INTO releases (index_id, project_id, version, created) VALUES (1, 1, '{0}', 0); "
        "INSERT INTO files (index_id, release_id, filename, kind, sha256, blake2b_256, size, uploaded) "
        "VALUES (1, {1}, 'demo-{0}.tar.gz', 'sdist', printf('%064d', {1}), printf('%064d', 0), 1, 0)",
        version, ++id));
  }
}

/// "FILENAME RELEASE YANKED WITHHELD", each file a line.
std::string files_of_demo(MetadataStore& store) {
  std::string lines;
  for (const auto& file : store.catalog().project("main", "demo")->files) {
    lines += fmt::format("{} {} {} {}\n", file.filename, file.release.version.str(),
                         file.yanked.value_or("-"), file.withheld.value_or("-"));
  }
  return lines;
}

TEST_F(OpenSqliteStore, merges_old_releases_whose_versions_are_equal) {
  make_database_of_before(path());
  {
    const auto store = open_sqlite_store(path());
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ((*store)->catalog().project("main", "demo")->releases.size(), 2U);
    EXPECT_EQ(files_of_demo(**store),
              "demo-1.0.0.0.tar.gz 1.0 - -\ndemo-1.0.0.tar.gz 1.0 - -\ndemo-1.0.tar.gz 1.0 - -\n"
              "demo-2.0.tar.gz 2.0 - -\n");
    EXPECT_EQ(*(*store)->catalog().serial("main"), 6) << "each joining is a change that mirrors must see";
    const auto entries = *(*store)->ledger().entries(0, 10);
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].note.action, "release.join");
    EXPECT_EQ(entries[0].note.subject, "main/demo/1.0.0");
    EXPECT_EQ(json::canonical(entries[0].note.detail), R"({"into":"1.0"})");
    EXPECT_EQ(*verify_ledger((*store)->ledger()), 2);
  }
  const auto again = open_sqlite_store(path());
  EXPECT_EQ((*again)->ledger().entries(0, 10)->size(), 2U) << "it is done once";
  const std::string never{"a file never changes"};
  EXPECT_EQ(RawSqlite{path()}.refusal("UPDATE files SET release_id = 4 WHERE id = 1"), never);
}

TEST_F(OpenSqliteStore, counts_the_files_of_projects_of_before) {
  make_database_of_before(path());
  RawSqlite{path()}.run("INSERT INTO projects (index_id, name, serial, created) VALUES (1, 'empty', 4, 0)");
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok()) << store.error().message;
  const auto totals = (*store)->files().totals("main", *ProjectName::parse("demo"));
  EXPECT_EQ(totals->files, 4U);
  EXPECT_EQ(totals->bytes, 4U);
  EXPECT_EQ(totals->index_bytes, 4U);
  EXPECT_EQ((*store)->files().totals("main", *ProjectName::parse("empty"))->files, 0U);
}

TEST_F(OpenSqliteStore, keeps_files_of_merged_releases_yanked_and_blocked) {
  make_database_of_before(path());
  RawSqlite{path()}.run(
      "UPDATE releases SET yanked = 'old' WHERE version = '1.0'; "
      "UPDATE releases SET blocked = 'secret' WHERE version = '1.0.0.0'");
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok()) << store.error().message;
  const std::string blocked{"release 1.0 of demo is blocked: secret"};
  EXPECT_EQ(files_of_demo(**store), fmt::format("demo-1.0.0.0.tar.gz 1.0 - {0}\ndemo-1.0.0.tar.gz 1.0 - {0}\n"
                                                "demo-1.0.tar.gz 1.0 old {0}\ndemo-2.0.tar.gz 2.0 - -\n",
                                                blocked));
}

TEST_F(OpenSqliteStore, keeps_of_old_session_tokens_only_hashes_and_learns_who_made_a_token) {
  make_database_of_before(path());
  const Secret token{"phs_of_before"};
  RawSqlite{path()}.run(fmt::format(
      "INSERT INTO sessions (index_id, project, version, token, token_hash, owner_kind, owner_id, status, "
      "created, expires) VALUES (1, 'fresh', '1.0', '{}', '{}', 'token', '1', 'open', 0, 100); "
      "INSERT INTO users (name, permissions, created) VALUES ('alice', 'admin', 0); "
      "INSERT INTO tokens (label, hash, permissions, created) VALUES "
      "('hers', printf('%064d', 1), 'read', 0), ('another', printf('1%063d', 2), 'read', 0); "
      "INSERT INTO ledger VALUES (1, 0, 'user', 'alice', '', 'token.create', 'token/0000000000000000', '', "
      "'{{}}', "
      "printf('%064d', 0), printf('%064d', 1))",
      token.reveal(), Sha256::of(token.reveal()).hex()));
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok()) << store.error().message;
  const auto session = (*store)->sessions().find("main", token, Timestamp{});
  ASSERT_TRUE(session.ok()) << session.error().message;
  EXPECT_EQ(session->token, token);
  RawSqlite raw{path()};
  EXPECT_EQ(raw.ask("SELECT count(*) FROM pragma_table_info('sessions') WHERE name = 'token'"), "0");
  EXPECT_EQ(raw.ask("SELECT group_concat(coalesce(made_by, '-')) FROM tokens"), "1,-");
}

TEST_F(OpenSqliteStore, closes_old_releases_as_if_they_had_been_uploaded_file_by_file) {
  make_database_of_before(path());
  RawSqlite{path()}.run(
      "INSERT INTO burned_filenames (index_id, filename, sha256, deleted) "
      "VALUES (1, 'demo-2.0.0-py3-none-any.whl', printf('%064d', 9), 1)");
  const auto store = open_sqlite_store(path());
  ASSERT_TRUE(store.ok()) << store.error().message;
  const auto takes = [&](std::string_view version, std::string_view filename, std::chrono::days since) {
    const auto release = *ReleaseName::parse("demo", version);
    return (*store)->files().can_add("main", release, filename, Timestamp{since}).ok();
  };
  EXPECT_TRUE(takes("1.0", "demo-1.0-py3-none-any.whl", std::chrono::days{13}));
  EXPECT_FALSE(takes("1.0", "demo-1.0-py3-none-any.whl", std::chrono::days{14}));
  EXPECT_FALSE(takes("2.0", "demo-2.0-py3-none-any.whl", std::chrono::days{1})) << "a file of it was deleted";
  for (const char* another : {"demo-1.tar.gz", "demo-01.0.tar.gz"})
    EXPECT_FALSE(takes("1.0", another, std::chrono::days{1})) << another;
  EXPECT_TRUE(takes("1.0", "demo-1.0.0.0.tar.gz", std::chrono::days{1})) << "what is there stays";
}

}  // namespace
}  // namespace packhouse
