#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace soci {
class session;     // NOLINT(readability-identifier-naming): SOCI's name
class soci_error;  // NOLINT(readability-identifier-naming): SOCI's name
}  // namespace soci

namespace packhouse::sql {

/// The operations for which databases have no common query. Thread-safe. All may throw soci::soci_error.
class Database {
 public:
  virtual ~Database() = default;
  /// A new connection, set up.
  virtual std::unique_ptr<soci::session> connect() = 0;
  /// Until the end of the transaction every query sees the same state.
  virtual void begin_reading(soci::session& session) = 0;
  /// Excludes all other writers, of any process, until the end of the transaction. Waits for its turn; when
  /// that takes too long, is_busy() is true of the exception.
  virtual void begin_writing(soci::session& session) = 0;
  virtual bool is_busy(const soci::soci_error& error) const = 0;
  /// Another number than before once a connection other than this one has committed.
  virtual std::int64_t data_version(soci::session& session) = 0;
  /// As MetadataStore::damage().
  virtual std::vector<std::string> damage(soci::session& session) = 0;
  /// `unavailable` for a full disk and for a shortage of descriptors, which an administrator ends and which
  /// no message of the database explains to a client; nullopt for every other fault.
  virtual std::optional<Error> shortage(const soci::soci_error& error) const = 0;
};

}  // namespace packhouse::sql
