#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "store/file_store.hpp"
#include "store/session_store.hpp"
#include "store/sql/connection.hpp"
#include "store/sql/index_steps.hpp"

/// The steps by which files enter an index, each on the connection of an open transaction.
namespace packhouse::sql {

std::optional<File> find_file(Connection& connection, const IndexHandle& index, std::string_view filename);
Error no_such_file(std::string_view index, std::string_view filename);

/// conflict when a file of that name was deleted.
Status refuse_retired(Connection& connection, const IndexHandle& index, std::string_view filename);
/// The filename that is there with the same identity (model/file.hpp), unless it is that very name.
std::optional<std::string> other_spelling(Connection& connection, const IndexHandle& index,
                                          std::string_view filename);
/// conflict when there is another spelling.
Status refuse_second_spelling(Connection& connection, const IndexHandle& index, std::string_view filename);
/// conflict when the release takes no more files at that time. A release that does not exist takes files.
Status refuse_settled(Connection& connection, const IndexHandle& index, const ReleaseName& release,
                      Timestamp now);
/// From now on the release takes no file.
void settle(Connection& connection, const IndexHandle& index, const ReleaseName& release);
/// forbidden when the index's policy takes releases only from other indexes.
Status refuse_uploads(Connection& connection, const IndexHandle& index);
/// forbidden when the project is archived or quarantined, or that version blocked in any spelling. A project
/// that does not exist takes files, unless its name is new to the server, not reserved, and an upstream's:
/// then its first file would take the name from all who install the upstream's.
Status refuse_closed(Connection& connection, const IndexHandle& index, const ReleaseName& release);
/// Blocks a release that has no file, whether it has a row or not. conflict when it has one; too_large when
/// the index has no room for a further project.
Status block_unpublished(Connection& connection, const IndexHandle& index, const ReleaseName& release,
                         const SessionRefusal& refusal, Timestamp now);
/// conflict when the project has no release yet and a live session of another actor reserves its name.
Status refuse_reserved(Connection& connection, const IndexHandle& index, const ProjectName& project,
                       const Actor& actor, Timestamp now);
/// In constant time, but for the open sessions, and for the number of projects, which only a project without
/// a file needs.
Totals count_held(Connection& connection, const IndexHandle& index, const ProjectName& project);
ReleaseDigests digests_of(Connection& connection, const IndexHandle& index, const ReleaseName& release);
/// too_large when the index has no room for one more such file. In the transaction that adds the file, so
/// that no other can use the same room.
Status refuse_full(Connection& connection, const IndexHandle& index, const File& file, const Quotas& room);

/// invalid_input for a field that the database or a reader would not take.
Status check_texts(const File& file);

/// Writes the file's row, and those of its project and release where they are new. The project takes a new
/// serial.
void insert_file(Connection& connection, const IndexHandle& index, const File& file, Timestamp now);

/// Deletes the file's row, retires its name and closes its release. The project takes a new serial.
void delete_file(Connection& connection, const IndexHandle& index, const File& file, Timestamp now);

/// Everything that FileStore::add() promises, but the commit.
Result<Recorded> take_file(Connection& connection, const IndexHandle& index, const NewFile& file,
                           const FileNote& note);

}  // namespace packhouse::sql
