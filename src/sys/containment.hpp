#pragma once

#include <span>
#include <string>
#include <vector>

#include "sys/command.hpp"

namespace packhouse {

/// The command line with which this program, started anew, contains `command` and runs it. `program` is the
/// file to run.
std::vector<std::string> container_words(const Command& command, const std::string& program);

/// First in main(), before any thread: where this process was started with container_words() it contains and
/// runs that program, ends as the program ends, and does not return.
///
/// The process becomes the reaper of all that the program starts, and ends it with the program, on SIGTERM,
/// or when the process that started it dies. With Containment::namespaces the program also has user, PID and
/// mount namespaces, a /proc of its own, and an empty folder or file at each hidden path. Its user is the
/// same user outside; inside it is never root, so that it can undo nothing of this. Exit 125, with the reason
/// on stderr, where the kernel refuses; 127 where the program cannot be run.
void run_as_container_if_asked(std::span<char*> words);

}  // namespace packhouse
