#pragma once

#include <cstdint>
#include <memory>

namespace soci {
class session;     // NOLINT(readability-identifier-naming): SOCI's name
class soci_error;  // NOLINT(readability-identifier-naming): SOCI's name
}  // namespace soci

namespace packhouse::sql {

/// What the queries cannot say for every database alike. Thread-safe. All may throw soci::soci_error.
class Database {
 public:
  virtual ~Database() = default;
  /// A new connection, set up.
  virtual std::unique_ptr<soci::session> connect() = 0;
  /// From here to the end of the transaction every query sees the same state.
  virtual void begin_reading(soci::session& session) = 0;
  /// Only one of all processes is between this and the end of its transaction. Waits for its turn; when that
  /// takes too long, is_busy() says so of what is thrown.
  virtual void begin_writing(soci::session& session) = 0;
  virtual bool is_busy(const soci::soci_error& error) const = 0;
  /// Another value after each commit of any connection, and a greater one.
  virtual std::int64_t change_counter() = 0;
};

}  // namespace packhouse::sql
