#include "index/holds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace packhouse::index {

std::uint64_t DoomedRelease::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& file : files)
    sum += file.size;
  return sum;
}

DoomedRelease doomed_release(ReleaseName release, std::span<const File> files) {
  DoomedRelease doomed{.release = std::move(release),
                       .uploaded = std::ranges::max(files, {}, &File::uploaded).uploaded,
                       .files = {}};
  for (const File& file : files)
    doomed.files.push_back({.filename = file.filename, .sha256 = file.sha256, .size = file.size});
  return doomed;
}

Result<Holds> Holds::of(const Context& context) {
  Holds holds(context);
  TRY(holds.indexes_, context.store.catalog().indexes());
  std::erase(holds.indexes_, context.index);
  TRY(holds.freezes_, context.store.freezes().list(context.index));
  return holds;
}

Result<std::string> Holds::reason(const std::optional<ReleaseLabel>& label,
                                  const DoomedRelease& doomed) const {
  if (label) return fmt::format("it is labelled {}", to_string(*label));
  for (const auto& file : doomed.files) {
    TRY(auto held, reason(file));
    if (!held.empty()) return held;
  }
  return std::string{};
}

Result<std::string> Holds::reason(const DoomedFile& file) const {
  for (const auto& index : indexes_) {
    const auto there = context_->store.files().find(index, file.filename);
    if (there.ok() && there->sha256 == file.sha256) return fmt::format("the index {} has it", index);
  }
  for (const auto& freeze : freezes_) {
    TRY(const auto frozen,
        context_->store.freezes().file(context_->index, freeze.serial, file.filename, file.sha256));
    if (frozen) return fmt::format("the freeze {} has it", freeze.serial);
  }
  return std::string{};
}

}  // namespace packhouse::index
