#include "store/sql/life.hpp"

#include <fmt/format.h>

#include "store/sql/life_queries.hpp"

namespace packhouse::sql {
namespace {

Error no_such_release(std::string_view index, const ReleaseKey& release) {
  return {Errc::not_found, fmt::format("there is no release {} of {} in the index {}", quote(release.version),
                                       quote(release.project), quote(index))};
}

Error no_such_project(std::string_view index, std::string_view project) {
  return {Errc::not_found,
          fmt::format("there is no project {} in the index {}", quote(project), quote(index))};
}

json::Value to_json(const OptionalText& text) {
  return text ? json::Value(*text) : json::Value(nullptr);
}

Status tell(Connection& connection, const Telling& telling, json::Object before, json::Object after) {
  LedgerNote note = telling.note;
  note.detail["before"] = std::move(before);
  note.detail["after"] = std::move(after);
  return append_to_ledger(connection, note, telling.now);
}

/// Every change of what a project shows takes a serial: pages, mirrors and caches go by it.
void raise_project(Connection& connection, const IndexHandle& index, std::string_view project) {
  connection.run<SetProjectSerial>({raise_serial(connection, index), index.id, Text{project}});
}

Status check_reason(const std::optional<std::string>& reason) {
  return check_text("reason", reason.value_or(""));
}

/// What holds for all of a release.
struct ReleaseState {
  OptionalText yanked;
  OptionalText blocked;
};

/// One of these, as the ledger calls it.
struct Mark {
  std::string_view name;
  OptionalText ReleaseState::* state;
  const Telling& telling;
};

/// `Write` is the query that writes that state.
template <typename Write>
Result<bool> mark(Connection& connection, std::string_view index, const ReleaseKey& release,
                  const std::optional<std::string>& reason, const Mark& wanted) {
  CHECK_OK(check_reason(reason));
  TRY(const auto found, find_index(connection, index));
  const auto row =
      connection.one<FindReleaseState>({found.id, Text{release.project}, identity_of(release.version)});
  if (!row) return no_such_release(index, release);
  const auto& [id, yanked, blocked, version] = *row;
  const OptionalText before = ReleaseState{.yanked = yanked, .blocked = blocked}.*wanted.state;
  if (before == reason) return false;
  connection.run<Write>({reason, id});
  raise_project(connection, found, release.project);
  CHECK_OK(
      tell(connection, wanted.telling, {{wanted.name, to_json(before)}}, {{wanted.name, to_json(reason)}}));
  return true;
}

}  // namespace

Result<bool> yank_release(Connection& connection, std::string_view index, const ReleaseKey& release,
                          const std::optional<std::string>& reason, const Telling& telling) {
  return mark<YankRelease>(connection, index, release, reason, {"yanked", &ReleaseState::yanked, telling});
}

Result<bool> yank_file(Connection& connection, std::string_view index, std::string_view filename,
                       const std::optional<std::string>& reason, const Telling& telling) {
  CHECK_OK(check_reason(reason));
  TRY(const auto found, find_index(connection, index));
  const auto file = find_file(connection, found, filename);
  if (!file) return no_such_file(index, filename);
  const auto row = connection.one<FindFileState>({file->id});
  const auto& [yanked, release_yanked] = row.value();
  if (!reason && release_yanked) {
    return Error{Errc::conflict,
                 fmt::format("all of release {} of {} is yanked", file->version, file->project),
                 "un-yank the release: a file cannot be taken out of that alone"};
  }
  if (yanked == reason) return false;
  connection.run<YankFile>({reason, file->id});
  raise_project(connection, found, file->project);
  CHECK_OK(tell(connection, telling, {{"yanked", to_json(yanked)}}, {{"yanked", to_json(reason)}}));
  return true;
}

Result<bool> block_release(Connection& connection, std::string_view index, const ReleaseKey& release,
                           const std::optional<std::string>& reason, const Telling& telling) {
  return mark<BlockRelease>(connection, index, release, reason, {"blocked", &ReleaseState::blocked, telling});
}

Result<bool> set_standing(Connection& connection, std::string_view index, std::string_view project,
                          const ProjectStanding& standing, const Telling& telling) {
  CHECK_OK(check_text("reason", standing.reason));
  TRY(const auto found, find_index(connection, index));
  const auto row = connection.one<FindProject>({found.id, Text{project}});
  if (!row) return no_such_project(index, project);
  const auto& [id, serial, status, reason] = *row;
  const auto before = to_standing(status, reason);
  if (before == standing) return false;
  connection.run<SetStanding>({Text{to_string(standing.status)}, standing.reason, id});
  raise_project(connection, found, project);
  CHECK_OK(tell(connection, telling, {{"status", status}, {"reason", reason}},
                {{"status", to_string(standing.status)}, {"reason", standing.reason}}));
  return true;
}

std::vector<std::string> indexes(Connection& connection) {
  std::vector<std::string> names;
  connection.each<ListIndexes>({}, [&](const ListIndexes::Row& row) { names.push_back(std::get<0>(row)); });
  return names;
}

Result<IndexPolicy> policy(Connection& connection, std::string_view index) {
  TRY(const auto found, find_index(connection, index));
  return to_policy(std::get<0>(connection.one<FindPolicy>({found.id}).value()));
}

Result<bool> set_policy(Connection& connection, std::string_view index, const IndexPolicy& policy,
                        const Telling& telling) {
  TRY(const auto found, find_index(connection, index));
  const auto before = to_policy(std::get<0>(connection.one<FindPolicy>({found.id}).value()));
  if (before == policy) return false;
  connection.run<SetPolicy>({json::canonical(policy.to_json()), policy.immutable ? 1 : 0, found.id});
  CHECK_OK(tell(connection, telling, before.to_json(), policy.to_json()));
  return true;
}

Status refuse_immutable(const IndexHandle& found, std::string_view index) {
  if (!found.immutable) return success();
  return Error{Errc::forbidden, fmt::format("the index {} is immutable: its files stay", quote(index)),
               "yank or block the release instead; only the server's configuration can change this"};
}

}  // namespace packhouse::sql
