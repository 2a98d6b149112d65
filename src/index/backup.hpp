#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/signing_key.hpp"
#include "index/backup_folder.hpp"
#include "sys/file_system.hpp"

namespace packhouse::index {

struct BackupRequest {
  Path data;  ///< the folder of the index; a server may be using it
  Path to;    ///< made if missing
  Timestamp now;
  const SigningKey* key = nullptr;  ///< the ledger's, if it has one
  bool link = true;                 ///< blobs on the same file system, instead of copying them
};

struct BackupReport {
  std::string snapshot;
  std::uint64_t blobs = 0;  ///< that the snapshot needs
  std::uint64_t bytes = 0;
  std::uint64_t new_blobs = 0;  ///< that no earlier snapshot had
  std::uint64_t new_bytes = 0;
  LedgerHead head;
  /// Blobs that the index needs, and that are not there or have other bytes.
  std::vector<Sha256> damaged;
  /// Those of them that the backup does not have from before.
  std::vector<Sha256> missing;
};

/// Adds a snapshot of the index to a folder of backups. The database is copied first and the blobs after it,
/// since a blob is there before its row. Every byte that is new to the backup is read and hashed on its way.
/// All is durable when this returns; a crash before leaves the snapshots of before. A blob that is removed
/// meanwhile, by a server or by garbage collection, has the database copied again. conflict where the
/// database is damaged or the ledger's chain does not hold; unavailable for a fault of a disk. Only one at a
/// time may use the folder.
Result<BackupReport> back_up(FileSystem& disk, const DatabaseFile& database, const BackupRequest& request);

/// Removes all snapshots but the newest `keep`, then the blobs that no snapshot needs: their number. A crash
/// leaves blobs that are not needed, which the next call removes.
Result<std::uint64_t> prune_backups(FileSystem& disk, const Path& folder, std::size_t keep);

}  // namespace packhouse::index
