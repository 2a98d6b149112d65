#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "sys/file_system.hpp"

namespace packhouse {

/// Passes every call to another file system, counts them, and fails the ones asked for, before they have any
/// effect. Calls on files it made count too; start_writeback(), a hint, does not. The disk below is the
/// caller's to keep alive; MemoryFileSystem::crash() is how to cut its power. Thread-safe.
class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(FileSystem& disk) : disk_(disk) {}

  /// The `number`th call from now (1 is the next one) fails with `unavailable`; others work.
  void fail_call(std::uint64_t number);
  /// That one and every later one fail: what a process sees of a power cut.
  void fail_from(std::uint64_t number);
  /// All calls work again.
  void recover();
  /// Since the start or the last fail_call(), fail_from() or recover().
  std::uint64_t calls() const noexcept { return calls_.load(); }

  Result<std::unique_ptr<WritableFile>> create(const Path& path) override;
  Result<std::unique_ptr<WritableFile>> append(const Path& path) override;
  Result<std::string> read(const Path& path, std::uint64_t limit) override;
  Result<FileDescriptor> open(const Path& path) override;
  Result<std::uint64_t> size(const Path& path) override;
  Status rename(const Path& from, const Path& to) override;
  Status remove(const Path& path) override;
  Status make_folders(const Path& path) override;
  Status sync_folder(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& path) override;

 private:
  class File;
  void set(std::uint64_t first, std::uint64_t last);
  Status count(std::string_view what);

  FileSystem& disk_;
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> first_{std::numeric_limits<std::uint64_t>::max()};
  std::atomic<std::uint64_t> last_{0};
};

}  // namespace packhouse
