#pragma once

#include <deque>
#include <future>
#include <optional>
#include <stop_token>
#include <string>

#include "smoke/smoke_policy.hpp"
#include "smoke/virtual_environment.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::smoke {

/// Makes environments one after another on a thread of its own, each while something else is done. One that
/// nobody took is given up in the end. Used on one thread; `policy` and what `tools` refers to outlive it,
/// and its processes are run on several threads.
class EnvironmentPool {
 public:
  EnvironmentPool(const SmokePolicy& policy, const SmokeTools& tools);
  EnvironmentPool(const EnvironmentPool&) = delete;
  EnvironmentPool& operator=(const EnvironmentPool&) = delete;
  ~EnvironmentPool() { given_up_.request_stop(); }

  /// One more will be wanted, from that Python. The first that is expected is begun at once.
  void expect(std::string python);
  /// The one after those that were taken is begun, if one is expected: a good time while others wait for
  /// something else.
  void begin_next();
  /// Waits for the one that take() gives next. not_found, naming its Python, where it could not be made;
  /// nothing is wrong where none is expected.
  Status look();
  /// The next one, as it was expected; one that was not begun is made now. An Error where the making was
  /// interrupted or had no room.
  Result<VirtualEnvironment> take(const std::string& python);
  /// Removes it, while something else is done: it has more than a thousand files.
  void discard(TemporaryFolder folder);

 private:
  const Result<VirtualEnvironment>& wait();

  const SmokePolicy& policy_;
  std::stop_source given_up_;
  SmokeTools tools_;
  std::deque<std::string> expected_;
  // Of the first that is expected: while it is made, and then.
  std::future<Result<VirtualEnvironment>> begun_;
  std::optional<Result<VirtualEnvironment>> made_;
  std::future<void> removing_;
};

}  // namespace packhouse::smoke
