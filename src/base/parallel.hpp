#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace packhouse {

/// Calls `work(worker, i)` for every i below `count`, in no order, on threads of which `worker`, below
/// `workers`, is one. The first exception ends it and is thrown again.
template <typename Work>
void in_parallel(std::size_t count, std::size_t workers, const Work& work) {
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::atomic_flag failed;
  const auto run = [&](std::size_t worker) {
    try {
      for (auto i = next.fetch_add(1); i < count; i = next.fetch_add(1))
        work(worker, i);
    } catch (...) {
      if (!failed.test_and_set()) failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (std::size_t worker = 1; worker < std::min(workers, count); ++worker)
      helpers.emplace_back(run, worker);
    run(0);
  }
  if (failure) std::rethrow_exception(failure);
}

/// At least 1.
inline std::size_t cores() noexcept {
  return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

/// The same with one thread for each core, for work that needs no state of its thread.
template <typename Work>
void in_parallel(std::size_t count, const Work& work) {
  in_parallel(count, cores(), [&](std::size_t /*worker*/, std::size_t i) { work(i); });
}

}  // namespace packhouse
