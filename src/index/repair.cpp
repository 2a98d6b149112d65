#include "index/repair.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <system_error>
#include <utility>

#include "archive/byte_source.hpp"
#include "dist/check.hpp"
#include "index/blob_state.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::index {
namespace {

/// Notes what was replaced of a file, and why.
class Replaced {
 public:
  bool is_damaged(BlobStore& blobs, const Sha256& digest) {
    state_ = read_again(blobs, digest).state;
    return state_ != BlobState::sound;
  }
  /// What is_damaged() saw last.
  void note(std::string_view part) { was_[part] = to_string(state_); }
  bool empty() const noexcept { return was_.empty(); }
  const json::Object& was() const noexcept { return was_; }

  Status record(LedgerStore& ledger, std::string_view index, const File& file, const Actor& actor,
                Timestamp now) const {
    if (empty()) return success();
    return ledger.append({.actor = actor,
                          .action = "file.repair",
                          .subject = subject_of(index, file),
                          .reason = {},
                          .detail = {{"sha256", file.sha256.hex()}, {"was", was_}}},
                         now);
  }

 private:
  BlobState state_ = BlobState::sound;
  json::Object was_;
};

Status replace_by(BlobStore& blobs, std::string_view bytes) {
  TRY(const auto writer, blobs.begin({}));
  CHECK_OK(writer->write(bytes));
  CHECK_OK(writer->finish());
  return writer->replace();
}

/// The files of some folders that may have what is wanted, by SHA-256.
class Supply {
 public:
  explicit Supply(const RepairSource& source) : source_(source) {}

  void want(const Sha256& digest, std::optional<std::uint64_t> size) {
    wanted_.insert(digest);
    if (size) {
      sizes_.insert(*size);
    } else {
      any_size_ = true;
    }
  }

  Status search() {
    if (wanted_.empty()) return success();
    for (const auto& folder : source_.folders)
      CHECK_OK(search(folder));
    return success();
  }

  /// False where no folder had these bytes.
  Result<bool> replace(BlobStore& blobs, const Sha256& digest) const {
    const auto place = found_.find(digest);
    if (place == found_.end()) return false;
    TRY(const auto file, source_.disk.open(place->second));
    TRY(const auto writer, blobs.begin({}));
    CHECK_OK(read_blocks(file, place->second, [&](std::string_view bytes) { return writer->write(bytes); }));
    TRY(const auto values, writer->finish());
    if (values.sha256 != digest) return false;
    CHECK_OK(writer->replace());
    return true;
  }

 private:
  Status search(const Path& folder) {
    std::error_code failure;
    const auto options = std::filesystem::directory_options::skip_permission_denied;
    for (std::filesystem::recursive_directory_iterator place(folder, options, failure), end;
         !failure && place != end; place.increment(failure)) {
      if (place->is_regular_file(failure)) look_at(place->path());
    }
    if (!failure) return success();
    return Error{Errc::invalid_input,
                 fmt::format("cannot list the folder {}: {}", quote(folder.native()), failure.message())};
  }

  void look_at(const Path& path) {
    const auto size = source_.disk.size(path);
    if (!size.ok() || (!any_size_ && !sizes_.contains(*size))) return;
    const auto values = hash_file(source_.disk, path);
    if (values.ok() && wanted_.contains(values->sha256)) found_.emplace(values->sha256, path);
  }

  const RepairSource& source_;
  std::set<Sha256> wanted_;
  std::set<std::uint64_t> sizes_;
  bool any_size_ = false;
  std::map<Sha256, Path> found_;
};

Result<std::string> metadata_in(BlobStore& blobs, const File& file) {
  TRY(const auto blob, blobs.open(file.sha256));
  const auto source = archive::FileSource::borrow(blob.fd(), blob.size());
  const auto report = dist::check_file(source, file.filename, dist::Policy::mirror());
  return report.inspection ? report.inspection->metadata_bytes : std::string{};
}

class FileRepair {
 public:
  FileRepair(BlobStore& blobs, const Supply& supply, const File& file)
      : blobs_(blobs), supply_(supply), file_(file) {}

  Result<Replaced> run() {
    CHECK_OK(from_supply("file", file_.sha256));
    if (file_.metadata_sha256) CHECK_OK(metadata());
    if (file_.provenance_sha256) CHECK_OK(from_supply("provenance", *file_.provenance_sha256));
    return std::move(replaced_);
  }

 private:
  Status from_supply(std::string_view part, const Sha256& digest) {
    if (!replaced_.is_damaged(blobs_, digest)) return success();
    TRY(const bool done, supply_.replace(blobs_, digest));
    if (done) replaced_.note(part);
    return success();
  }

  Status metadata() {
    const auto& digest = *file_.metadata_sha256;
    if (read_again(blobs_, file_.sha256).state != BlobState::sound) return success();
    if (!replaced_.is_damaged(blobs_, digest)) return success();
    TRY(const auto bytes, metadata_in(blobs_, file_));
    if (Sha256::of(bytes) != digest) return success();
    CHECK_OK(replace_by(blobs_, bytes));
    replaced_.note("metadata");
    return success();
  }

  BlobStore& blobs_;
  const Supply& supply_;
  const File& file_;
  Replaced replaced_;
};

}  // namespace

Result<bool> repair(const Context& context, const File& file, BlobWriter& content, std::string_view metadata,
                    const Actor& actor) {
  Replaced replaced;
  {
    const std::shared_lock no_gc(context.blobs.gc_lock());
    if (replaced.is_damaged(context.blobs, file.sha256)) {
      CHECK_OK(content.replace());
      replaced.note("file");
    }
    const bool known = file.metadata_sha256 && Sha256::of(metadata) == *file.metadata_sha256;
    if (known && replaced.is_damaged(context.blobs, *file.metadata_sha256)) {
      CHECK_OK(replace_by(context.blobs, metadata));
      replaced.note("metadata");
    }
  }
  CHECK_OK(replaced.record(context.store.ledger(), context.index, file, actor, context.clock.now()));
  return !replaced.empty();
}

Result<std::vector<std::string>> repair_files(MetadataStore& store, BlobStore& blobs,
                                              std::span<const DamagedFile> damaged,
                                              const RepairSource& source, const Actor& actor,
                                              const Clock& clock) {
  Supply supply(source);
  for (const auto& [index, file] : damaged) {
    supply.want(file.sha256, file.size);
    if (file.provenance_sha256 && read_again(blobs, *file.provenance_sha256).state != BlobState::sound)
      supply.want(*file.provenance_sha256, std::nullopt);
  }
  CHECK_OK(supply.search());
  std::vector<std::string> done;
  for (const auto& [index, file] : damaged) {
    TRY(const auto replaced, FileRepair(blobs, supply, file).run());
    CHECK_OK(replaced.record(store.ledger(), index, file, actor, clock.now()));
    for (const auto& [part, was] : replaced.was())
      done.push_back(fmt::format("{}: {}", subject_of(index, file), std::string_view(part)));
  }
  return done;
}

}  // namespace packhouse::index
