#include "store/sql/transactions.hpp"

namespace packhouse::sql {

std::unique_ptr<Connection> Transactions::take_reader() {
  {
    const std::lock_guard lock(readers_mutex_);
    if (!readers_.empty()) {
      auto reader = std::move(readers_.back());
      readers_.pop_back();
      return reader;
    }
  }
  return connect();
}

void Transactions::give_back(std::unique_ptr<Connection> reader) {
  constexpr std::size_t most_idle = 8;
  const std::lock_guard lock(readers_mutex_);
  if (readers_.size() < most_idle) readers_.push_back(std::move(reader));
}

std::unique_ptr<Connection> Transactions::take_writer() {
  if (writer_) return std::move(writer_);
  seen_version_.reset();
  return connect();
}

std::int64_t Transactions::change_counter() {
  const std::lock_guard lock(writer_mutex_);
  return translating([&] {
    auto writer = take_writer();
    const auto version = database_->data_version(writer->session());
    writer_ = std::move(writer);
    if (seen_version_ != version) ++changes_;
    seen_version_ = version;
    return changes_;
  });
}

Result<std::vector<std::string>> Transactions::damage() {
  return read([&](Connection& connection) -> Result<std::vector<std::string>> {
    return database_->damage(connection.session());
  });
}

Status Transactions::begin_writing(Connection& connection) {
  try {
    database_->begin_writing(connection.session());
    return success();
  } catch (const soci::soci_error& error) {
    if (!database_->is_busy(error)) throw;
    return Error{Errc::unavailable, "another process has been writing to the database for too long",
                 "try again; if it stays so, look for a packhouse process that hangs"};
  }
}

}  // namespace packhouse::sql
