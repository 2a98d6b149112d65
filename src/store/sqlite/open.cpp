#include "store/sqlite/open.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <soci/soci.h>
// It includes sqlite3.h inside a namespace, so no other file may see both.
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "store/sql/sql_store.hpp"
#include "store/sqlite/migrations.hpp"

namespace packhouse {
namespace {

/// "PKHS" in the header of the file (PRAGMA application_id), so that no other program's database is migrated.
constexpr std::int64_t application_id = 0x504B4853;

sqlite_api::sqlite3* handle(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend&>(*session.get_backend()).conn_;
}

/// Any number of statements; SOCI itself runs only the first.
void run_script(soci::session& session, std::string_view script) {
  const std::string text{script};
  const int result = sqlite_api::sqlite3_exec(handle(session), text.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) {
    throw soci::sqlite3_soci_error(sqlite_api::sqlite3_errmsg(handle(session)), result);
  }
}

std::int64_t ask(soci::session& session, const std::string& query) {
  std::int64_t answer = 0;
  session << query, soci::into(answer);
  return answer;
}

void add_answers(soci::session& session, const std::string& query, std::vector<std::string>& answers) {
  const soci::rowset<std::string> rows = session.prepare << query;
  for (const auto& row : rows)
    answers.push_back(row);
}

int result_of(const soci::soci_error& error) {
  const auto* known = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  constexpr int primary = 0xFF;  // without SQLite's extension in the higher bytes
  return known == nullptr ? SQLITE_ERROR : known->result() & primary;
}

/// SQLite does not say why it could not open a file.
bool has_descriptors() {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

enum class Use {
  shared,  ///< read and written, by several processes
  copy,    ///< read, and written by none
};

struct Target {
  std::string path;
  std::chrono::milliseconds patience;
  Use use = Use::shared;
};

/// What SOCI passes to sqlite3_open_v2(). `immutable` reads without a lock and without the files beside the
/// database (https://sqlite.org/uri.html); three signs have a meaning in such an address.
std::string address_of(const Target& target) {
  if (target.use == Use::shared) return fmt::format("db=\"{}\"", target.path);
  std::string path;
  for (const char sign : target.path)
    path += sign == '%' || sign == '?' || sign == '#' ? fmt::format("%{:02x}", sign) : std::string(1, sign);
  return fmt::format("db=\"file:{}?immutable=1\" readonly=true", path);
}

/// Changes nothing in the file yet.
std::unique_ptr<soci::session> open_session(const Target& target) {
  // Quoted, because a path may hold blanks and '='.
  auto session = std::make_unique<soci::session>(soci::sqlite3, address_of(target));
  // trusted_schema: the triggers of a planted file call no function that could do harm.
  run_script(*session,
             fmt::format("PRAGMA busy_timeout = {}; PRAGMA trusted_schema = OFF", target.patience.count()));
  return session;
}

/// When two connections switch a new database to WAL at once, both fail immediately with "locked", whatever
/// the timeout.
void write_ahead(soci::session& session, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    try {
      return run_script(session, "PRAGMA journal_mode = WAL");
    } catch (const soci::soci_error& error) {
      if (result_of(error) != SQLITE_BUSY || std::chrono::steady_clock::now() >= deadline) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

/// WAL with FULL: a commit is on the disk when it returns, and readers do not wait for it.
void set_up(soci::session& session, const Target& target) {
  write_ahead(session, target.patience);
  run_script(session, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
}

std::unique_ptr<soci::session> connect_to(const Target& target) {
  auto session = open_session(target);
  if (target.use == Use::shared) set_up(*session, target);
  return session;
}

class SqliteDatabase final : public sql::Database {
 public:
  explicit SqliteDatabase(Target target) : target_(std::move(target)) {}

  std::unique_ptr<soci::session> connect() override { return connect_to(target_); }

  void begin_reading(soci::session& session) override { run_script(session, "BEGIN"); }

  // IMMEDIATE: a plain BEGIN that reads before it writes fails at once beside another writer, whatever the
  // timeout.
  void begin_writing(soci::session& session) override { run_script(session, "BEGIN IMMEDIATE"); }

  bool is_busy(const soci::soci_error& error) const override { return result_of(error) == SQLITE_BUSY; }

  std::int64_t data_version(soci::session& session) override { return ask(session, "PRAGMA data_version"); }

  std::vector<std::string> damage(soci::session& session) override {
    std::vector<std::string> found;
    try {
      add_answers(session, "PRAGMA integrity_check", found);
      std::erase(found, "ok");
      add_answers(
          session,
          "SELECT DISTINCT \"table\" || ' has a row without its ' || parent FROM pragma_foreign_key_check",
          found);
    } catch (const soci::soci_error& error) {
      if (result_of(error) != SQLITE_CORRUPT) throw;
      found.push_back(error.get_error_message());
    }
    return found;
  }

  std::optional<Error> shortage(const soci::soci_error& error) const override {
    if (result_of(error) == SQLITE_FULL) {
      return Error{Errc::unavailable, "the index has no room: the disk of its database is full",
                   "make room on that disk, then try again"};
    }
    if (result_of(error) == SQLITE_READONLY) {
      return Error{Errc::unavailable, "the database cannot be written",
                   "its folder or its disk is read-only"};
    }
    if (result_of(error) == SQLITE_IOERR) {
      return Error{Errc::unavailable, "the database's disk fails",
                   "try again; the server's operator has to look"};
    }
    if (result_of(error) == SQLITE_CANTOPEN && !has_descriptors()) {
      return Error{Errc::unavailable, "the server has no file descriptor left", "try again in a moment"};
    }
    return std::nullopt;
  }

 private:
  Target target_;
};

/// Creates an empty file that only its owner can read; SQLite gives its other files the same mode. O_EXCL
/// also because closing a file drops every lock that this process holds on it.
Status make_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return success();
  }
  if (errno == EEXIST) return success();
  return Error{Errc::unavailable, fmt::format("cannot make the database {}: {}", quote(path, 300),
                                              std::generic_category().message(errno))};
}

Status check_owner(soci::session& session, const std::string& path) {
  const std::int64_t owner = ask(session, "PRAGMA application_id");
  if (owner == application_id) return success();
  if (owner == 0 && ask(session, "SELECT count(*) FROM sqlite_master") == 0) return success();
  return Error{
      Errc::conflict,
      fmt::format("expected a database of packhouse at {}, found another program's", quote(path, 300)),
      "name another file"};
}

Result<std::int64_t> schema_version(soci::session& session, const std::string& path) {
  run_script(session,
             "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
             "applied INTEGER NOT NULL) STRICT");
  const std::int64_t found = ask(session, "SELECT coalesce(max(version), 0) FROM schema_version");
  const auto known = static_cast<std::int64_t>(sqlite::migrations().size());
  if (found <= known) return found;
  return Error{
      Errc::conflict,
      fmt::format("the database {} has schema {}, this program knows {} at most", quote(path, 300), found,
                  known),
      "a newer packhouse made it: use that one, or restore a backup made before the upgrade, such as "
      "packhouse.db.before-N in the same folder"};
}

/// Applies the next missing migration in one transaction; false when there is none.
Result<bool> migrate_once(soci::session& session, const std::string& path) {
  run_script(session, "BEGIN IMMEDIATE");  // another process may be doing the same
  CHECK_OK(check_owner(session, path));
  TRY(const std::int64_t current, schema_version(session, path));
  const auto all = sqlite::migrations();
  if (current == static_cast<std::int64_t>(all.size())) {
    run_script(session, "COMMIT");
    return false;
  }
  const sqlite::Migration& next = all[static_cast<std::size_t>(current)];
  run_script(session, next.sql);
  run_script(session, fmt::format("PRAGMA application_id = {}; INSERT INTO schema_version VALUES "
                                  "({}, '{}', unixepoch() * 1000000); COMMIT",
                                  application_id, next.version, next.name));
  return true;
}

/// Before anything is changed. One transaction: between the two questions another process may make the
/// database.
Status check_owner_at_first(soci::session& session, const std::string& path) {
  run_script(session, "BEGIN");
  CHECK_OK(check_owner(session, path));
  run_script(session, "COMMIT");
  return success();
}

Status migrate(const Target& target) {
  const auto session = open_session(target);  // closing it rolls back what was not committed
  CHECK_OK(check_owner_at_first(*session, target.path));
  set_up(*session, target);
  while (true) {
    TRY(const bool applied, migrate_once(*session, target.path));
    if (!applied) return success();
  }
}

/// Of a database that is not changed: what migrate() would do is refused.
Status check_schema(const Target& target) {
  const auto session = open_session(target);
  CHECK_OK(check_owner(*session, target.path));
  const std::int64_t found = ask(*session, "SELECT coalesce(max(version), 0) FROM schema_version");
  const auto known = static_cast<std::int64_t>(sqlite::migrations().size());
  if (found == known) return success();
  return Error{Errc::conflict,
               fmt::format("the database {} has schema {}, this program reads {}", quote(target.path, 300),
                           found, known),
               "use the packhouse that made it"};
}

Error explain(const soci::soci_error& error, const std::string& path, std::string_view what = "open") {
  if (result_of(error) == SQLITE_NOTADB) {
    return {Errc::conflict,
            fmt::format("expected a database of packhouse at {}, found another file", quote(path, 300)),
            "name another file"};
  }
  if (result_of(error) == SQLITE_CORRUPT) {
    return {Errc::conflict, fmt::format("the database {} is damaged", quote(path, 300)),
            "packhouse audit lists what is wrong; restore it from a backup"};
  }
  return {Errc::unavailable,
          fmt::format("cannot {} the database {}: {}", what, quote(path, 300), error.get_error_message())};
}

Result<Target> target_at(const std::string& path, std::chrono::milliseconds patience, Use use) {
  Target target{
      .path = std::filesystem::absolute(path).lexically_normal().native(), .patience = patience, .use = use};
  if (target.path.find('"') == std::string::npos) return target;
  // SOCI's connection string cannot carry one.
  return Error{Errc::invalid_input, "expected a path without '\"', found " + quote(target.path, 300)};
}

constexpr std::chrono::milliseconds reading_patience = std::chrono::seconds{10};
constexpr std::chrono::milliseconds probing_patience = std::chrono::milliseconds{100};

}  // namespace

Result<SqliteSchema> sqlite_schema(const std::string& path) {
  TRY(const auto target, target_at(path, reading_patience, Use::shared));
  SqliteSchema schema{.found = 0, .known = static_cast<std::int64_t>(sqlite::migrations().size())};
  try {
    const auto session = open_session(target);
    CHECK_OK(check_owner_at_first(*session, target.path));
    if (ask(*session, "SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'") == 0) return schema;
    schema.found = ask(*session, "SELECT coalesce(max(version), 0) FROM schema_version");
    return schema;
  } catch (const soci::soci_error& error) {
    return explain(error, target.path);
  }
}

Result<std::unique_ptr<MetadataStore>> read_sqlite_copy(const std::string& path) {
  TRY(const auto target, target_at(path, reading_patience, Use::copy));
  try {
    CHECK_OK(check_schema(target));
    return sql::make_sql_reader(std::make_unique<SqliteDatabase>(target));
  } catch (const soci::soci_error& error) {
    return explain(error, target.path);
  }
}

Status probe_sqlite_database(const std::string& path) {
  TRY(const auto target, target_at(path, probing_patience, Use::shared));
  if (!std::filesystem::exists(target.path)) {
    return Error{Errc::unavailable, fmt::format("there is no database {}", quote(target.path, 300))};
  }
  try {
    const auto session = open_session(target);
    // The number is for applications, and this one leaves it at 0.
    run_script(*session, "BEGIN IMMEDIATE; PRAGMA user_version = 0; ROLLBACK");
    return success();
  } catch (const soci::soci_error& error) {
    // A writer that takes its time is no fault.
    return result_of(error) == SQLITE_BUSY ? success() : Status{explain(error, target.path, "change")};
  }
}

Result<SqliteStatistics> sqlite_statistics(const std::string& path) {
  TRY(const auto target, target_at(path, probing_patience, Use::shared));
  if (!std::filesystem::exists(target.path)) {
    return Error{Errc::unavailable, fmt::format("there is no database {}", quote(target.path, 300))};
  }
  try {
    const auto session = open_session(target);
    run_script(*session, "BEGIN");
    SqliteStatistics found;
    found.projects = ask(*session, "SELECT count(*) FROM projects WHERE files > 0");
    found.files = ask(*session, "SELECT coalesce(sum(files), 0) FROM projects");
    found.bytes = ask(*session, "SELECT coalesce(sum(bytes), 0) FROM projects");
    found.open_sessions = ask(*session, "SELECT count(*) FROM sessions WHERE status = 'open'");
    found.ledger_entries = ask(*session, "SELECT coalesce(max(sequence), 0) FROM ledger");
    found.last_entry =
        ask(*session, "SELECT coalesce((SELECT time FROM ledger ORDER BY sequence DESC LIMIT 1), 0)");
    return found;
  } catch (const soci::soci_error& error) {
    return explain(error, target.path, "read");
  }
}

Status copy_sqlite_database(const std::string& from, const std::string& to) {
  TRY(const auto target, target_at(from, reading_patience, Use::shared));
  if (std::filesystem::exists(to)) {
    return Error{Errc::conflict, fmt::format("{} is there already", quote(to, 300)), "name another file"};
  }
  CHECK_OK(make_file(to));  // of this mode; SQLite takes an empty file
  try {
    const auto session = open_session(target);
    CHECK_OK(check_owner_at_first(*session, target.path));
    // One read transaction: writers go on, and what they commit meanwhile is not in the copy.
    run_script(*session, fmt::format("VACUUM INTO '{}'", replace_all(to, "'", "''")));
    return success();
  } catch (const soci::soci_error& error) {
    return explain(error, target.path, "copy");
  }
}

Result<std::unique_ptr<MetadataStore>> open_sqlite_store(const std::string& path,
                                                         std::chrono::milliseconds patience) {
  TRY(const auto target, target_at(path, patience, Use::shared));
  CHECK_OK(make_file(target.path));
  try {
    CHECK_OK(migrate(target));
    const auto now = std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now());
    return sql::make_sql_store(std::make_unique<SqliteDatabase>(target), now);
  } catch (const soci::soci_error& error) {
    return explain(error, target.path);
  }
}

}  // namespace packhouse
