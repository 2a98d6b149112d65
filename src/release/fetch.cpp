#include "release/fetch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "base/text.hpp"

namespace packhouse::release {
namespace {

/// A file that is written once from its beginning, again after a restart.
class FileSink final : public DownloadSink {
 public:
  FileSink(FileSystem& disk, Path path) : disk_(disk), path_(std::move(path)) {}

  Status open() {
    TRY(file_, disk_.create(path_));
    return success();
  }

  Status write(std::string_view chunk) override {
    CHECK_OK(file_->write(chunk));
    hasher_.update(chunk);
    size_ += chunk.size();
    return success();
  }

  Status restart() override {
    file_.reset();
    CHECK_OK(disk_.remove(path_));
    hasher_ = Hasher{};
    size_ = 0;
    return open();
  }

  std::uint64_t size() const noexcept override { return size_; }

  Result<Sha256> finish() {
    file_.reset();  // not flushed: its folder is gone with this process
    return hasher_.finish().sha256;
  }

 private:
  FileSystem& disk_;
  Path path_;
  std::unique_ptr<WritableFile> file_;
  Hasher hasher_;
  std::uint64_t size_ = 0;
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

Result<FetchedArchive> fetch_archive(Forge& forge, FileSystem& disk, std::int64_t artifact_id,
                                     const Path& target, std::uint64_t max_bytes, const Progress& progress) {
  FileSink sink(disk, target);
  CHECK_OK(sink.open());
  TRY(const auto facts, forge.download(artifact_id, max_bytes, sink, progress));
  TRY(const auto streamed, sink.finish());
  TRY(const auto stored, hash_file(disk, target));
  TRY(const auto size, disk.size(target));
  return FetchedArchive{target, size, streamed, stored.sha256, facts.content_type};
}

Checks decide_archive(const Policy& policy, const ArtifactFacts& artifact, const FetchedArchive& archive) {
  constexpr std::string_view again =
      "promote again; if it stays so, the archive was damaged or changed at the forge";
  Examination exam;
  exam.on({"artifacts", "archive"});
  exam.that("artifact.content-type", is_archive_type(archive.content_type), "application/zip",
            quote(archive.content_type), "upload the files as an archive: without `archive: false`");
  exam.equal("artifact.size", Field<std::int64_t>(static_cast<std::int64_t>(archive.size)), artifact.size,
             again);
  exam.that("artifact.on-disk", archive.streamed == archive.on_disk, "sha256:" + archive.streamed.hex(),
            "sha256:" + archive.on_disk.hex(), "the disk did not keep what was written: check it");
  const std::string found = "sha256:" + archive.on_disk.hex();
  const bool nothing_to_compare = !artifact.digest_stated && policy.allow_missing_artifact_digest;
  exam.that("artifact.digest", nothing_to_compare || (artifact.digest.ok() && *artifact.digest == found),
            nothing_to_compare ? "any: the policy allows a forge that states none" : show(artifact.digest),
            found, again);
  return exam.take();
}

Result<HashValues> hash_file(FileSystem& disk, const Path& path, HashSet wanted) {
  TRY(const auto file, disk.open(path));
  Hasher hasher(wanted);
  std::string block(256U << 10U, '\0');
  while (true) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return Error{Errc::unavailable, fmt::format("cannot read {}: {}", path.filename().string(),
                                                  std::generic_category().message(errno))};
    }
    if (count == 0) return hasher.finish();
    hasher.update(std::string_view(block).substr(0, static_cast<std::size_t>(count)));
  }
}

}  // namespace packhouse::release
