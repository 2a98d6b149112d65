#include "sys/temporary_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>

namespace packhouse {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view random_part = "XXXXXX";
/// A younger folder may not be locked yet by its creator.
constexpr std::chrono::minutes settled{1};

void remove_tree(const Path& path) noexcept {
  std::error_code code;
  fs::remove_all(path, code);
  if (!code) return;
  // The contents of a folder without write permission cannot be removed: add the permission and try once
  // more.
  constexpr auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry{path, options, code}; !code && entry != fs::end(entry);
       entry.increment(code)) {
    std::error_code ignored;
    if (entry->symlink_status(ignored).type() != fs::file_type::directory) continue;
    fs::permissions(entry->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
  }
  fs::remove_all(path, code);
}

/// Locks the folder until the descriptor is closed; invalid: it is locked elsewhere, or gone. With LOCK_NB in
/// `how` it does not wait.
FileDescriptor lock(const Path& path, int how) noexcept {
  FileDescriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!folder.valid()) return folder;
  int locked = 0;
  do {
    locked = ::flock(folder.get(), how);
  } while (locked != 0 && errno == EINTR);
  return locked == 0 ? std::move(folder) : FileDescriptor{};
}

bool is_left_behind(const FileDescriptor& folder) noexcept {
  struct stat info{};
  if (::fstat(folder.get(), &info) != 0 || info.st_uid != ::geteuid()) return false;
  const auto changed = std::chrono::system_clock::from_time_t(info.st_mtim.tv_sec);
  return std::chrono::system_clock::now() - changed > settled;
}

/// A leftover that cannot be read or removed stays, without an error.
void remove_left_behind(const Path& parent, std::string_view prefix) {
  std::error_code code;
  for (fs::directory_iterator entry{parent, code}; !code && entry != fs::end(entry); entry.increment(code)) {
    const std::string name = entry->path().filename().native();
    if (!name.starts_with(prefix) || name.size() != prefix.size() + random_part.size()) continue;
    const FileDescriptor folder = lock(entry->path(), LOCK_EX | LOCK_NB);
    if (folder.valid() && is_left_behind(folder)) remove_tree(entry->path());
  }
}

constexpr std::string_view cure = "set TMPDIR to a folder that can be written";

/// Absolute, because programs with another working folder get paths in it.
Result<Path> temporary_files() {
  const char* const named = std::getenv("TMPDIR");
  std::error_code code;
  Path folder = fs::absolute(named == nullptr || *named == '\0' ? "/tmp" : named, code);
  if (!code && fs::is_directory(folder, code)) return folder;
  return Error{Errc::unavailable,
               fmt::format("expected a folder for temporary files at {}, found {}",
                           quote(folder.native(), 300), code ? code.message() : "no folder"),
               std::string(cure)};
}

}  // namespace

Result<TemporaryFolder> TemporaryFolder::make(std::string_view prefix) {
  TRY(const Path parent, temporary_files());
  remove_left_behind(parent, prefix);
  std::string name = (parent / fmt::format("{}{}", prefix, random_part)).native();
  if (::mkdtemp(name.data()) == nullptr) {  // POSIX: mode 0700, fails if the name is taken
    return Error{Errc::unavailable,
                 fmt::format("cannot make a temporary folder in {}: {}", quote(parent.native(), 300),
                             std::generic_category().message(errno)),
                 std::string(cure)};
  }
  // A process that looks for leftovers may hold it for a moment.
  return TemporaryFolder{Path{name}, lock(name, LOCK_EX)};
}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    held_ = std::move(other.held_);
  }
  return *this;
}

void TemporaryFolder::remove() noexcept {
  if (!path_.empty()) remove_tree(path_);
  path_.clear();
  held_ = {};
}

}  // namespace packhouse
