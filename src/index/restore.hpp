#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "index/backup_folder.hpp"
#include "sys/file_system.hpp"

namespace packhouse::index {

/// What is wrong with a folder of backups.
struct BackupFinding {
  std::string snapshot;
  std::string message;
};

struct BackupVerification {
  std::uint64_t snapshots = 0;
  std::uint64_t blobs = 0;  ///< read and hashed again, each once
  std::uint64_t bytes = 0;
  std::uint64_t is_signed = 0;  ///< snapshots with a signature that fits
  std::vector<BackupFinding> findings;
};

/// Reads every byte of every snapshot again: the manifests with their signatures, the databases, the ledgers'
/// chains, the lists and the blobs. With `public_key` (PEM) each snapshot must be signed by that key. Changes
/// nothing. not_found where there is no snapshot.
Result<BackupVerification> verify_backups(FileSystem& disk, const DatabaseFile& database, const Path& folder,
                                          const std::optional<std::string>& public_key);

struct RestoreReport {
  std::string snapshot;
  SnapshotManifest manifest;
};

/// Makes the folder of an index, `data`, from a snapshot, the newest where `name` is empty. Every byte is
/// hashed on its way, and the database gets its name last: a crash before leaves a folder that no command
/// takes for an index. conflict where `data` holds anything, or where the backup is not as its manifest says.
/// All is durable when this returns.
Result<RestoreReport> restore(FileSystem& disk, const DatabaseFile& database, const Path& folder,
                              std::string_view name, const Path& data);

}  // namespace packhouse::index
