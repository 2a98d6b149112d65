#include "sys/testing/faulty_file_system.hpp"

#include <fmt/format.h>

namespace packhouse {

class FaultyFileSystem::File final : public WritableFile {
 public:
  File(FaultyFileSystem& owner, std::unique_ptr<WritableFile> file) : owner_(owner), file_(std::move(file)) {}

  Status write(std::string_view bytes) override {
    CHECK_OK(owner_.count("write"));
    return file_->write(bytes);
  }
  Status read_at(std::uint64_t offset, std::span<char> into) override {
    CHECK_OK(owner_.count("read_at"));
    return file_->read_at(offset, into);
  }
  Status sync() override {
    CHECK_OK(owner_.count("sync"));
    return file_->sync();
  }
  void start_writeback() noexcept override { file_->start_writeback(); }

 private:
  FaultyFileSystem& owner_;
  std::unique_ptr<WritableFile> file_;
};

void FaultyFileSystem::set(std::uint64_t first, std::uint64_t last) {
  calls_ = 0;
  first_ = first;
  last_ = last;
}

void FaultyFileSystem::fail_call(std::uint64_t number) {
  set(number, number);
}

void FaultyFileSystem::fail_from(std::uint64_t number) {
  set(number, std::numeric_limits<std::uint64_t>::max());
}

void FaultyFileSystem::recover() {
  set(std::numeric_limits<std::uint64_t>::max(), 0);
}

Status FaultyFileSystem::count(std::string_view what) {
  const std::uint64_t number = ++calls_;
  if (number < first_ || number > last_) return success();
  return Error{Errc::unavailable, fmt::format("injected fault in call {}, {}", number, what)};
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::create(const Path& path) {
  CHECK_OK(count("create"));
  TRY(auto file, disk_.create(path));
  return std::make_unique<File>(*this, std::move(file));
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::append(const Path& path) {
  CHECK_OK(count("append"));
  TRY(auto file, disk_.append(path));
  return std::make_unique<File>(*this, std::move(file));
}

Result<std::string> FaultyFileSystem::read(const Path& path, std::uint64_t limit) {
  CHECK_OK(count("read"));
  return disk_.read(path, limit);
}

Result<FileDescriptor> FaultyFileSystem::open(const Path& path) {
  CHECK_OK(count("open"));
  return disk_.open(path);
}

Result<std::uint64_t> FaultyFileSystem::size(const Path& path) {
  CHECK_OK(count("size"));
  return disk_.size(path);
}

Status FaultyFileSystem::rename(const Path& from, const Path& to) {
  CHECK_OK(count("rename"));
  return disk_.rename(from, to);
}

Status FaultyFileSystem::remove(const Path& path) {
  CHECK_OK(count("remove"));
  return disk_.remove(path);
}

Status FaultyFileSystem::make_folders(const Path& path) {
  CHECK_OK(count("make_folders"));
  return disk_.make_folders(path);
}

Status FaultyFileSystem::sync_folder(const Path& path) {
  CHECK_OK(count("sync_folder"));
  return disk_.sync_folder(path);
}

Result<std::vector<std::string>> FaultyFileSystem::list(const Path& path) {
  CHECK_OK(count("list"));
  return disk_.list(path);
}

}  // namespace packhouse
