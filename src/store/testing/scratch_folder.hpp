#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace packhouse::testing {

/// A folder for one test's database, in memory where there is such a place: the suites make thousands of
/// commits, and what they test does not depend on the disk.
class ScratchFolder {
 public:
  ScratchFolder() {
    const std::filesystem::path memory{"/dev/shm"};
    std::error_code code;
    const auto parent =
        std::filesystem::is_directory(memory, code) ? memory : std::filesystem::temp_directory_path();
    std::string name = (parent / "packhouse-store-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace packhouse::testing
