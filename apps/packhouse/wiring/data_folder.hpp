#pragma once

#include <memory>

#include "base/result.hpp"
#include "blob/blob_store.hpp"
#include "index/backup_folder.hpp"
#include "model/ledger_entry.hpp"
#include "store/metadata_store.hpp"
#include "sys/clock.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/file_system.hpp"

namespace packhouse::app {

/// The index that every server has.
inline constexpr std::string_view main_index = "main";

/// Whether a command needs the folder for itself.
enum class Sharing {
  alone,   ///< conflict while a server or another such command uses it
  beside,  ///< a server may run: the database takes turns
};

/// What opening a folder does with a database of an older schema, and with a folder that has no database.
enum class Opening {
  as_it_is,  ///< an older schema is conflict; no database is not_found
  upgrade,   ///< an older schema is upgraded once a copy is kept; no database is not_found
  create,    ///< an older schema is upgraded once a copy is kept; a missing database is made
};

/// A folder that holds the bytes of an index and no database, or an empty one, is `conflict`: a new index
/// there would take the place of one whose database was lost.
Status refuse_lost_database(const Path& folder);

/// Excludes other packhouse processes from a folder while the descriptor is open: conflict where one has it.
/// `what` names the folder then.
Result<FileDescriptor> lock_folder(const Path& folder, std::string_view what);

/// How backups copy and read the database.
index::DatabaseFile database_file();

/// Whether its database can be read and changed.
Status probe_database(const Path& folder);

/// Of the database of an index: what it has, and what this program needs. Changes nothing.
struct SchemaSteps {
  std::int64_t found = 0;
  std::int64_t known = 0;
};
Result<SchemaSteps> missing_steps(const Path& folder);
/// Where Opening::upgrade keeps the database from before schema `known`.
Path kept_before(const Path& folder, std::int64_t known);

/// An index's data: the database `packhouse.db`, the blobs, and the file `lock`. Closes them when it goes.
struct DataFolder {
  /// There is an index already.
  static bool is_one(const Path& path);
  /// not_found where the folder has no database; the error of refuse_lost_database() where it lost one.
  static Status require(const Path& path);
  /// Makes what is missing in the folder, and with Opening::create the folder itself (mode 0700). An empty
  /// file does not count as a database. With Opening::as_it_is, a folder that cannot be written is opened for
  /// reading, without a lock; unavailable where its write-ahead log has changes that the database lacks.
  static Result<DataFolder> open(const Path& path, Sharing sharing, Opening opening);

  Path path;  ///< absolute
  std::unique_ptr<FileSystem> disk;
  FileDescriptor lock;  ///< holds the lock while open
  std::unique_ptr<MetadataStore> store;
  std::unique_ptr<BlobStore> blobs;

 private:
  static Result<DataFolder> read(const Path& folder);
};

/// The user at this machine's console, for the ledger.
Actor console_actor();

}  // namespace packhouse::app
