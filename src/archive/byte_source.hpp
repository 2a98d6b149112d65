#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace packhouse::archive {

/// Bytes that can be read at any place, of a size that does not change. Reading may happen from several
/// threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  virtual std::uint64_t size() const noexcept = 0;

  /// Fills `into` from `offset`. The range lies within size(): asking for more is a bug and throws
  /// std::out_of_range. Throws std::system_error where the medium fails or has become shorter.
  virtual void read_at(std::uint64_t offset, std::span<char> into) const = 0;
};

/// Bytes in memory that the caller keeps alive.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const noexcept override { return bytes_.size(); }
  void read_at(std::uint64_t offset, std::span<char> into) const override;

 private:
  std::string_view bytes_;
};

/// A regular file, read with pread.
class FileSource final : public ByteSource {
 public:
  /// not_found; invalid_input for what is no regular file; unavailable where the machine cannot open it.
  static Result<FileSource> open(const std::filesystem::path& path);
  /// Reads from a descriptor that the caller keeps open and closes; `size` is what fstat says of it.
  static FileSource borrow(int descriptor, std::uint64_t size) { return FileSource{descriptor, size, false}; }

  ~FileSource() override;
  FileSource(FileSource&& other) noexcept;
  FileSource& operator=(FileSource&& other) noexcept;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::uint64_t size() const noexcept override { return size_; }
  void read_at(std::uint64_t offset, std::span<char> into) const override;

 private:
  FileSource(int descriptor, std::uint64_t size, bool owned)
      : descriptor_(descriptor), size_(size), owned_(owned) {}
  int descriptor_;
  std::uint64_t size_;
  bool owned_;
};

}  // namespace packhouse::archive
