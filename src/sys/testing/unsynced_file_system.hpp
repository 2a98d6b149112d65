#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sys/file_descriptor.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// The real disk without fsync: for tests that fail calls and cut no power.
class UnsyncedFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const Path& path) override {
    return wrap(disk_->create(path));
  }
  Result<std::unique_ptr<WritableFile>> append(const Path& path) override {
    return wrap(disk_->append(path));
  }
  Result<std::string> read(const Path& path, std::uint64_t limit) override {
    return disk_->read(path, limit);
  }
  Result<FileDescriptor> open(const Path& path) override { return disk_->open(path); }
  Result<std::uint64_t> size(const Path& path) override { return disk_->size(path); }
  Status rename(const Path& from, const Path& to) override { return disk_->rename(from, to); }
  Status remove(const Path& path) override { return disk_->remove(path); }
  Status make_folders(const Path& path) override { return disk_->make_folders(path); }
  Status sync_folder(const Path& /*path*/) override { return success(); }
  Result<std::vector<std::string>> list(const Path& path) override { return disk_->list(path); }

 private:
  class File final : public WritableFile {
   public:
    explicit File(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {}
    Status write(std::string_view bytes) override { return file_->write(bytes); }
    Status read_at(std::uint64_t offset, std::span<char> into) override {
      return file_->read_at(offset, into);
    }
    Status sync() override { return success(); }
    void start_writeback() noexcept override {}

   private:
    std::unique_ptr<WritableFile> file_;
  };
  static Result<std::unique_ptr<WritableFile>> wrap(Result<std::unique_ptr<WritableFile>> file) {
    if (!file.ok()) return file;
    return std::unique_ptr<WritableFile>(std::make_unique<File>(*std::move(file)));
  }
  std::unique_ptr<FileSystem> disk_ = make_posix_file_system();
};

}  // namespace packhouse
