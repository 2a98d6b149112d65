#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "store/sql/connection.hpp"
#include "store/sql/database.hpp"
#include "store/store_error.hpp"

namespace packhouse::sql {

/// Runs work in transactions, on connections that are kept: one for writing, and as many for reading as there
/// are concurrent readers. When work throws, its connection is closed, which rolls back. SOCI's errors become
/// StoreError, or an Error of Database::shortage(). Thread-safe.
class Transactions {
 public:
  explicit Transactions(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  /// Calls `work` with a Connection that sees one snapshot.
  template <typename Work>
  auto read(const Work& work) -> std::invoke_result_t<Work, Connection&> {
    return translating([&] {
      auto connection = take_reader();
      database_->begin_reading(connection->session());
      auto result = work(*connection);
      connection->session().commit();
      give_back(std::move(connection));
      return result;
    });
  }

  /// Calls `work`, which returns a Result, with the Connection that writes; commits if it succeeds, else
  /// rolls back. `unavailable` when other processes hold the writer's lock for too long.
  template <typename Work>
  auto write(const Work& work) -> std::invoke_result_t<Work, Connection&> {
    const std::lock_guard lock(writer_mutex_);
    return translating([&]() -> std::invoke_result_t<Work, Connection&> {
      auto connection = take_writer();
      CHECK_OK(begin_writing(*connection));
      auto result = work(*connection);
      if (result.ok()) {
        connection->session().commit();
      } else {
        connection->session().rollback();
      }
      writer_ = std::move(connection);
      return result;
    });
  }

  /// Grows when a process other than this one has committed: all that this one writes passes the writer,
  /// whose own commits do not count. Grows as well when the writer was connected again. Waits for the writer.
  std::int64_t change_counter();

  /// As MetadataStore::damage().
  Result<std::vector<std::string>> damage();

 private:
  /// With SOCI's message, but without its context, which quotes the statement's arguments. A shortage becomes
  /// the Error of work that can return one.
  template <typename Work>
  auto translating(const Work& work) const -> std::invoke_result_t<Work> {
    try {
      return work();
    } catch (const soci::soci_error& error) {
      if constexpr (std::is_constructible_v<std::invoke_result_t<Work>, Error>) {
        if (auto shortage = database_->shortage(error)) return *std::move(shortage);
      }
      throw StoreError("the database failed: " + error.get_error_message());
    }
  }

  std::unique_ptr<Connection> connect() { return std::make_unique<Connection>(database_->connect()); }
  std::unique_ptr<Connection> take_reader();
  void give_back(std::unique_ptr<Connection> reader);
  std::unique_ptr<Connection> take_writer();
  Status begin_writing(Connection& connection);

  std::unique_ptr<Database> database_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Connection>> readers_;
  std::mutex writer_mutex_;
  std::unique_ptr<Connection> writer_;
  std::optional<std::int64_t> seen_version_;  // by the writer; unset since it was connected
  std::int64_t changes_ = 0;
};

}  // namespace packhouse::sql
