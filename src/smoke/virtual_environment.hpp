#pragma once

#include <deque>
#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "smoke/smoke_check.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::smoke {

/// A virtual environment in a folder of its own, as `python -m venv` makes it: with the pip, and up to Python
/// 3.11 the setuptools, that came with that Python. Nothing was installed into it.
struct VirtualEnvironment {
  TemporaryFolder folder;  ///< with "venv", "home", "pip-home" and "tmp" in it
  ProcessResult made;      ///< how the making ended
  /// What the interpreter answered of itself; nullopt where there is none to ask.
  std::optional<ProcessResult> described;
  std::string log;  ///< what was run and what it said; not redacted
};

/// What every program of an environment is given, in that home.
std::vector<std::pair<std::string, std::string>> environment_variables(const SmokeTools& tools,
                                                                       const Path& folder, const Path& home);

/// How a program ended: "exit 1".
std::string describe(const ProcessResult& result);
/// The same, and the last that it said.
std::string describe_end(const ProcessResult& result, const Redactor& redactor);

/// A Python that no environment can be made from.
Error unusable(std::string_view python, std::string_view fault);

/// A part of a log: the command, then what it said, then how it ended and how long it took.
std::string log_head(std::string_view title, const std::vector<std::string>& words);
std::string log_end(std::string_view how, std::chrono::duration<double> taken);

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
