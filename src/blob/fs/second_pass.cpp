#include "blob/fs/second_pass.hpp"

#include <algorithm>
#include <span>

namespace packhouse {
namespace {

/// Stays in the processor's cache between the read and the digest.
constexpr std::uint64_t piece_size = 256U << 10U;

}  // namespace

SecondPass::SecondPass(WritableFile& file, Hasher hasher, std::uint64_t from)
    : file_(file),
      hasher_(std::move(hasher)),
      from_(from),
      buffer_(piece_size),
      size_(from),
      thread_(std::async(std::launch::async, [this] { return run(); })) {}

SecondPass::~SecondPass() {
  set(State::stopped);
  if (thread_.valid()) thread_.wait();
}

void SecondPass::grown_to(std::uint64_t size) {
  {
    const std::lock_guard lock(mutex_);
    size_ = size;
  }
  changed_.notify_one();
}

void SecondPass::end() {
  set(State::ended);
}

Result<HashValues> SecondPass::result() {
  return thread_.get();
}

void SecondPass::set(State state) {
  {
    const std::lock_guard lock(mutex_);
    state_ = state;
  }
  changed_.notify_one();
}

Result<HashValues> SecondPass::run() {
  std::uint64_t done = from_;
  while (true) {
    const auto size = wait_beyond(done);
    if (!size) return Error{Errc::unavailable, "the write was given up"};
    if (*size == done) break;
    CHECK_OK(hash(done, *size));
    done = *size;
  }
  CHECK_OK(file_.sync());
  return hasher_.finish();
}

std::optional<std::uint64_t> SecondPass::wait_beyond(std::uint64_t offset) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return state_ != State::growing || size_ > offset; });
  if (state_ == State::stopped) return std::nullopt;
  // By the piece, so that a stop is heard soon.
  return std::min(size_, offset + piece_size);
}

Status SecondPass::hash(std::uint64_t from, std::uint64_t to) {
  const auto piece = std::span(buffer_).first(to - from);
  CHECK_OK(file_.read_at(from, piece));
  hasher_.update({piece.data(), piece.size()});
  return success();
}

}  // namespace packhouse
