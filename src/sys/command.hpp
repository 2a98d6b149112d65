#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sys/file_system.hpp"

namespace packhouse {

/// What ends with a program, and what it sees of the machine.
enum class Containment : std::uint8_t {
  group,        ///< its process group ends with it
  descendants,  ///< all that it started ends with it, also what left the group
  /// The same; and in user, PID and mount namespaces with a /proc of its own it sees no other process.
  namespaces,
};

/// A program that a ProcessRunner runs, and how.
struct Command {
  /// argv; the first is a path, or a name looked up in the given environment's PATH. Never a shell, and never
  /// a secret: every user of the machine can read argv.
  std::vector<std::string> arguments;
  /// The child's whole environment; nothing is inherited.
  std::vector<std::pair<std::string, std::string>> environment;
  Path folder;
  std::chrono::milliseconds timeout{60'000};
  /// Bytes kept of stdout and of stderr each; the rest is dropped and counted.
  std::uint64_t max_output = 4ULL << 20U;
  /// Called with each piece of stdout or stderr as it comes; may be empty.
  std::function<void(std::string_view)> on_output = nullptr;
  /// On a stop request it is killed with its group, or not started: `cancelled`.
  std::stop_token stop = {};
  /// Any but `group` needs a main() that begins with run_as_container_if_asked().
  Containment containment = Containment::group;
  /// With Containment::namespaces: absolute paths that are empty for the program, where they exist.
  std::vector<Path> hidden = {};
};

}  // namespace packhouse
