#include "index/backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/text.hpp"
#include "blob/fs/fs_blob_store.hpp"
#include "sys/fail_point.hpp"
#include "sys/hash_file.hpp"
#include "sys/write_file.hpp"

namespace packhouse::index {
namespace {

/// "20261130T063201.123456Z": sorts as the time does.
std::string name_at(Timestamp time) {
  return replace_all(replace_all(to_iso8601(time), "-", ""), ":", "");
}

/// A folder of files only; success when it is not there.
Status remove_folder(FileSystem& disk, const Path& path) {
  std::error_code failure;
  std::filesystem::remove_all(path, failure);
  if (!failure) return disk.sync_folder(path.parent_path());
  return Error{Errc::unavailable,
               fmt::format("cannot remove {}: {}", quote(path.string(), 300), failure.message())};
}

enum class Outcome {
  kept,     ///< the backup has it already
  added,    ///< sound, and now in the backup
  absent,   ///< the index does not have it
  damaged,  ///< the index has other bytes
};

/// Puts blobs of an index into a folder of backups.
class BlobCopier {
 public:
  BlobCopier(FileSystem& disk, const Path& from, const Path& to, BlobStore& target, bool link)
      : disk_(disk), from_(from), to_(to), target_(target), linked_(link) {}

  Result<Outcome> copy(const Sha256& digest, std::uint64_t& size) {
    const auto source = fs_blob_path(from_, digest);
    const auto found = disk_.size(source);
    if (!found.ok() && found.error().code == Errc::not_found) return Outcome::absent;
    if (!found.ok()) return found.error();
    size = *found;
    if (has(digest, size)) return Outcome::kept;
    TRY(const auto outcome, linked_ ? link(source, digest) : copy_bytes(source, digest));
    if (outcome == Outcome::added) {
      folders_.insert(fs_blob_path(to_, digest).parent_path());
      reach(FailPoint::backup_blob_placed);
    }
    return outcome;
  }

  bool has(const Sha256& digest, std::uint64_t size) const {
    const auto stored = disk_.size(fs_blob_path(to_, digest));
    return stored.ok() && *stored == size;
  }

  /// The names of what was added.
  Status sync() {
    for (const auto& folder : folders_)
      CHECK_OK(disk_.sync_folder(folder));
    return success();
  }

 private:
  /// The bytes are durable already: the index synced them. Where a link cannot be made, all are copied.
  Result<Outcome> link(const Path& source, const Sha256& digest) {
    const auto place = fs_blob_path(to_, digest);
    std::error_code failure;
    std::filesystem::remove(place, failure);  // of another length
    std::filesystem::create_hard_link(source, place, failure);
    if (failure) {
      linked_ = false;
      return copy_bytes(source, digest);
    }
    auto hashed = hash_file(disk_, place);
    if (hashed.ok() && hashed->sha256 == digest) return Outcome::added;
    std::filesystem::remove(place, failure);
    if (!hashed.ok()) return std::move(hashed).error();
    return Outcome::damaged;
  }

  Result<Outcome> copy_bytes(const Path& source, const Sha256& digest) {
    const auto file = disk_.open(source);
    if (!file.ok() && file.error().code == Errc::not_found) return Outcome::absent;
    if (!file.ok()) return file.error();
    TRY(const auto writer, target_.begin({}));
    CHECK_OK(read_blocks(*file, source, [&](std::string_view bytes) { return writer->write(bytes); }));
    TRY(const auto values, writer->finish());
    if (values.sha256 != digest) return Outcome::damaged;
    CHECK_OK(writer->place());
    return Outcome::added;
  }

  FileSystem& disk_;
  const Path& from_;
  const Path& to_;
  BlobStore& target_;
  std::set<Path> folders_;
  bool linked_;
};

class Backup {
 public:
  Backup(FileSystem& disk, const DatabaseFile& database, const BackupRequest& request, BlobStore& target)
      : disk_(disk),
        database_(database),
        request_(request),
        folder_(disk, request.to),
        copier_(disk, request_.data, folder_.path(), target, request.link) {}

  Result<BackupReport> run() {
    report_.snapshot = name_at(request_.now);
    staging_ = folder_.snapshot("." + report_.snapshot);
    CHECK_OK(disk_.make_folders(staging_));
    CHECK_OK(copy_all());
    CHECK_OK(copier_.sync());
    CHECK_OK(describe());
    reach(FailPoint::backup_snapshot_written);
    CHECK_OK(disk_.rename(staging_, folder_.snapshot(report_.snapshot)));
    CHECK_OK(disk_.sync_folder(folder_.snapshots()));
    reach(FailPoint::backup_snapshot_named);
    return std::move(report_);
  }

 private:
  /// A blob that is absent although a database that was copied later still needs it is damage; another one
  /// was removed after the copy.
  Status copy_all() {
    constexpr int most_rounds = 8;
    std::set<Sha256> absent_before;
    for (int round = 0; round < most_rounds; ++round) {
      CHECK_OK(copy_database());
      TRY(const auto absent, copy_blobs());
      if (std::ranges::includes(absent_before, absent)) return note_absent(absent);
      absent_before.insert(absent.begin(), absent.end());
    }
    return Error{Errc::unavailable, "files were removed all the time", "try again"};
  }

  Status copy_database() {
    store_.reset();
    const auto path = BackupFolder::database_of(staging_);
    if (std::filesystem::exists(path)) CHECK_OK(disk_.remove(path));
    CHECK_OK(database_.copy(request_.data / database_file_name, path));
    CHECK_OK(sync_file(disk_, path));
    TRY(store_, database_.read(path));
    reach(FailPoint::backup_database_copied);
    return success();
  }

  Result<std::set<Sha256>> copy_blobs() {
    TRY(const auto needed, store_->files().referenced_blobs());
    blobs_.clear();
    damaged_.clear();
    std::set<Sha256> absent;
    for (const auto& digest : std::set<Sha256>{needed.begin(), needed.end()}) {
      std::uint64_t size = 0;
      TRY(const auto outcome, copier_.copy(digest, size));
      if (outcome == Outcome::absent) absent.insert(digest);
      if (outcome == Outcome::damaged) damaged_.insert(digest);
      if (outcome == Outcome::added) {
        ++report_.new_blobs;
        report_.new_bytes += size;
      }
      if (outcome == Outcome::added || outcome == Outcome::kept) blobs_.push_back({digest, size});
    }
    return absent;
  }

  /// What the index lost may be in the backup from before.
  Status note_absent(const std::set<Sha256>& absent) {
    damaged_.insert(absent.begin(), absent.end());
    for (const auto& digest : damaged_) {
      report_.damaged.push_back(digest);
      const auto path = fs_blob_path(folder_.path(), digest);
      const auto hashed = hash_file(disk_, path);
      if (!hashed.ok() || hashed->sha256 != digest) {
        report_.missing.push_back(digest);
        continue;
      }
      TRY(const auto size, disk_.size(path));
      blobs_.push_back({digest, size});
    }
    std::ranges::sort(blobs_, {}, &ListedBlob::digest);
    return success();
  }

  Status describe() {
    for (const auto& blob : blobs_)
      report_.bytes += blob.size;
    report_.blobs = blobs_.size();
    TRY(report_.head,
        read_ledger(store_->ledger(), request_.now, [](std::string_view) { return success(); }));
    const auto list = blob_list_text(blobs_);
    CHECK_OK(write_new_file(disk_, BackupFolder::blob_list_of(staging_), list));
    TRY(const auto database, hash_file(disk_, BackupFolder::database_of(staging_)));
    const SnapshotManifest manifest{.time = request_.now,
                                    .database = database.sha256,
                                    .blob_list = Sha256::of(list),
                                    .blobs = report_.blobs,
                                    .bytes = report_.bytes,
                                    .missing = report_.missing,
                                    .head = report_.head};
    CHECK_OK(write_signed(BackupFolder::head_of(staging_), report_.head.text()));
    CHECK_OK(write_signed(BackupFolder::manifest_of(staging_), manifest.text()));
    if (request_.key != nullptr) {
      CHECK_OK(write_new_file(disk_, BackupFolder::key_of(staging_), request_.key->public_pem()));
    }
    return disk_.sync_folder(staging_);
  }

  Status write_signed(const Path& path, std::string_view text) {
    CHECK_OK(write_new_file(disk_, path, text));
    if (request_.key == nullptr) return success();
    return write_new_file(disk_, BackupFolder::signature_of(path), request_.key->sign(text));
  }

  FileSystem& disk_;
  const DatabaseFile& database_;
  const BackupRequest& request_;
  BackupFolder folder_;
  BlobCopier copier_;
  Path staging_;
  std::unique_ptr<MetadataStore> store_;  // the copy
  std::vector<ListedBlob> blobs_;
  std::set<Sha256> damaged_;
  BackupReport report_;
};

/// What a crash or an earlier prune_backups() left.
Status discard_unfinished(FileSystem& disk, const BackupFolder& folder) {
  TRY(const auto names, disk.list(folder.snapshots()));
  for (const auto& name : names) {
    if (name.starts_with('.')) CHECK_OK(remove_folder(disk, folder.snapshot(name)));
  }
  return success();
}

}  // namespace

Result<BackupReport> back_up(FileSystem& disk, const DatabaseFile& database, const BackupRequest& request) {
  const BackupFolder folder{disk, request.to};
  CHECK_OK(disk.make_folders(folder.snapshots()));
  CHECK_OK(disk.sync_folder(folder.path()));
  TRY(const auto target, open_fs_blob_store(disk, folder.path()));
  TRY(const auto unfinished, target->discard_unfinished());
  static_cast<void>(unfinished);
  CHECK_OK(discard_unfinished(disk, folder));
  return Backup{disk, database, request, *target}.run();
}

Result<std::uint64_t> prune_backups(FileSystem& disk, const Path& path, std::size_t keep) {
  const BackupFolder folder{disk, path};
  TRY(auto names, folder.names());
  while (names.size() > keep) {  // first out of sight, in one step
    CHECK_OK(disk.rename(folder.snapshot(names.front()), folder.snapshot("." + names.front())));
    names.erase(names.begin());
  }
  CHECK_OK(disk.sync_folder(folder.snapshots()));
  CHECK_OK(discard_unfinished(disk, folder));
  std::set<Sha256> needed;
  for (const auto& name : names) {
    TRY(const auto manifest, folder.manifest(name));
    TRY(const auto listed, folder.blobs(name, manifest));
    for (const auto& blob : listed)
      needed.insert(blob.digest);
  }
  const auto store = read_fs_blob_store(disk, path);
  std::vector<Sha256> unneeded;
  CHECK_OK(store->each([&](const Sha256& digest, std::uint64_t) {
    if (!needed.contains(digest)) unneeded.push_back(digest);
  }));
  for (const auto& digest : unneeded)
    CHECK_OK(store->remove(digest));
  return unneeded.size();
}

}  // namespace packhouse::index
