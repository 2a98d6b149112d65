#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "sys/command.hpp"

namespace packhouse {

struct ProcessResult {
  int exit_code = 0;       ///< meaningful when signal == 0
  int signal = 0;          ///< the signal that ended it, or 0
  bool timed_out = false;  ///< its whole process group was killed at the time limit
  std::string output;      ///< stdout
  std::string errors;      ///< stderr
  std::uint64_t dropped = 0;

  bool succeeded() const noexcept { return exit_code == 0 && signal == 0 && !timed_out; }
};

/// Runs programs. stdin is empty; the child leads a new process group, so that its children end with it.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  /// not_found when there is no such program.
  virtual Result<ProcessResult> run(const Command& command) = 0;
  /// Whether Containment::namespaces works on this machine: unavailable, with the reason, where the kernel
  /// refuses.
  virtual Status try_namespaces() = 0;
};

std::unique_ptr<ProcessRunner> make_process_runner();

}  // namespace packhouse
