#include <fmt/format.h>

#include "commands/commands.hpp"
#include "sys/fail_point.hpp"

namespace packhouse::app {

void register_fail_points(Command root) {
  root.command("fail-points",
               "Print the points at which PACKHOUSE_FAIL_POINT=NAME ends the program, for tests", [] {
                 for (const FailPoint point : all_fail_points())
                   fmt::print("{}\n", to_string(point));
                 return ExitCode::ok;
               });
}

}  // namespace packhouse::app
