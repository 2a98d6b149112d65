#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/move_only_function.hpp"
#include "base/result.hpp"
#include "sys/file_descriptor.hpp"

namespace packhouse {

/// A file that one thread writes while others send what is there. Thread-safe.
class GrowingFile {
 public:
  enum class State {
    growing,
    complete,  ///< its bytes are what they should be
    failed     ///< they are not, or will not all come
  };
  struct Progress {
    std::uint64_t size = 0;  ///< bytes that can be read
    State state = State::growing;
    bool operator==(const Progress&) const = default;
  };

  explicit GrowingFile(FileDescriptor file) : file_(std::move(file)) {}
  /// The file that is being written at `path`. `unavailable` where it cannot be opened.
  static Result<std::shared_ptr<GrowingFile>> open(const std::string& path);

  /// For reading at an offset; it stays open while this lives, also when its name is gone.
  int fd() const noexcept { return file_.get(); }
  Progress progress() const;

  void grown_to(std::uint64_t size);
  /// It grows no more. Call once, and grown_to() no more after it.
  void end(State state);

  /// Calls `wake` once, as soon as progress() differs from `seen`: at once, or on the thread that changes it.
  /// It must not block.
  void on_change(const Progress& seen, MoveOnlyFunction wake);

 private:
  void set(const Progress& progress);

  const FileDescriptor file_;
  mutable std::mutex mutex_;
  Progress progress_;  // guarded by mutex_, as the next one
  std::vector<MoveOnlyFunction> waiting_;
};

}  // namespace packhouse
