#include "desk/promotion/states.hpp"

#include <algorithm>

#include "client/legacy_uploader.hpp"

namespace packhouse::desk {

bool Examined::is_served(const client::ReleaseFile& file) const {
  return std::ranges::find(served.files, file.filename, &client::ServedFile::filename) != served.files.end();
}

std::vector<const client::ReleaseFile*> Examined::missing() const {
  auto files = client::upload_order(candidate.files);
  std::erase_if(files, [this](const client::ReleaseFile* file) { return is_served(*file); });
  return files;
}

}  // namespace packhouse::desk
