#include "upstream/download.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace packhouse::upstream {

void Download::begin(Stream stream) {
  stream_ = std::move(stream);
  announce();
}

void Download::grown_to(std::uint64_t size) {
  if (stream_) stream_->file->grown_to(size);
}

void Download::end(Status result) {
  const auto state = result.ok() ? GrowingFile::State::complete : GrowingFile::State::failed;
  end_.set_value(std::move(result));
  finish(state);
}

void Download::fail(std::exception_ptr failure) {
  end_.set_exception(std::move(failure));
  finish(GrowingFile::State::failed);
}

void Download::announce() {
  if (!std::exchange(announced_, true)) begin_.set_value();
}

void Download::finish(GrowingFile::State state) {
  if (stream_) stream_->file->end(state);
  announce();
}

Result<std::optional<Download::Stream>> Download::begun() const {
  begun_.wait();
  if (ended_.wait_for(std::chrono::seconds{0}) != std::future_status::ready) return stream_;
  CHECK_OK(ended_.get());
  return std::optional<Stream>{};
}

std::shared_ptr<Download> Downloads::find(const std::string& key) const {
  const std::scoped_lock lock{mutex_};
  const auto found = under_way_.find(key);
  return found == under_way_.end() ? nullptr : found->second;
}

std::shared_ptr<Download> Downloads::start(const std::string& key, TaskThreads& threads, Work work) {
  auto download = std::make_shared<Download>();
  {
    const std::scoped_lock lock{mutex_};
    under_way_.emplace(key, download);
  }
  threads.post([this, key, download, work = std::move(work)] { run(key, *download, work); });
  return download;
}

/// Whoever looks for it after its end finds it gone, and what it stored instead.
void Downloads::run(const std::string& key, Download& download, const Work& work) {
  Status result;
  std::exception_ptr failure;
  try {
    result = work(download);
  } catch (...) {
    failure = std::current_exception();
  }
  {
    const std::scoped_lock lock{mutex_};
    under_way_.erase(key);
  }
  failure ? download.fail(failure) : download.end(std::move(result));
}

}  // namespace packhouse::upstream
