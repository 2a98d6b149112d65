#include "sys/write_file.hpp"

namespace packhouse {

Status write_new_file(FileSystem& disk, const Path& path, std::string_view bytes) {
  TRY(const auto file, disk.create(path));
  CHECK_OK(file->write(bytes));
  return file->sync();
}

Status sync_file(FileSystem& disk, const Path& path) {
  TRY(const auto file, disk.append(path));
  return file->sync();
}

}  // namespace packhouse
