#include "index/restore.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/signing_key.hpp"
#include "blob/fs/fs_blob_store.hpp"
#include "sys/fail_point.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::index {
namespace {

constexpr std::uint64_t max_small_file = 64U << 10U;

Error damaged(const Path& path, std::string_view what) {
  return {Errc::conflict, fmt::format("{} {}", quote(path.string(), 300), what),
          "packhouse backup verify lists what is wrong; --snapshot takes another one"};
}

/// The digest of the manifest, and a chain that ends as it says.
Status check_database(FileSystem& disk, const DatabaseFile& database, const Path& path,
                      const SnapshotManifest& manifest) {
  TRY(const auto hashed, hash_file(disk, path));
  if (hashed.sha256 != manifest.database) return damaged(path, "is not the database that its manifest names");
  TRY(const auto store, database.read(path));
  TRY(const auto head,
      read_ledger(store->ledger(), manifest.time, [](std::string_view) { return success(); }));
  if (head == manifest.head) return success();
  return damaged(path, "has a ledger that does not end as its manifest says");
}

class Verifier {
 public:
  Verifier(FileSystem& disk, const DatabaseFile& database, const Path& folder,
           const std::optional<std::string>& public_key)
      : disk_(disk), database_(database), folder_(disk, folder), public_key_(public_key) {}

  Result<BackupVerification> run() {
    TRY(const auto newest, folder_.choose({}));
    TRY(const auto names, folder_.names());
    for (const auto& name : names) {
      ++verified_.snapshots;
      check(name, check_snapshot(name));
    }
    return std::move(verified_);
  }

 private:
  void check(const std::string& snapshot, const Status& status) {
    if (!status.ok()) verified_.findings.push_back({snapshot, status.error().message});
  }

  Status check_snapshot(const std::string& name) {
    check(name, check_signature(name));
    TRY(const auto manifest, folder_.manifest(name));
    for (const auto& digest : manifest.missing)
      check(name, Error{Errc::conflict, fmt::format("the index had lost sha256:{} before", digest.hex())});
    const auto path = BackupFolder::database_of(folder_.snapshot(name));
    CHECK_OK(check_database(disk_, database_, path, manifest));
    TRY(const auto listed, folder_.blobs(name, manifest));
    CHECK_OK(check_list(path, manifest, listed));
    for (const auto& blob : listed)
      check(name, check_blob(blob.digest));
    return success();
  }

  Status check_signature(const std::string& name) {
    const auto path = BackupFolder::manifest_of(folder_.snapshot(name));
    const auto signature = disk_.read(BackupFolder::signature_of(path), max_small_file);
    if (!signature.ok() && signature.error().code == Errc::not_found) {
      if (!public_key_) return success();
      return Error{Errc::conflict, "it has no signature"};
    }
    if (!signature.ok()) return signature.error();
    TRY(const auto text, folder_.manifest_text(name));
    TRY(const auto stated, disk_.read(BackupFolder::key_of(path.parent_path()), max_small_file));
    const auto verified = verify_signature(public_key_.value_or(stated), text, *signature);
    if (!verified.ok()) return verified.error().context("its signature");
    ++verified_.is_signed;
    return success();
  }

  /// The list names what the database needs, less what was missing.
  Status check_list(const Path& path, const SnapshotManifest& manifest,
                    const std::vector<ListedBlob>& listed) {
    TRY(const auto store, database_.read(path));
    TRY(const auto needed, store->files().referenced_blobs());
    std::set<Sha256> expected{needed.begin(), needed.end()};
    for (const auto& digest : manifest.missing)
      expected.erase(digest);
    std::set<Sha256> found;
    for (const auto& blob : listed)
      found.insert(blob.digest);
    if (expected == found) return success();
    return Error{Errc::conflict, "its list names other blobs than its database needs"};
  }

  /// Once, however many snapshots need it.
  Status check_blob(const Sha256& digest) {
    auto known = states_.find(digest);
    if (known == states_.end()) known = states_.emplace(digest, hash_blob(digest)).first;
    return known->second;
  }

  Status hash_blob(const Sha256& digest) {
    const auto path = fs_blob_path(folder_.path(), digest);
    const auto hashed = hash_file(disk_, path);
    if (!hashed.ok() && hashed.error().code == Errc::not_found) {
      return Error{Errc::conflict, fmt::format("there is no blob sha256:{}", digest.hex())};
    }
    if (!hashed.ok()) return hashed.error();
    TRY(const auto size, disk_.size(path));
    ++verified_.blobs;
    verified_.bytes += size;
    if (hashed->sha256 == digest) return success();
    return Error{Errc::conflict, fmt::format("the bytes no longer have SHA-256 {}", digest.hex())};
  }

  FileSystem& disk_;
  const DatabaseFile& database_;
  BackupFolder folder_;
  const std::optional<std::string>& public_key_;
  std::map<Sha256, Status> states_;
  BackupVerification verified_;
};

Status require_empty(const Path& data) {
  std::error_code none;
  if (!std::filesystem::exists(data, none) || std::filesystem::is_empty(data, none)) return success();
  return Error{Errc::conflict, fmt::format("{} is not an empty folder", quote(data.string(), 300)),
               "name a new one; where an earlier restore was interrupted, remove its folder first"};
}

/// Copies with the digest taken on the way; the name is not durable yet.
Status copy_blob(FileSystem& disk, const Path& source, const Sha256& digest, BlobStore& target) {
  TRY(const auto file, disk.open(source));
  TRY(const auto writer, target.begin({}));
  CHECK_OK(read_blocks(file, source, [&](std::string_view bytes) { return writer->write(bytes); }));
  TRY(const auto values, writer->finish());
  if (values.sha256 != digest) return damaged(source, "has other bytes than its name says");
  return writer->place();
}

Status copy_file(FileSystem& disk, const Path& from, const Path& to) {
  TRY(const auto source, disk.open(from));
  TRY(const auto target, disk.create(to));
  CHECK_OK(read_blocks(source, from, [&](std::string_view bytes) { return target->write(bytes); }));
  return target->sync();
}

Status restore_blobs(FileSystem& disk, const Path& folder, const std::vector<ListedBlob>& listed,
                     const Path& data) {
  TRY(const auto target, open_fs_blob_store(disk, data));
  std::set<Path> folders;
  for (const auto& blob : listed) {
    CHECK_OK(copy_blob(disk, fs_blob_path(folder, blob.digest), blob.digest, *target));
    folders.insert(fs_blob_path(data, blob.digest).parent_path());
    reach(FailPoint::restore_blob_placed);
  }
  for (const auto& touched : folders)
    CHECK_OK(disk.sync_folder(touched));
  return success();
}

}  // namespace

Result<BackupVerification> verify_backups(FileSystem& disk, const DatabaseFile& database, const Path& folder,
                                          const std::optional<std::string>& public_key) {
  return Verifier{disk, database, folder, public_key}.run();
}

Result<RestoreReport> restore(FileSystem& disk, const DatabaseFile& database, const Path& folder,
                              std::string_view name, const Path& data) {
  const BackupFolder backups{disk, folder};
  RestoreReport report;
  TRY(report.snapshot, backups.choose(name));
  TRY(report.manifest, backups.manifest(report.snapshot));
  TRY(const auto listed, backups.blobs(report.snapshot, report.manifest));
  CHECK_OK(require_empty(data));
  CHECK_OK(disk.make_folders(data));
  CHECK_OK(restore_blobs(disk, folder, listed, data));

  const auto copy = data / "packhouse.db.restored";
  CHECK_OK(copy_file(disk, BackupFolder::database_of(backups.snapshot(report.snapshot)), copy));
  CHECK_OK(check_database(disk, database, copy, report.manifest));
  CHECK_OK(disk.sync_folder(data));
  reach(FailPoint::restore_database_copied);
  CHECK_OK(disk.rename(copy, data / database_file_name));
  CHECK_OK(disk.sync_folder(data));
  CHECK_OK(disk.sync_folder(data.parent_path()));
  return report;
}

}  // namespace packhouse::index
