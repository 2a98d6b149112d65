#pragma once

#include <condition_variable>
#include <cstdint>
#include <future>
#include <mutex>
#include <optional>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// Reads a file behind its writer on a thread of its own, takes digests of it, and has the disk keep it: so a
/// large upload costs the longer of the two passes, not their sum. Going away, it stops and waits for the
/// thread.
class SecondPass {
 public:
  /// `hasher` has seen the first `from` bytes. `file` outlives this; from end() to result(), it is this
  /// object's.
  SecondPass(WritableFile& file, Hasher hasher, std::uint64_t from);
  ~SecondPass();
  SecondPass(const SecondPass&) = delete;
  SecondPass& operator=(const SecondPass&) = delete;

  /// The file holds this many bytes now.
  void grown_to(std::uint64_t size);
  /// It grows no more.
  void end();
  /// After end(), once: waits until every byte was hashed and is durable. `unavailable` for a broken disk.
  Result<HashValues> result();

 private:
  enum class State { growing, ended, stopped };

  void set(State state);
  Result<HashValues> run();
  /// Until there is something behind `offset`: the size then; `offset` itself at the end; nullopt when
  /// stopped.
  std::optional<std::uint64_t> wait_beyond(std::uint64_t offset);
  Status hash(std::uint64_t from, std::uint64_t to);

  WritableFile& file_;
  Hasher hasher_;
  const std::uint64_t from_;
  std::vector<char> buffer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t size_;
  State state_ = State::growing;
  std::future<Result<HashValues>> thread_;  // last: it uses all of the above
};

}  // namespace packhouse
