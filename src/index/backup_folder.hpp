#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "index/ledger_export.hpp"
#include "store/metadata_store.hpp"
#include "sys/file_system.hpp"

/// What a folder of backups holds:
///
///     blobs/sha256/ab/cdef…       the bytes of all snapshots, each once
///     snapshots/TIME/packhouse.db the database at that time
///                    blobs.txt    the blobs that it needs: SHA-256, a blank and the size, sorted
///                    backup.json  the manifest, with the digests of those two; written last
///                    ledger-head.json, as `packhouse ledger export` writes it
///                    *.sig, ledger-key.pub.pem  where the ledger has a key
///
/// A folder in `snapshots` whose name begins with a dot is unfinished or was given up.
namespace packhouse::index {

/// How the database's file is copied and read.
struct DatabaseFile {
  /// Of one that servers may be using; the copy is complete, and not yet durable.
  std::function<Status(const Path& from, const Path& to)> copy;
  /// Of a copy that nothing writes to.
  std::function<Result<std::unique_ptr<MetadataStore>>(const Path& path)> read;
};

inline constexpr std::string_view database_file_name = "packhouse.db";

struct ListedBlob {
  Sha256 digest;
  std::uint64_t size = 0;
};

/// The manifest of a snapshot.
struct SnapshotManifest {
  Timestamp time;
  Sha256 database{{}};
  Sha256 blob_list{{}};
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;  ///< of the blobs
  /// Blobs that the database needs and that neither the index nor the backup had.
  std::vector<Sha256> missing;
  LedgerHead head;

  /// Canonical JSON and a newline: what is signed.
  std::string text() const;
  /// Reads exactly what text() writes.
  static Result<SnapshotManifest> parse(std::string_view text);
};

/// The names in a folder of backups.
class BackupFolder {
 public:
  BackupFolder(FileSystem& disk, Path path) : disk_(disk), path_(std::move(path)) {}

  const Path& path() const noexcept { return path_; }
  Path snapshots() const { return path_ / "snapshots"; }
  Path snapshot(std::string_view name) const { return snapshots() / name; }
  static Path database_of(const Path& snapshot) { return snapshot / database_file_name; }
  static Path blob_list_of(const Path& snapshot) { return snapshot / "blobs.txt"; }
  static Path manifest_of(const Path& snapshot) { return snapshot / "backup.json"; }
  static Path head_of(const Path& snapshot) { return snapshot / "ledger-head.json"; }
  static Path key_of(const Path& snapshot) { return snapshot / "ledger-key.pub.pem"; }
  static Path signature_of(const Path& file) { return file.native() + ".sig"; }

  /// Of complete snapshots, oldest first. not_found where this is no folder of backups.
  Result<std::vector<std::string>> names() const;
  /// The newest where `name` is empty. not_found where there is none.
  Result<std::string> choose(std::string_view name) const;
  Result<std::string> manifest_text(std::string_view name) const;
  Result<SnapshotManifest> manifest(std::string_view name) const;
  /// The list of its blobs, whose digest has to be that of the manifest: conflict otherwise.
  Result<std::vector<ListedBlob>> blobs(std::string_view name, const SnapshotManifest& manifest) const;

 private:
  FileSystem& disk_;
  Path path_;
};

/// One line of blobs.txt for each.
std::string blob_list_text(const std::vector<ListedBlob>& blobs);

}  // namespace packhouse::index
