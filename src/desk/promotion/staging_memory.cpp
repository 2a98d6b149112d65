#include "desk/promotion/staging_memory.hpp"

namespace packhouse::desk {
namespace {

Path folder(const PromotionContext& context) {
  return context.request.state / "staged";
}

std::string name(const PromotionContext& context) {
  return Sha256::of(context.settings.upload.url.str()).hex();
}

}  // namespace

bool has_staged(const PromotionContext& context) {
  return context.tools.disk.size(folder(context) / name(context)).ok();
}

Status remember_staging(const PromotionContext& context) {
  if (has_staged(context)) return success();
  FileSystem& disk = context.tools.disk;
  CHECK_OK(disk.make_folders(folder(context)));
  TRY(const auto file, disk.append(folder(context) / name(context)));
  CHECK_OK(file->write(context.settings.upload.url.str() + "\n"));
  CHECK_OK(file->sync());
  return disk.sync_folder(folder(context));
}

}  // namespace packhouse::desk
