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
  /// Hashes and stores in one pass.
  virtual Status write(std::string_view bytes) = 0;
  /// Ends writing. Until commit() the bytes can be read through path(), while the digests are computed and
  /// the disk works. Call once.
  virtual Status seal() = 0;
  /// Seals unless sealed, and waits for all digests. Call once.
  virtual Result<HashValues> finish() = 0;
  virtual std::uint64_t size() const noexcept = 0;
  /// Where bytes whose write() has returned can be read before they are committed (a local file for every
  /// store). A file that was opened there stays readable, whatever becomes of the writer.
  virtual const std::string& path() const noexcept = 0;
  /// After finish(): makes the bytes durable and gives them their name. Only needed to commit several blobs:
  /// when all are placed first, one flush of the disk serves all names.
  virtual Status place() = 0;
  /// After finish(): places unless placed, and makes the name durable. A digest already stored is success:
  /// the old copy stays. Reaches the fail points upload_blob_synced and upload_blob_linked.
  virtual Status commit() = 0;
  /// commit() that replaces a stored copy, which was found damaged. Readers get the old bytes or the new
  /// ones, and a crash leaves either.
  virtual Status replace() = 0;
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

/// Bytes named by their SHA-256. Thread-safe. Input at fault: an Error; a broken or full disk and a shortage
/// of descriptors: `unavailable`. No message names the store's place: clients see them.
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
  virtual Result<bool> contains(const Sha256& digest) = 0;
  /// not_found. Open files stay readable. After a power cut the blob may exist again.
  virtual Status remove(const Sha256& digest) = 0;
  /// Every blob, in no order; one written or removed meanwhile is seen or not.
  virtual Status each(const std::function<void(const Sha256&, std::uint64_t size)>& visit) = 0;
  /// Removes temporary files that a crash left, and returns their number. Only at start, before any write.
  virtual Result<std::uint64_t> discard_unfinished() = 0;

  /// A writer holds it shared from before its blob gets a name until a row refers to it. Garbage collection
  /// holds it exclusively, so that it cannot remove a blob that a writer has just found stored already.
  std::shared_mutex& gc_lock() noexcept { return gc_lock_; }

 private:
  std::shared_mutex gc_lock_;
};

}  // namespace packhouse
