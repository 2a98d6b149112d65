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

/// An index's data: the database `packhouse.db`, the blobs, and the file `lock`. Closes them when it goes.
struct DataFolder {
  /// There is an index already.
  static bool is_one(const Path& path);
  /// not_found, or the error of refuse_lost_database(), where there is none.
  static Status require(const Path& path);
  /// Makes the folder (mode 0700) and what is missing in it. `create` false: not_found if there is no
  /// database, or an empty one.
  static Result<DataFolder> open(const Path& path, Sharing sharing, bool create);

  Path path;  ///< absolute
  std::unique_ptr<FileSystem> disk;
  FileDescriptor lock;  ///< holds the lock while open
  std::unique_ptr<MetadataStore> store;
  std::unique_ptr<BlobStore> blobs;
};

/// The user at this machine's console, for the ledger.
Actor console_actor();

}  // namespace packhouse::app
