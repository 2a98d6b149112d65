#include "source/artifact_download.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <future>
#include <mutex>
#include <system_error>

#include "archive/crc32.hpp"
#include "base/text.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::source {
namespace {

Error cannot_read(const Path& path, int error) {
  return {Errc::unavailable, fmt::format("cannot read {}: {}", path.filename().string(),
                                         std::generic_category().message(error))};
}

/// Hashes a file from the disk while somebody else writes it, on a thread of its own.
class Follower {
 public:
  struct Digests {
    Sha256 sha256;
    std::uint32_t crc32 = 0;
  };

  Follower(FileDescriptor file, Path path)
      : file_(std::move(file)),
        path_(std::move(path)),
        digests_(std::async(std::launch::async, [this] { return follow(); })) {}
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower() { end(); }

  /// So many bytes are in the file by now.
  void grown(std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    size_ = size;
    changed_.notify_one();
  }
  /// Of all of them; nobody writes any more.
  Result<Digests> finish() {
    end();
    return digests_.get();
  }

 private:
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_one();
  }

  /// False once there is nothing more to wait for.
  bool wait_beyond(std::uint64_t done) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return size_ > done || ended_; });
    return size_ > done;
  }

  Result<Digests> follow() {
    Hasher hasher;
    std::uint32_t crc = 0;
    std::string block(hash_block_bytes, '\0');
    for (std::uint64_t done = 0; wait_beyond(done);) {
      TRY(const auto bytes, read_block(file_, path_, block));
      if (bytes.empty()) return cannot_read(path_, EIO);  // the disk has less than was written
      hasher.update(bytes);
      crc = archive::crc32(crc, bytes);
      done += bytes.size();
    }
    return Digests{hasher.finish().sha256, crc};
  }

  FileDescriptor file_;
  Path path_;
  std::mutex mutex_;  // guards the two below
  std::uint64_t size_ = 0;
  bool ended_ = false;
  std::condition_variable changed_;
  std::future<Result<Digests>> digests_;  // the last: it waits for what uses the others
};

/// A file that is written once from its beginning, again after a restart.
class FileSink final : public forge::DownloadSink {
 public:
  FileSink(FileSystem& disk, Path path) : disk_(disk), path_(std::move(path)) {}

  Status open() {
    TRY(file_, disk_.create(path_));
    TRY(auto again, disk_.open(path_));
    follower_.emplace(std::move(again), path_);
    return success();
  }

  Status write(std::string_view chunk) override {
    crc_ = archive::crc32(crc_, chunk);
    size_ += chunk.size();
    unwritten_ += chunk;
    return unwritten_.size() < hash_block_bytes ? success() : flush();
  }

  Status restart() override {
    follower_.reset();
    file_.reset();
    CHECK_OK(disk_.remove(path_));
    crc_ = 0;
    unwritten_.clear();
    size_ = 0;
    return open();
  }

  std::uint64_t size() const noexcept override { return size_; }

  std::uint32_t crc32() const noexcept { return crc_; }
  /// Of what is on the disk.
  Result<Follower::Digests> finish() {
    CHECK_OK(flush());
    file_.reset();  // not flushed: its folder is gone with this process
    return follower_->finish();
  }

 private:
  Status flush() {
    CHECK_OK(file_->write(unwritten_));
    unwritten_.clear();
    follower_->grown(size_);
    return success();
  }

  FileSystem& disk_;
  Path path_;
  std::unique_ptr<WritableFile> file_;
  std::optional<Follower> follower_;
  std::uint32_t crc_ = 0;  // of what came
  // The network's pieces are small: each would be a call of the system and a thread woken.
  std::string unwritten_;
  std::uint64_t size_ = 0;  // with what is unwritten
};

// What GitHub's blob hosts have been seen to say of a zip. upload-artifact can also keep a file as it is, and
// then this says so: a single wheel is a zip too, but not an archive of files.
bool is_archive_type(std::string_view content_type) {
  constexpr std::array types{"application/zip", "application/x-zip-compressed", "application/octet-stream",
                             "binary/octet-stream"};
  const std::string media = ascii_lower(trim(split(content_type, ';').front()));
  return std::ranges::find(types, media) != types.end();
}

}  // namespace

Result<FetchedArchive> fetch_archive(forge::Forge& forge, FileSystem& disk, std::int64_t artifact_id,
                                     const Path& target, std::uint64_t max_bytes, const Progress& progress) {
  FileSink sink(disk, target);
  CHECK_OK(sink.open());
  TRY(const auto facts, forge.download(artifact_id, max_bytes, sink, progress));
  TRY(const auto digests, sink.finish());
  TRY(const auto size, disk.size(target));
  return FetchedArchive{target, size, digests.sha256, digests.crc32, sink.crc32(), facts.content_type};
}

Checks decide_archive(const Policy& policy, const forge::ArtifactFacts& artifact,
                      const FetchedArchive& archive) {
  constexpr std::string_view again =
      "promote again; if it stays so, the archive was damaged or changed at the forge";
  CheckBuilder exam;
  exam.on({"artifacts", "archive"});
  exam.require("artifact.content-type", is_archive_type(archive.content_type), "application/zip",
               quote(archive.content_type), "upload the files as an archive: without `archive: false`");
  exam.equal("artifact.size", Field<std::int64_t>(static_cast<std::int64_t>(archive.size)), artifact.size,
             again);
  // Tells a bad disk from a bad download. What the archive is, its SHA-256 alone decides.
  exam.require("artifact.on-disk", archive.crc32 == archive.streamed_crc32,
               fmt::format("the bytes that came, of CRC-32 {:08x}", archive.streamed_crc32),
               fmt::format("CRC-32 {:08x}", archive.crc32),
               "the disk did not keep what was written: check it");
  const std::string found = "sha256:" + archive.sha256.hex();
  const bool nothing_to_compare = !artifact.digest_stated && policy.allow_missing_artifact_digest;
  exam.require("artifact.digest", nothing_to_compare || (artifact.digest.ok() && *artifact.digest == found),
               nothing_to_compare ? "any: the policy allows a forge that states none" : show(artifact.digest),
               found, again);
  return exam.take();
}

}  // namespace packhouse::source
