#include "desk/staging_memory.hpp"

#include "base/digest.hpp"

namespace packhouse::desk {
namespace {

constexpr std::string_view folder_name = "staged";

std::string name_of(const http::Url& upload) {
  return Sha256::of(upload.str()).hex();
}

}  // namespace

bool has_staged(FileSystem& disk, const Path& state, const http::Url& upload) {
  return disk.size(state / folder_name / name_of(upload)).ok();
}

Status remember_staging(FileSystem& disk, const Path& state, const http::Url& upload) {
  if (has_staged(disk, state, upload)) return success();
  const Path folder = state / folder_name;
  CHECK_OK(disk.make_folders(folder));
  TRY(const auto file, disk.append(folder / name_of(upload)));
  CHECK_OK(file->write(upload.str() + "\n"));
  CHECK_OK(file->sync());
  return disk.sync_folder(folder);
}

}  // namespace packhouse::desk
