#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"

namespace packhouse {

/// A blob being written. Readers see nothing before commit(); destroying it uncommitted discards the bytes.
/// Used on one thread at a time. After an error every further call gives that error again.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  /// Hashes and stores in the same pass.
  virtual Status write(std::string_view bytes) = 0;
  /// No more bytes. From now on they can be read through path(), until commit(), while the digests are taken
  /// and the disk works. Call once.
  virtual Status seal() = 0;
  /// Seals if that was not done, and waits for all digests. Call once.
  virtual Result<HashValues> finish() = 0;
  virtual std::uint64_t size() const noexcept = 0;
  /// Where finished bytes can be read before they are committed (a local file for every store).
  virtual const std::string& path() const noexcept = 0;
  /// After finish(): makes the bytes durable and gives them their name. Only needed where several are to be
  /// committed: placed first, one flush of the disk serves the names of all.
  virtual Status place() = 0;
  /// After finish(): places if that was not done, and makes the name durable. A digest already stored is
  /// success: the old copy stays. On its way it reaches the fail points upload_blob_synced and
  /// upload_blob_linked.
  virtual Status commit() = 0;
};

/// A blob opened for reading; closes its descriptor unless it was released.
class BlobFile {
 public:
  BlobFile(int fd, std::uint64_t size) noexcept : fd_(fd), size_(size) {}
  BlobFile(BlobFile&& other) noexcept;
  BlobFile& operator=(BlobFile&&) = delete;
  ~BlobFile();
  int fd() const noexcept { return fd_; }
  int release() noexcept;
  std::uint64_t size() const noexcept { return size_; }

 private:
  int fd_;
  std::uint64_t size_;
};

/// Bytes named by their SHA-256. Thread-safe. Input at fault: an Error; a broken disk: `unavailable`.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  virtual Result<std::unique_ptr<BlobWriter>> begin(HashSet hashes) = 0;
  /// Small bytes in one go; durable when it returns.
  virtual Result<Sha256> put(std::string_view bytes) = 0;
  /// not_found when there is no such blob.
  virtual Result<BlobFile> open(const Sha256& digest) = 0;
  /// not_found; too_large when it has more than `limit` bytes.
  virtual Result<std::string> read(const Sha256& digest, std::uint64_t limit) = 0;
  /// Throws std::runtime_error when the disk cannot tell.
  virtual bool contains(const Sha256& digest) = 0;
  /// not_found. Files that are open stay readable. After a power cut it may be there again.
  virtual Status remove(const Sha256& digest) = 0;
  /// Every blob, in no order; one written or removed meanwhile may be seen or not.
  virtual Status each(const std::function<void(const Sha256&, std::uint64_t size)>& visit) = 0;
  /// Removes temporary files that a crash left, and says how many. Only at start, before anything is written.
  virtual Result<std::uint64_t> discard_unfinished() = 0;

  /// Held shared from before a blob gets its name until a row needs it, and alone by whoever removes blobs
  /// that no row needs: they may just have been taken for one that another thread wanted to store.
  std::shared_mutex& naming() noexcept { return naming_; }

 private:
  std::shared_mutex naming_;
};

}  // namespace packhouse
