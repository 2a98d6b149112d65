#include "store/sql/file_steps.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "model/release.hpp"
#include "store/sql/catalog_queries.hpp"
#include "store/sql/file_queries.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/release_state_queries.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/session_queries.hpp"
#include "store/sql/text_rules.hpp"
#include "store/sql/upstream_queries.hpp"
#include "store/sql/usage_queries.hpp"

namespace packhouse::sql {
namespace {

/// Of a release that never had a file: `closes-after` begins with the first.
constexpr Number without_file = std::numeric_limits<Number>::max();

Number ensure_project(Connection& connection, const IndexHandle& index, const ProjectName& project,
                      Timestamp now) {
  const Number serial = raise_serial(connection, index);
  const Text& name = project.str();
  if (const auto there = connection.one<FindProject>({index.id, name})) {
    connection.run<SetProjectSerial>({serial, index.id, name});
    return std::get<0>(*there);
  }
  return std::get<0>(connection.one<InsertProject>({index.id, name, serial, to_number(now)}).value());
}

IndexPolicy policy_of(Connection& connection, const IndexHandle& index) {
  return to_policy(std::get<0>(connection.one<FindPolicy>({index.id}).value()));
}

Number insert_release(Connection& connection, const IndexHandle& index, Number project,
                      const Version& version, Timestamp now, Number closes) {
  const auto made = connection.one<InsertRelease>(
      {index.id, project, version.str(), version.identity(), to_number(now), closes});
  return std::get<0>(made.value());
}

Number ensure_release(Connection& connection, const IndexHandle& index, Number project,
                      const Version& version, Timestamp now) {
  const auto there = connection.one<FindReleaseWithClosing>({project, version.identity()});
  if (there && std::get<1>(*there) != without_file) return std::get<0>(*there);
  const Number closes = to_number(now + policy_of(connection, index).closing());
  if (!there) return insert_release(connection, index, project, version, now, closes);
  connection.run<BeginClosing>({closes, std::get<0>(*there)});
  return std::get<0>(*there);
}

/// conflict for a release that readers have.
Status refuse_exposed(Connection& connection, const IndexHandle& index, const ReleaseName& release) {
  const auto row =
      connection.one<FindReleaseState>({index.id, release.project.str(), release.version.identity()});
  if (!row || std::get<0>(connection.one<CountFilesOfRelease>({std::get<0>(*row)}).value()) == 0)
    return success();
  return Error{
      Errc::conflict,
      fmt::format("release {} of {} has files on this index", release.version.str(), release.project.str()),
      "block or yank it, which takes the permission `yank`; the session can be canceled"};
}

struct Closing {
  Text version;  ///< as the release spells it
  Timestamp time;
};

std::optional<Closing> find_closing(Connection& connection, const IndexHandle& index,
                                    const ReleaseName& release) {
  const auto row = connection.one<FindClosing>({index.id, release.project.str(), release.version.identity()});
  if (!row) return std::nullopt;
  const auto& [version, closes] = *row;
  return Closing{.version = version, .time = to_time(closes)};
}

Status refuse_upstream_name(Connection& connection, const ProjectName& project) {
  const auto upstream = connection.one<FindUpstreamOfNewName>({project.str()});
  if (!upstream) return success();
  return Error{
      Errc::forbidden,
      fmt::format("{} is a project of the upstream {}, and not reserved here: an administrator gives "
                  "`packhouse name reserve {} --reason WHY` if it is to be this server's",
                  project.str(), std::get<0>(*upstream), project.str()),
      "its first file here takes the name from all who install the upstream's"};
}

/// The file as its release spells the version.
File as_spelled(Connection& connection, const IndexHandle& index, File file) {
  if (const auto there = find_closing(connection, index, file.release))
    file.release = to_release_name(file.release.project.str(), there->version);
  return file;
}

/// identical for the same bytes, conflict for others.
Result<Recorded> compare(const File& there, const File& sent) {
  if (there.sha256 == sent.sha256) return Recorded::identical;
  return Error{Errc::conflict,
               fmt::format("File already exists ({} is there with other bytes): expected sha256 {}, found {}",
                           sent.filename, there.sha256.hex(), sent.sha256.hex()),
               "a file never changes: use a new version"};
}

/// `files` more, or fewer, of that size.
void change_totals(Connection& connection, const IndexHandle& index, const File& file, Number files) {
  const Number bytes = files * static_cast<Number>(file.size);
  connection.run<ChangeTotals>({files, bytes, index.id, file.release.project.str()});
  connection.run<ChangeIndexBytes>({bytes, index.id});
}

LedgerNote with_warnings(LedgerNote note, const json::Array& warnings) {
  if (!warnings.empty()) note.detail["warnings"] = warnings;
  return note;
}

}  // namespace

std::optional<File> find_file(Connection& connection, const IndexHandle& index, std::string_view filename) {
  auto row = connection.one<FindFile>({index.id, Text{filename}});
  return row ? std::optional{to_file(*std::move(row))} : std::nullopt;
}

Error no_such_file(std::string_view index, std::string_view filename) {
  return {Errc::not_found, fmt::format("there is no file {} in the index {}", quote(filename), quote(index))};
}

Status refuse_retired(Connection& connection, const IndexHandle& index, std::string_view filename) {
  if (!connection.one<FindRetired>({index.id, Text{filename}})) return success();
  return Error{Errc::conflict,
               "File already exists: this filename was previously used by a file that has since been "
               "deleted; use a new version"};
}

std::optional<std::string> other_spelling(Connection& connection, const IndexHandle& index,
                                          std::string_view filename) {
  const auto row = connection.one<FindFileByIdentity>({index.id, identity_of(filename)});
  if (!row || std::get<0>(*row) == filename) return std::nullopt;
  return std::get<0>(*row);
}

Status refuse_second_spelling(Connection& connection, const IndexHandle& index, std::string_view filename) {
  const auto other = other_spelling(connection, index, filename);
  if (!other) return success();
  return Error{
      Errc::conflict,
      fmt::format("File already exists: {} is there, which is {} in another spelling (equal project, "
                  "version, build and tags)",
                  quote(*other), quote(filename)),
      "a release has one file for each purpose: use a new version"};
}

Status refuse_settled(Connection& connection, const IndexHandle& index, const ReleaseName& release,
                      Timestamp now) {
  const auto closing = find_closing(connection, index, release);
  if (!closing || now < closing->time) return success();
  return Error{
      Errc::conflict,
      fmt::format("release {} of {} is closed: it takes no further file", closing->version,
                  release.project.str()),
      "a release is closed once a session or a copy publishes it, once one of its files is deleted, and "
      "some time after its first upload (closes-after): use a new version"};
}

void settle(Connection& connection, const IndexHandle& index, const ReleaseName& release) {
  connection.run<CloseRelease>({release.version.identity(), index.id, release.project.str()});
}

Status refuse_uploads(Connection& connection, const IndexHandle& index) {
  if (policy_of(connection, index).uploads) return success();
  return Error{Errc::forbidden, "this index takes no uploads",
               "releases are copied to it from another; its configuration says from which"};
}

Status refuse_closed(Connection& connection, const IndexHandle& index, const ReleaseName& release) {
  const Text& name = release.project.str();
  const auto project = connection.one<FindProject>({index.id, name});
  if (!project) return refuse_upstream_name(connection, release.project);
  const auto& [id, serial, status, status_reason] = *project;
  const auto state = to_project_state(status, status_reason);
  if (!accepts_uploads(state.status)) {
    return Error{Errc::forbidden, project_state_message(name, state),
                 "it takes no files until an administrator makes it active again"};
  }
  const auto there = connection.one<FindReleaseState>({index.id, name, release.version.identity()});
  if (!there) return success();
  const auto& [release_id, yanked, blocked, version] = *there;
  if (!blocked) return success();
  return Error{Errc::forbidden, blocked_message(to_release_name(name, version), *blocked),
               "it takes no files: use a new version"};
}

Status block_unpublished(Connection& connection, const IndexHandle& index, const ReleaseName& release,
                         const SessionRefusal& refusal, Timestamp now) {
  CHECK_OK(refuse_exposed(connection, index, release));
  if (!connection.one<FindProject>({index.id, release.project.str()}))
    CHECK_OK(check_room(refusal.room, count_held(connection, index, release.project), 0));
  const Number project = ensure_project(connection, index, release.project, now);
  const auto there = connection.one<FindRelease>({project, release.version.identity()});
  const Number id = there ? std::get<0>(*there)
                          : insert_release(connection, index, project, release.version, now, without_file);
  connection.run<BlockRelease>({refusal.reason, id});
  return append_change(connection, {refusal.release, now}, {{"blocked", nullptr}},
                       {{"blocked", refusal.reason}});
}

Status check_texts(const File& file) {
  CHECK_OK(check_text("filename", file.filename));
  CHECK_OK(check_text("requires_python", file.requires_python.value_or("")));
  CHECK_OK(check_text("yanked", file.yanked.value_or("")));
  if (std::in_range<Number>(file.size)) return success();
  return Error{Errc::invalid_input, fmt::format("size: expected at most {} bytes, found {}",
                                                std::numeric_limits<Number>::max(), file.size)};
}

void insert_file(Connection& connection, const IndexHandle& index, const File& file, Timestamp now) {
  const Number project = ensure_project(connection, index, file.release.project, now);
  const Number release = ensure_release(connection, index, project, file.release.version, now);
  connection.run<InsertFile>({index.id, release, file.filename, Text{to_string(file.kind)}, file.sha256.hex(),
                              file.blake2b_256, static_cast<Number>(file.size), file.requires_python,
                              digest_text(file.metadata_sha256), digest_text(file.provenance_sha256),
                              to_number(file.uploaded), file.yanked, identity_of(file.filename)});
  change_totals(connection, index, file, 1);
}

void delete_file(Connection& connection, const IndexHandle& index, const File& file, Timestamp now) {
  connection.run<DeleteFile>({file.id});
  change_totals(connection, index, file, -1);
  connection.run<RetireFilename>({index.id, file.filename, file.sha256.hex(), to_number(now)});
  settle(connection, index, file.release);
  raise_project(connection, index, file.release.project);
}

Status refuse_reserved(Connection& connection, const IndexHandle& index, const ProjectName& project,
                       const Actor& actor, Timestamp now) {
  if (connection.one<FindProject>({index.id, project.str()})) return success();
  const auto reserved =
      connection.one<FindReservation>({to_number(now), index.id, project.str(), actor.kind, actor.id});
  if (!reserved) return success();
  return Error{
      Errc::conflict,
      fmt::format("the project name {} is reserved until {} by a session of another owner",
                  quote(project.str()), to_iso8601(to_time(std::get<1>(*reserved)))),
      fmt::format("an administrator can cancel session {} (packhouse session cancel); otherwise wait "
                  "until it is published or expired, or use another name",
                  std::get<0>(*reserved))};
}

Totals count_held(Connection& connection, const IndexHandle& index, const ProjectName& project) {
  const auto held = connection.one<FindTotals>({index.id, project.str()}).value_or(FindTotals::Row{0, 0});
  const auto staged = std::get<0>(connection.one<SumStaged>({index.id, project.str()}).value());
  Totals totals{.files = static_cast<std::uint64_t>(std::get<0>(held)),
                .bytes = static_cast<std::uint64_t>(std::get<1>(held)),
                .staged = static_cast<std::uint64_t>(staged)};
  totals.index_bytes =
      static_cast<std::uint64_t>(std::get<0>(connection.one<FindIndexBytes>({index.id}).value()));
  if (totals.files > 0) return totals;
  totals.projects =
      static_cast<std::uint64_t>(std::get<0>(connection.one<CountProjects>({index.id}).value()));
  return totals;
}

ReleaseDigests digests_of(Connection& connection, const IndexHandle& index, const ReleaseName& release) {
  ReleaseDigests digests;
  connection.each<ListReleaseDigests>(
      {index.id, release.project.str(), release.version.identity()},
      [&](const ListReleaseDigests::Row& row) { digests.push_back(to_sha256(std::get<0>(row))); });
  return digests;
}

Status refuse_full(Connection& connection, const IndexHandle& index, const File& file, const Quotas& room) {
  return check_room(room, count_held(connection, index, file.release.project), file.size);
}

Result<Recorded> take_file(Connection& connection, const IndexHandle& index, const NewFile& file,
                           const FileNote& note) {
  CHECK_OK(check_texts(file.file));
  CHECK_OK(refuse_uploads(connection, index));
  CHECK_OK(refuse_closed(connection, index, file.file.release));
  if (const auto there = find_file(connection, index, file.file.filename)) return compare(*there, file.file);
  CHECK_OK(refuse_retired(connection, index, file.file.filename));
  CHECK_OK(refuse_second_spelling(connection, index, file.file.filename));
  CHECK_OK(refuse_settled(connection, index, file.file.release, file.now()));
  const auto entry = note(as_spelled(connection, index, file.file));
  CHECK_OK(refuse_reserved(connection, index, file.file.release.project, entry.actor, file.now()));
  if (file.room) CHECK_OK(refuse_full(connection, index, file.file, *file.room));
  if (file.examine) CHECK_OK(file.examine(digests_of(connection, index, file.file.release)));
  insert_file(connection, index, file.file, file.now());
  CHECK_OK(append_to_ledger(connection, with_warnings(entry, file.warnings), file.now()));
  return Recorded::added;
}

}  // namespace packhouse::sql
