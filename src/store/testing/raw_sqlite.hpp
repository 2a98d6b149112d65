#pragma once

#include <sqlite3.h>

#include <stdexcept>
#include <string>

namespace packhouse::testing {

/// Opens a database file past the store, as its owner could with any tool.
class RawSqlite {
 public:
  explicit RawSqlite(const std::string& path) {
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(handle_));
    run("PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000");
  }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;
  ~RawSqlite() { sqlite3_close(handle_); }

  /// Why the database refuses it; nothing if it does not.
  std::string refusal(const std::string& script) {
    const int result = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
    return result == SQLITE_OK ? std::string{} : sqlite3_errmsg(handle_);
  }
  void run(const std::string& script) {
    const std::string reason = refusal(script);
    if (!reason.empty()) throw std::runtime_error(reason);
  }
  /// The first column of the first row.
  std::string ask(const std::string& query) {
    std::string answer;
    sqlite3_exec(
        handle_, query.c_str(),
        [](void* place, int /*columns*/, char** values, char** /*names*/) {
          *static_cast<std::string*>(place) = *values == nullptr ? "NULL" : *values;
          return 0;
        },
        &answer, nullptr);
    return answer;
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace packhouse::testing
