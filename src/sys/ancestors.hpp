#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace packhouse {

/// A process above this one.
struct Ancestor {
  pid_t pid = 0;
  std::string name;  ///< as the kernel keeps it: at most 15 bytes
  std::string
      environment;  ///< what it was started with, NUL between variables; empty where it cannot be read
};

/// Of a process; 0 where it has none or is not there.
pid_t parent_of(pid_t pid);

/// The parent, its parent and so on, as /proc shows them at this moment; of each at most 1 MiB of
/// environment.
std::vector<Ancestor> read_ancestors();

}  // namespace packhouse
