#include "wiring/data_folder.hpp"

#include "wiring/data_statistics.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/text.hpp"
#include "blob/fs/fs_blob_store.hpp"
#include "store/sqlite/open.hpp"
#include "sys/write_file.hpp"

namespace packhouse::app {
namespace {

constexpr std::string_view database_name = index::database_file_name;

Error in_use(const Path& folder, std::string_view what, int lock) {
  std::array<char, 32> written{};
  const auto count = ::pread(lock, written.data(), written.size(), 0);
  const auto holder =
      count > 0 ? trim({written.data(), static_cast<std::size_t>(count)}) : std::string_view{};
  return {Errc::conflict,
          fmt::format("another packhouse{} is using the {} {}",
                      holder.empty() ? std::string{} : fmt::format(" (process {})", holder), what,
                      quote(folder.string())),
          "stop it first, or name another folder"};
}

bool has_database(const Path& folder) {
  std::error_code none;
  const auto size = std::filesystem::file_size(folder / database_name, none);
  return !none && size > 0;
}

/// Of any blob; a crash at the first start leaves none.
bool has_blobs(const Path& folder) {
  std::error_code none;
  const std::filesystem::recursive_directory_iterator blobs{folder / "blobs" / "sha256", none};
  return !none &&
         std::any_of(begin(blobs), end(blobs), [](const auto& entry) { return entry.is_regular_file(); });
}

bool is_read_only(const Path& folder) {
  return ::access(folder.c_str(), W_OK) != 0 && (errno == EROFS || errno == EACCES);
}

Status require_schema(const Path& folder) {
  TRY(const auto schema, sqlite_schema((folder / database_name).string()));
  if (schema.found >= schema.known) return success();  // a newer one is refused when it is opened
  return Error{Errc::conflict,
               fmt::format("the database of {} has schema {}, this program needs {}", quote(folder.string()),
                           schema.found, schema.known),
               "packhouse upgrade brings it there and keeps a copy; so does the next packhouse serve"};
}

/// A copy of an earlier try that was cut off is not known to be whole.
Status keep_before_upgrade(FileSystem& disk, const Path& folder) {
  if (!has_database(folder)) return success();
  TRY(const auto schema, sqlite_schema((folder / database_name).string()));
  if (schema.found == 0 || schema.found >= schema.known) return success();
  const auto kept = kept_before(folder, schema.known);
  const auto copy = kept.native() + ".part";
  static_cast<void>(disk.remove(copy));
  CHECK_OK(copy_sqlite_database((folder / database_name).string(), copy));
  CHECK_OK(sync_file(disk, copy));
  CHECK_OK(disk.rename(copy, kept));
  return disk.sync_folder(folder);
}

}  // namespace

/// The kernel drops the lock with the process, however it ends: a lock file left behind means nothing.
Result<FileDescriptor> lock_folder(const Path& folder, std::string_view what) {
  const auto path = folder / "lock";
  FileDescriptor lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!lock.valid()) {
    return Error{Errc::unavailable, fmt::format("cannot open {}: {}", quote(path.string()),
                                                std::generic_category().message(errno))};
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return in_use(folder, what, lock.get());
  const auto text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock.get(), 0) != 0 ||
      ::pwrite(lock.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return Error{Errc::unavailable, fmt::format("cannot write {}", quote(path.string()))};
  }
  return lock;
}

index::DatabaseFile database_file() {
  return {.copy = [](const Path& from, const Path& to) { return copy_sqlite_database(from, to); },
          .read = [](const Path& path) { return read_sqlite_copy(path); }};
}

Result<SchemaSteps> missing_steps(const Path& folder) {
  TRY(const auto schema, sqlite_schema((folder / database_name).string()));
  return SchemaSteps{.found = schema.found, .known = schema.known};
}

Path kept_before(const Path& folder, std::int64_t known) {
  return folder / fmt::format("{}.before-{}", database_name, known);
}

Status probe_database(const Path& folder) {
  return probe_sqlite_database((folder / database_name).string());
}

Result<SqliteStatistics> statistics_of(const Path& folder) {
  return sqlite_statistics((folder / database_name).string());
}

void note_time(FileSystem& disk, const Path& file, std::string_view text) {
  static_cast<void>(disk.remove(file));
  static_cast<void>(write_new_file(disk, file, fmt::format("{}\n", text)));
}

std::optional<Timestamp> last_change(const Path& file) {
  std::error_code failure;
  const auto time = std::filesystem::last_write_time(file, failure);
  if (failure) return std::nullopt;
  return std::chrono::floor<Timestamp::duration>(std::chrono::file_clock::to_sys(time));
}

Status refuse_lost_database(const Path& path) {
  const auto folder = std::filesystem::absolute(path);
  if (has_database(folder) || !has_blobs(folder)) return success();
  return Error{
      Errc::conflict,
      fmt::format("{} holds files of an index, and {} is missing or empty", quote(folder.string()),
                  database_name),
      "restore the database from a backup; packhouse serve --new makes a new index beside these files"};
}

bool DataFolder::is_one(const Path& path) {
  return has_database(path);
}

Status DataFolder::require(const Path& path) {
  const auto folder = std::filesystem::absolute(path);
  if (has_database(folder)) return success();
  CHECK_OK(refuse_lost_database(folder));
  return Error{Errc::not_found, fmt::format("there is no index in {}", quote(folder.string())),
               "name its folder with --data; packhouse serve makes one"};
}

Result<DataFolder> DataFolder::open(const Path& path, Sharing sharing, Opening opening) {
  const auto folder = std::filesystem::absolute(path);
  const auto database = folder / database_name;
  if (opening != Opening::create) CHECK_OK(require(folder));
  if (opening == Opening::as_it_is && is_read_only(folder)) return read(folder);
  DataFolder data;
  data.path = folder;
  data.disk = make_posix_file_system();
  CHECK_OK(data.disk->make_folders(folder));
  if (sharing == Sharing::alone) {
    TRY(data.lock, lock_folder(folder, "data folder"));
  }
  CHECK_OK(opening == Opening::as_it_is ? require_schema(folder) : keep_before_upgrade(*data.disk, folder));
  TRY(data.store, open_sqlite_store(database.string()));
  TRY(data.blobs, open_fs_blob_store(*data.disk, folder));
  return data;
}

Result<DataFolder> DataFolder::read(const Path& folder) {
  const auto log = folder / (std::string(database_name) + "-wal");
  std::error_code none;
  if (const auto size = std::filesystem::file_size(log, none); !none && size > 0) {
    return Error{Errc::unavailable,
                 fmt::format("{} cannot be written, and {} has changes that its database has not yet",
                             quote(folder.string()), log.filename().string()),
                 "copy the folder to where it can be written, or copy it again after the server was stopped"};
  }
  DataFolder data;
  data.path = folder;
  data.disk = make_posix_file_system();
  TRY(data.store, read_sqlite_copy((folder / database_name).string()));
  data.blobs = read_fs_blob_store(*data.disk, folder);
  return data;
}

Actor console_actor() {
  const auto* user = ::getpwuid(::getuid());  // NOLINT(concurrency-mt-unsafe): commands have one thread
  return {.kind = "console",
          .id = user != nullptr ? std::string(user->pw_name) : fmt::to_string(::getuid()),
          .address = {}};
}

}  // namespace packhouse::app
