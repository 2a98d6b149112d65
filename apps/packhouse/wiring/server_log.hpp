#pragma once

#include <spdlog/logger.h>

#include <memory>

#include "sys/line_writer.hpp"

namespace packhouse::app {

/// The log of a server on stderr: one line for each event. Whether something reads it never delays the
/// server: what is not taken is dropped and counted.
struct ServerLog {
  std::shared_ptr<spdlog::logger> logger;  // shared, as the next: spdlog's registry has it too
  std::shared_ptr<LineWriter> lines;
};

/// Also as spdlog's default log, and with SIGPIPE ignored.
ServerLog open_server_log();

}  // namespace packhouse::app
