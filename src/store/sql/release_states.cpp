#include "store/sql/release_states.hpp"

#include <fmt/format.h>

#include "store/sql/catalog_queries.hpp"
#include "store/sql/file_steps.hpp"
#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/release_state_queries.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"

namespace packhouse::sql {
namespace {

Error no_such_release(std::string_view index, const ReleaseName& release) {
  return {Errc::not_found,
          fmt::format("there is no release {} of {} in the index {}", quote(release.version.str()),
                      quote(release.project.str()), quote(index))};
}

json::Value to_json(const OptionalText& text) {
  return text ? json::Value(*text) : json::Value(nullptr);
}

Status check_reason(const std::optional<std::string>& reason) {
  return check_text("reason", reason.value_or(""));
}

struct ReleaseState {
  OptionalText yanked;
  OptionalText blocked;
};

/// A part of a release's state, as the ledger calls it, and its new value.
struct Mark {
  std::string_view name;
  OptionalText ReleaseState::* part;
  const std::optional<std::string>& reason;
};

/// `Write` is the query that writes that part.
template <typename Write>
Result<bool> mark(Connection& connection, std::string_view index, const ReleaseName& release,
                  const Mark& change, const DatedNote& dated) {
  CHECK_OK(check_reason(change.reason));
  TRY(const auto found, find_index(connection, index));
  const auto row =
      connection.one<FindReleaseState>({found.id, release.project.str(), release.version.identity()});
  if (!row) return no_such_release(index, release);
  const auto& [id, yanked, blocked, version] = *row;
  const OptionalText before = ReleaseState{.yanked = yanked, .blocked = blocked}.*change.part;
  if (before == change.reason) return false;
  connection.run<Write>({change.reason, id});
  raise_project(connection, found, release.project);
  CHECK_OK(append_change(connection, dated, {{change.name, to_json(before)}},
                         {{change.name, to_json(change.reason)}}));
  return true;
}

Result<bool> yank(Connection& connection, const IndexHandle& index, const File& file,
                  const std::optional<std::string>& reason, const DatedNote& dated) {
  const auto row = connection.one<FindFileState>({file.id});
  const auto& [yanked, release_yanked] = row.value();
  if (!reason && release_yanked) {
    return Error{Errc::conflict,
                 fmt::format("all of release {} of {} is yanked", file.release.version.str(),
                             file.release.project.str()),
                 "un-yank the release: a file cannot be taken out of that alone"};
  }
  if (yanked == reason) return false;
  connection.run<YankFile>({reason, file.id});
  raise_project(connection, index, file.release.project);
  CHECK_OK(append_change(connection, dated, {{"yanked", to_json(yanked)}}, {{"yanked", to_json(reason)}}));
  return true;
}

class SqlReleaseStates final : public ReleaseStateStore {
 public:
  explicit SqlReleaseStates(Transactions& transactions) : transactions_(transactions) {}

  Result<bool> yank_release(std::string_view index, const ReleaseName& release,
                            const std::optional<std::string>& reason, const LedgerNote& note,
                            Timestamp now) override {
    return transactions_.write([&](Connection& connection) {
      const Mark yanked{.name = "yanked", .part = &ReleaseState::yanked, .reason = reason};
      return mark<YankRelease>(connection, index, release, yanked, {note, now});
    });
  }

  Result<bool> yank_file(std::string_view index, std::string_view filename,
                         const std::optional<std::string>& reason, const LedgerNote& note,
                         Timestamp now) override {
    CHECK_OK(check_reason(reason));
    return transactions_.write([&](Connection& connection) -> Result<bool> {
      TRY(const auto found, find_index(connection, index));
      const auto file = find_file(connection, found, filename);
      if (!file) return no_such_file(index, filename);
      return yank(connection, found, *file, reason, {note, now});
    });
  }

  Result<bool> block_release(std::string_view index, const ReleaseName& release,
                             const std::optional<std::string>& reason, const LedgerNote& note,
                             Timestamp now) override {
    return transactions_.write([&](Connection& connection) {
      const Mark blocked{.name = "blocked", .part = &ReleaseState::blocked, .reason = reason};
      return mark<BlockRelease>(connection, index, release, blocked, {note, now});
    });
  }

  Result<bool> set_project_state(std::string_view index, const ProjectName& project,
                                 const ProjectState& state, const LedgerNote& note, Timestamp now) override {
    CHECK_OK(check_text("reason", state.reason));
    return transactions_.write([&](Connection& connection) -> Result<bool> {
      TRY(const auto found, find_index(connection, index));
      const auto row = connection.one<FindProject>({found.id, project.str()});
      if (!row) return no_such_project(index, project.str());
      const auto& [id, serial, status, reason] = *row;
      if (to_project_state(status, reason) == state) return false;
      connection.run<SetProjectState>({Text{to_string(state.status)}, state.reason, id});
      raise_project(connection, found, project);
      CHECK_OK(append_change(connection, {note, now}, {{"status", status}, {"reason", reason}},
                             {{"status", to_string(state.status)}, {"reason", state.reason}}));
      return true;
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<ReleaseStateStore> make_release_state_store(Transactions& transactions) {
  return std::make_unique<SqlReleaseStates>(transactions);
}

}  // namespace packhouse::sql
