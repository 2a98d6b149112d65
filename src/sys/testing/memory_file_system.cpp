#include "sys/testing/memory_file_system.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace packhouse {
namespace {

Path normal(const Path& path) {
  const Path absolute = (Path{"/"} / path).lexically_normal();
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

Error fault(Errc code, std::string_view what, const Path& path, std::string_view why) {
  return {code, fmt::format("cannot {} {}: {}", what, quote(path.native(), 300), why)};
}

Error absent(std::string_view what, const Path& path) {
  return fault(Errc::not_found, what, path, "No such file or directory");
}

}  // namespace

class MemoryFileSystem::File final : public WritableFile {
 public:
  File(MemoryFileSystem& disk, std::shared_ptr<Node> node)
      : disk_(disk), node_(std::move(node)), crashes_(disk.crashes_) {}

  Status write(std::string_view bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    CHECK_OK(alive());
    node_->bytes += bytes;
    return success();
  }

  Status read_at(std::uint64_t offset, std::span<char> into) override {
    const std::lock_guard lock(disk_.mutex_);
    CHECK_OK(alive());
    if (offset + into.size() > node_->bytes.size()) return Error{Errc::unavailable, "the file is too short"};
    std::ranges::copy(std::string_view(node_->bytes).substr(offset, into.size()), into.begin());
    return success();
  }

  Status sync() override {
    const std::lock_guard lock(disk_.mutex_);
    CHECK_OK(alive());
    node_->synced = node_->bytes;
    return success();
  }

  void start_writeback() noexcept override {}

 private:
  Status alive() const {
    if (crashes_ == disk_.crashes_) return success();
    return Error{Errc::unavailable, "the power was cut after this file was opened"};
  }

  MemoryFileSystem& disk_;
  std::shared_ptr<Node> node_;
  std::uint64_t crashes_;
};

MemoryFileSystem::Folder* MemoryFileSystem::folder_of(const Path& path) {
  const auto found = folders_.find(normal(path).parent_path());
  return found == folders_.end() ? nullptr : &found->second;
}

std::shared_ptr<MemoryFileSystem::Node> MemoryFileSystem::find(const Path& path) {
  const Folder* folder = folder_of(path);
  if (folder == nullptr) return nullptr;
  const auto found = folder->now.find(normal(path).filename());
  return found == folder->now.end() ? nullptr : found->second;
}

bool MemoryFileSystem::is_folder(const Path& path) const {
  return folders_.contains(normal(path));
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::add(const Path& path) {
  Folder* folder = folder_of(path);
  if (folder == nullptr) return absent("create", path);
  auto node = std::make_shared<Node>();
  folder->now.emplace(normal(path).filename(), node);
  return std::make_unique<File>(*this, std::move(node));
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::create(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (find(path) || is_folder(path)) return fault(Errc::conflict, "create", path, "File exists");
  return add(path);
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::append(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (is_folder(path)) return fault(Errc::invalid_input, "create", path, "Is a directory");
  if (auto node = find(path)) return std::make_unique<File>(*this, std::move(node));
  return add(path);
}

Result<std::string> MemoryFileSystem::read(const Path& path, std::uint64_t limit) {
  const std::lock_guard lock(mutex_);
  const auto node = find(path);
  if (!node && is_folder(path)) return fault(Errc::invalid_input, "read", path, "Is a directory");
  if (!node) return absent("read", path);
  if (node->bytes.size() > limit) {
    return Error{Errc::too_large, fmt::format("expected at most {} bytes in {}, found more", limit,
                                              quote(path.native(), 300))};
  }
  return node->bytes;
}

Result<FileDescriptor> MemoryFileSystem::open(const Path& path) {
  const std::lock_guard lock(mutex_);
  const auto node = find(path);
  if (!node) return absent("read", path);
  FileDescriptor descriptor{::memfd_create("packhouse", MFD_CLOEXEC)};
  std::string_view left = node->bytes;
  while (descriptor.valid() && !left.empty()) {
    const auto written = ::write(descriptor.get(), left.data(), left.size());
    if (written < 0) throw std::system_error(errno, std::generic_category(), "write to a memfd");
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!descriptor.valid() || ::lseek(descriptor.get(), 0, SEEK_SET) != 0) {
    throw std::system_error(errno, std::generic_category(), "memfd");
  }
  return descriptor;
}

Result<std::uint64_t> MemoryFileSystem::size(const Path& path) {
  const std::lock_guard lock(mutex_);
  const auto node = find(path);
  if (!node && is_folder(path)) return fault(Errc::invalid_input, "look at", path, "Is a directory");
  if (!node) return absent("look at", path);
  return node->bytes.size();
}

Status MemoryFileSystem::rename(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  auto node = find(from);
  Folder* target = folder_of(to);
  if (!node || target == nullptr) return absent(fmt::format("rename {} to", quote(from.native(), 300)), to);
  folder_of(from)->now.erase(normal(from).filename());
  target->now[normal(to).filename()] = std::move(node);
  return success();
}

Status MemoryFileSystem::remove(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (!find(path)) return absent("remove", path);
  folder_of(path)->now.erase(normal(path).filename());
  return success();
}

Status MemoryFileSystem::make_folders(const Path& path) {
  const std::lock_guard lock(mutex_);
  Path folder;
  for (const Path& part : normal(path)) {
    folder /= part;
    if (find(folder))
      return Error{Errc::conflict, "expected a folder at " + quote(folder.native(), 300) + ", found a file"};
    folders_.try_emplace(folder);
  }
  return success();
}

Status MemoryFileSystem::sync_folder(const Path& path) {
  const std::lock_guard lock(mutex_);
  const auto found = folders_.find(normal(path));
  if (found == folders_.end()) return absent("sync the folder", path);
  found->second.synced = found->second.now;
  return success();
}

Result<std::vector<std::string>> MemoryFileSystem::list(const Path& path) {
  const std::lock_guard lock(mutex_);
  const auto found = folders_.find(normal(path));
  if (found == folders_.end()) return absent("list the folder", path);
  std::vector<std::string> names;
  for (const auto& [name, node] : found->second.now)
    names.push_back(name);
  for (const auto& [folder, contents] : folders_) {
    if (folder != found->first && folder.parent_path() == found->first) names.push_back(folder.filename());
  }
  std::ranges::sort(names);
  return names;
}

void MemoryFileSystem::crash(UnsyncedNames names) {
  const std::lock_guard lock(mutex_);
  ++crashes_;
  // Handles opened before keep the old nodes; the disk goes on with new ones that hold the synced bytes.
  std::map<std::shared_ptr<Node>, std::shared_ptr<Node>> survivors;
  const auto survivor_of = [&](const std::shared_ptr<Node>& node) {
    auto& survivor = survivors[node];
    if (!survivor) survivor = std::make_shared<Node>(Node{.bytes = node->synced, .synced = node->synced});
    return survivor;
  };
  for (auto& [path, folder] : folders_) {
    Names left;
    for (const auto& [name, node] : names == UnsyncedNames::kept ? folder.now : folder.synced)
      left.emplace(name, survivor_of(node));
    folder.now = left;
    folder.synced = std::move(left);
  }
}

}  // namespace packhouse
