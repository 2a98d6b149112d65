#pragma once

// Private to sys/.
#include <sys/types.h>

#include "base/result.hpp"
#include "sys/file_descriptor.hpp"

namespace packhouse {

/// Both ends are O_CLOEXEC, and the writer is none of stdin, stdout and stderr.
struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;

  static Result<Pipe> make();
};

/// A program to start. What is pointed to stays valid until spawn() returns.
struct ChildProgram {
  const char* file;        ///< not searched for in PATH
  char* const* arguments;  ///< ends with nullptr, as the next one
  char* const* environment;
  const char* folder;  ///< to run in; nullptr: this process's own
  int output;          ///< become its stdout and stderr
  int errors;
};

/// Starts the program as the leader of a new process group, with every signal unblocked and at its default,
/// an empty stdin, and no descriptor but these three, and returns its process id. not_found where there is no
/// such program, unavailable where it cannot be started: nothing runs then. Thread-safe.
///
/// In place of posix_spawn(), whose closing of descriptors and changing of the folder neither glibc 2.28 nor
/// musl has.
Result<pid_t> spawn(const ChildProgram& program);

}  // namespace packhouse
