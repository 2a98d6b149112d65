#include "sys/growing_file.hpp"

#include <fcntl.h>

#include <utility>

namespace packhouse {

Result<std::shared_ptr<GrowingFile>> GrowingFile::open(const std::string& path) {
  FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.valid()) return Error{Errc::unavailable, "a file that is being written cannot be read", {}};
  return std::make_shared<GrowingFile>(std::move(file));
}

GrowingFile::Progress GrowingFile::progress() const {
  const std::scoped_lock lock{mutex_};
  return progress_;
}

void GrowingFile::grown_to(std::uint64_t size) {
  set({.size = size, .state = State::growing});
}

void GrowingFile::end(State state) {
  set({.size = progress().size, .state = state});
}

void GrowingFile::set(const Progress& progress) {
  std::unique_lock lock{mutex_};
  progress_ = progress;
  auto waiting = std::exchange(waiting_, {});
  lock.unlock();
  for (auto& wake : waiting)
    wake();
}

void GrowingFile::on_change(const Progress& seen, MoveOnlyFunction wake) {
  {
    const std::scoped_lock lock{mutex_};
    if (progress_ == seen) return waiting_.push_back(std::move(wake));
  }
  wake();
}

}  // namespace packhouse
