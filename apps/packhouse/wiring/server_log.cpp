#include "wiring/server_log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <mutex>
#include <string_view>
#include <utility>

namespace packhouse::app {
namespace {

class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LineSink(std::shared_ptr<LineWriter> lines) : lines_(std::move(lines)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    lines_->write(std::string_view(line.data(), line.size()));
  }
  void flush_() override { lines_->flush(); }

  const std::shared_ptr<LineWriter> lines_;  // shared with who asks for what was lost
};

}  // namespace

ServerLog open_server_log() {
  std::signal(SIGPIPE, SIG_IGN);  // it cannot fail for this signal
  auto lines = std::make_shared<LineWriter>(STDERR_FILENO);
  auto log = std::make_shared<spdlog::logger>("packhouse", std::make_shared<LineSink>(lines));
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(log);  // the server logs exceptions of routes, which must not go to stdout
  return {.logger = std::move(log), .lines = std::move(lines)};
}

}  // namespace packhouse::app
