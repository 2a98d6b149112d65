#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "sys/file_system.hpp"

namespace packhouse {
namespace {

Errc code_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Errc::not_found;
    case EEXIST:
    case ENOTEMPTY:
      return Errc::conflict;
    case ENAMETOOLONG:
    case EISDIR:
    case EINVAL:
      return Errc::invalid_input;
    default:
      return Errc::unavailable;
  }
}

/// "cannot write "…/x": No space left on device", and for a full disk which folder has to be cleared.
Error fault(std::string_view what, const Path& path, int error) {
  constexpr std::size_t longest_shown = 300;
  Error result{code_of(error), fmt::format("cannot {} {}: {}", what, quote(path.native(), longest_shown),
                                           std::generic_category().message(error))};
  if (error == ENOSPC || error == EDQUOT) {
    result.message +=
        fmt::format("; the disk of the folder {} is full", quote(path.parent_path().native(), longest_shown));
    result.hint = "make room on that disk, then try again";
  }
  return result;
}

/// Repeats a call that a signal interrupted.
template <typename Call>
auto unless_interrupted(const Call& call) {
  while (true) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

Result<FileDescriptor> open_file(const Path& path, int flags, std::string_view what) {
  const int fd = unless_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600); });
  if (fd < 0) return fault(what, path, errno);
  return FileDescriptor{fd};
}

struct OpenedFile {
  FileDescriptor descriptor;
  std::uint64_t size = 0;
};

/// O_NONBLOCK: opening a FIFO must not hang; for regular files it has no effect.
Result<OpenedFile> open_regular(const Path& path) {
  TRY(FileDescriptor descriptor, open_file(path, O_RDONLY | O_NONBLOCK, "read"));
  struct stat info{};
  if (::fstat(descriptor.get(), &info) != 0) return fault("read", path, errno);
  if (!S_ISREG(info.st_mode)) {
    return Error{Errc::invalid_input,
                 fmt::format("expected a regular file at {}", quote(path.native(), 300))};
  }
  return OpenedFile{std::move(descriptor), static_cast<std::uint64_t>(info.st_size)};
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(FileDescriptor descriptor, Path path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto written =
          unless_interrupted([&] { return ::write(descriptor_.get(), bytes.data(), bytes.size()); });
      if (written < 0) return fault("write", path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return success();
  }

  Status read_at(std::uint64_t offset, std::span<char> into) override {
    while (!into.empty()) {
      const auto count = unless_interrupted(
          [&] { return ::pread(descriptor_.get(), into.data(), into.size(), static_cast<off_t>(offset)); });
      if (count <= 0) return fault("read", path_, count < 0 ? errno : EIO);
      offset += static_cast<std::uint64_t>(count);
      into = into.subspan(static_cast<std::size_t>(count));
    }
    return success();
  }

  Status sync() override {
    // No second try after EIO: the kernel reports a lost page once and then calls it clean.
    const int result = unless_interrupted([&] { return ::fdatasync(descriptor_.get()); });
    if (result != 0) return fault("sync", path_, errno);
    return success();
  }

  void start_writeback() noexcept override {
    // From `begun_` to the end of the file. Errors show in sync().
    const auto end = ::lseek(descriptor_.get(), 0, SEEK_CUR);
    if (end <= begun_) return;
    ::sync_file_range(descriptor_.get(), begun_, end - begun_, SYNC_FILE_RANGE_WRITE);
    begun_ = end;
  }

 private:
  FileDescriptor descriptor_;
  Path path_;
  off_t begun_ = 0;
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const Path& path) override {
    return open_for_writing(path, O_CREAT | O_EXCL);
  }

  Result<std::unique_ptr<WritableFile>> append(const Path& path) override {
    return open_for_writing(path, O_CREAT | O_APPEND);
  }

  Result<std::string> read(const Path& path, std::uint64_t limit) override {
    TRY(const OpenedFile file, open_regular(path));
    std::string bytes;
    // It may grow or shrink meanwhile, so its size is only a guess; `limit` holds whatever happens.
    std::size_t room = static_cast<std::size_t>(std::min(file.size, limit)) + 1;
    while (true) {
      const std::size_t have = bytes.size();
      bytes.resize(have + room);
      const auto got =
          unless_interrupted([&] { return ::read(file.descriptor.get(), bytes.data() + have, room); });
      if (got < 0) return fault("read", path, errno);
      bytes.resize(have + static_cast<std::size_t>(got));
      if (bytes.size() > limit || file.size > limit) return too_large(path, limit);
      if (got == 0) return bytes;
      room = static_cast<std::size_t>(std::min<std::uint64_t>(limit - bytes.size(), 65'536)) + 1;
    }
  }

  Result<FileDescriptor> open(const Path& path) override {
    TRY(OpenedFile file, open_regular(path));
    return std::move(file.descriptor);
  }

  Result<std::uint64_t> size(const Path& path) override {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return fault("look at", path, errno);
    if (!S_ISREG(info.st_mode)) {
      return Error{Errc::invalid_input,
                   fmt::format("expected a regular file at {}", quote(path.native(), 300))};
    }
    return static_cast<std::uint64_t>(info.st_size);
  }

  Status rename(const Path& from, const Path& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return success();
    const int error = errno;
    return fault(fmt::format("rename {} to", quote(from.native(), 300)), to, error);
  }

  Status remove(const Path& path) override {
    if (::unlink(path.c_str()) != 0) return fault("remove", path, errno);
    return success();
  }

  Status make_folders(const Path& path) override {
    // mkdir first: the usual case is that only the last folder is missing, or none.
    if (::mkdir(path.c_str(), 0700) == 0) return success();
    const int error = errno;
    if (error == EEXIST) return require_folder(path);
    if (error != ENOENT || path.parent_path().empty() || path.parent_path() == path) {
      return fault("make the folder", path, error);
    }
    CHECK_OK(make_folders(path.parent_path()));
    if (::mkdir(path.c_str(), 0700) == 0) return success();
    if (errno == EEXIST) return require_folder(path);  // another thread or process created it
    return fault("make the folder", path, errno);
  }

  Status sync_folder(const Path& path) override {
    TRY(const FileDescriptor folder, open_file(path, O_RDONLY | O_DIRECTORY, "sync the folder"));
    const int result = unless_interrupted([&] { return ::fsync(folder.get()); });
    if (result != 0) return fault("sync the folder", path, errno);
    return success();
  }

  Result<std::vector<std::string>> list(const Path& path) override {
    struct CloseFolder {
      void operator()(DIR* folder) const noexcept { ::closedir(folder); }
    };
    const std::unique_ptr<DIR, CloseFolder> folder{::opendir(path.c_str())};
    if (!folder) return fault("list the folder", path, errno);
    std::vector<std::string> names;
    while (true) {
      errno = 0;  // readdir distinguishes the end from an error only by it
      const dirent* entry = ::readdir(folder.get());
      if (entry == nullptr && errno != 0) return fault("list the folder", path, errno);
      if (entry == nullptr) break;
      std::string name = static_cast<const char*>(entry->d_name);
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
  }

 private:
  static Result<std::unique_ptr<WritableFile>> open_for_writing(const Path& path, int flags) {
    TRY(FileDescriptor descriptor, open_file(path, O_RDWR | flags, "create"));
    return std::make_unique<PosixWritableFile>(std::move(descriptor), path);
  }

  static Error too_large(const Path& path, std::uint64_t limit) {
    return {Errc::too_large,
            fmt::format("expected at most {} bytes in {}, found more", limit, quote(path.native(), 300))};
  }

  static Status require_folder(const Path& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return fault("look at", path, errno);
    if (S_ISDIR(info.st_mode)) return success();
    return Error{Errc::conflict,
                 fmt::format("expected a folder at {}, found a file", quote(path.native(), 300))};
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_file_system() {
  return std::make_unique<PosixFileSystem>();
}

}  // namespace packhouse
