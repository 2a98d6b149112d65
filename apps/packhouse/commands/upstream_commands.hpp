#pragma once

#include "command_line.hpp"

namespace packhouse::app {

// What is stored of upstreams and who fetched it; as in commands.hpp.
void register_downloads(Command root);
void register_freeze(Command root);
void register_mirror(Command root);
void register_mirror_warm(Command mirror);  // below mirror
void register_recall(Command root);

}  // namespace packhouse::app
