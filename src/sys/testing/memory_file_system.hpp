#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "sys/file_system.hpp"

namespace packhouse {

/// The effect of a power cut on names (created, renamed, removed) whose folder was not synced. A disk may do
/// either, so durable code has to bear both.
enum class UnsyncedNames {
  lost,  ///< the folder is as at its last sync
  kept,  ///< the folder is as it was last seen, though bytes that were not synced are lost
};

/// A disk in memory with a simulated power cut: bytes survive from WritableFile::sync(), names
/// from sync_folder() of the folder they are in. Folders themselves survive at once. Paths are compared after
/// lexical normalisation. Thread-safe.
class MemoryFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const Path& path) override;
  Result<std::unique_ptr<WritableFile>> append(const Path& path) override;
  Result<std::string> read(const Path& path, std::uint64_t limit) override;
  /// A memfd with a copy of the bytes.
  Result<FileDescriptor> open(const Path& path) override;
  Result<std::uint64_t> size(const Path& path) override;
  Status rename(const Path& from, const Path& to) override;
  Status remove(const Path& path) override;
  Status make_folders(const Path& path) override;
  Status sync_folder(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& path) override;

  /// Cuts the power and starts again. Files that were open fail from now on.
  void crash(UnsyncedNames names);

 private:
  struct Node {
    std::string bytes;
    std::string synced;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;  // shared: hard links, open files, both views
  struct Folder {
    Names now;
    Names synced;
  };
  class File;

  Folder* folder_of(const Path& path);
  std::shared_ptr<Node> find(const Path& path);
  Result<std::unique_ptr<WritableFile>> add(const Path& path);
  bool is_folder(const Path& path) const;

  std::mutex mutex_;
  std::uint64_t crashes_ = 0;  // a file opened before the last one is dead
  std::map<Path, Folder> folders_{{"/", {}}};
};

}  // namespace packhouse
