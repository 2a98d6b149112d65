#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "model/file.hpp"
#include "model/ledger_entry.hpp"
#include "store/metadata_store.hpp"
#include "store/sql/connection.hpp"
#include "store/sql/queries.hpp"
#include "store/sql/rows.hpp"

/// The steps that the store's changes are made of, each on the connection of an open transaction.
namespace packhouse::sql {

struct IndexHandle {
  Number id = 0;
  Number serial = 0;
  bool immutable = false;
};

/// not_found where there is no such index.
Result<IndexHandle> find_index(Connection& connection, std::string_view name);
std::optional<File> find_file(Connection& connection, const IndexHandle& index, std::string_view filename);
Error no_such_file(std::string_view index, std::string_view filename);

/// conflict when a file of that name was deleted.
Status refuse_burned(Connection& connection, const IndexHandle& index, std::string_view filename);

/// forbidden when the index's policy takes releases only from other indexes.
Status refuse_uploads(Connection& connection, const IndexHandle& index);

/// forbidden when the project is archived or quarantined, or that version blocked in any spelling. A project
/// that is not there takes files.
Status refuse_closed(Connection& connection, const IndexHandle& index, std::string_view project,
                     std::string_view version);

/// invalid_input for what no database or no reader of the ledger would take; `what` names it.
Status check_text(std::string_view what, std::string_view text);
Status check_texts(const File& file);

/// Adds the next link. Only in a writing transaction: between reading the last link and adding to it nobody
/// else may add one.
Status append_to_ledger(Connection& connection, const LedgerNote& note, Timestamp time);

/// The index's next serial; whatever changed takes it over.
Number raise_serial(Connection& connection, const IndexHandle& index);

/// Writes the file's row, and those of its project and release where they are new. The project takes a new
/// serial.
void insert_file(Connection& connection, const IndexHandle& index, const File& file);

/// nullopt also where there is no such release.
std::optional<ReleaseLabel> find_label(Connection& connection, const IndexHandle& index,
                                       std::string_view project, std::string_view version);
/// Calls a release that is there so from here on; nothing can take that back. True when it had no label: then
/// the project took a new serial.
bool label_release(Connection& connection, const IndexHandle& index, std::string_view project,
                   std::string_view version, ReleaseLabel label);

/// conflict when the project has no release yet and a live session of somebody else reserves its name.
Status refuse_reserved(Connection& connection, const IndexHandle& index, std::string_view project,
                       const Actor& actor, Timestamp now);

Totals count_files(Connection& connection, const IndexHandle& index, std::string_view project);

/// too_large when the index has no room for one more such file. In the transaction that takes the file, so
/// that no other can take the same room.
Status refuse_full(Connection& connection, const IndexHandle& index, const File& file, const Quotas& room);

/// All that MetadataStore::add_file() promises, but the commit.
Result<Recorded> take_file(Connection& connection, const IndexHandle& index, const NewFile& file,
                           const LedgerNote& note);

}  // namespace packhouse::sql
