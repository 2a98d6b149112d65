#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <unordered_map>
#include <utility>

namespace packhouse::sql {

/// The column types that every database has.
using Number = std::int64_t;
using Text = std::string;
using OptionalNumber = std::optional<Number>;
using OptionalText = std::optional<Text>;

/// One argument or one column of a prepared statement, at an address that SOCI may keep.
template <typename T>
class Slot {
 public:
  void set(const T& value) { value_ = value; }
  T get() const { return value_; }
  /// A NULL in such a column is refused by SOCI.
  void take_from(soci::statement& statement) { statement.exchange(soci::into(value_)); }
  void give_to(soci::statement& statement) { statement.exchange(soci::use(value_)); }

 private:
  T value_{};
};

template <typename T>
class Slot<std::optional<T>> {
 public:
  void set(const std::optional<T>& value) {
    indicator_ = value ? soci::i_ok : soci::i_null;
    if (value) value_ = *value;
  }
  std::optional<T> get() const { return indicator_ == soci::i_ok ? std::optional<T>{value_} : std::nullopt; }
  void take_from(soci::statement& statement) { statement.exchange(soci::into(value_, indicator_)); }
  void give_to(soci::statement& statement) { statement.exchange(soci::use(value_, indicator_)); }

 private:
  T value_{};
  soci::indicator indicator_ = soci::i_null;
};

template <typename Tuple>
struct Slots;

template <typename... T>
struct Slots<std::tuple<T...>> : std::tuple<Slot<T>...> {
  std::tuple<Slot<T>...>& all() { return *this; }
};

class AnyPrepared {
 public:
  virtual ~AnyPrepared() = default;
};

/// A query is a struct with `Arguments` and `Row`, both tuples of column types, and `sql`, in words that
/// every database understands, whose parameters stand in the order of Arguments, each once. It is prepared
/// once for each connection.
template <typename Query>
class Prepared final : public AnyPrepared {
 public:
  explicit Prepared(soci::session& session) : statement_(session) {
    statement_.alloc();
    std::apply([this](auto&... slot) { (slot.give_to(statement_), ...); }, arguments_.all());
    std::apply([this](auto&... slot) { (slot.take_from(statement_), ...); }, row_.all());
    statement_.prepare(Query::sql);
    statement_.define_and_bind();
  }

  void set(const typename Query::Arguments& arguments) {
    set(arguments, std::make_index_sequence<std::tuple_size_v<typename Query::Arguments>>{});
  }
  bool execute() { return statement_.execute(true); }
  bool fetch() { return statement_.fetch(); }
  std::int64_t changed() { return statement_.get_affected_rows(); }
  typename Query::Row row() {
    return std::apply([](const auto&... slot) { return typename Query::Row{slot.get()...}; }, row_.all());
  }

 private:
  template <std::size_t... I>
  void set(const typename Query::Arguments& arguments, std::index_sequence<I...> /*unused*/) {
    (std::get<I>(arguments_.all()).set(std::get<I>(arguments)), ...);
  }

  Slots<typename Query::Arguments> arguments_;
  Slots<typename Query::Row> row_;
  soci::statement statement_;
};

/// A connection with its prepared statements. Used on one thread at a time. After a soci::soci_error it may
/// hold a transaction or an unfinished statement: destroy it.
class Connection {
 public:
  explicit Connection(std::unique_ptr<soci::session> session) : session_(std::move(session)) {}

  soci::session& session() noexcept { return *session_; }

  /// The first row. Runs the statement to its end also after that row: left unfinished, a SELECT would hold
  /// its snapshot, and an INSERT … RETURNING would make COMMIT fail.
  template <typename Query>
  std::optional<typename Query::Row> one(const typename Query::Arguments& arguments) {
    auto& query = prepared<Query>(arguments);
    if (!query.execute()) return std::nullopt;
    std::optional<typename Query::Row> row{query.row()};
    while (query.fetch()) {
    }
    return row;
  }

  template <typename Query, typename Visit>
  void each(const typename Query::Arguments& arguments, const Visit& visit) {
    auto& query = prepared<Query>(arguments);
    for (bool more = query.execute(); more; more = query.fetch())
      visit(query.row());
  }

  /// The number of rows changed.
  template <typename Query>
  std::int64_t run(const typename Query::Arguments& arguments) {
    auto& query = prepared<Query>(arguments);
    query.execute();
    return query.changed();
  }

 private:
  template <typename Query>
  Prepared<Query>& prepared(const typename Query::Arguments& arguments) {
    auto& place = statements_[std::type_index{typeid(Query)}];
    if (!place) place = std::make_unique<Prepared<Query>>(*session_);
    auto& query = static_cast<Prepared<Query>&>(*place);
    query.set(arguments);
    return query;
  }

  // Statements first to go: SQLite does not close a connection that still has some.
  std::unique_ptr<soci::session> session_;
  std::unordered_map<std::type_index, std::unique_ptr<AnyPrepared>> statements_;
};

}  // namespace packhouse::sql
