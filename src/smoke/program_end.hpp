#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/redactor.hpp"
#include "sys/process.hpp"

namespace packhouse::smoke {

/// So many lines of its end, without the blank ones around it.
std::string last_lines(std::string_view text, std::size_t count);

/// How a program ended: "exit 1".
std::string describe(const ProcessResult& result);
/// The same, and the last lines that it printed: of its errors first, which say why, then of its output.
std::string describe_end(const ProcessResult& result, const Redactor& redactor);

/// A part of a log: the command, then what it said, then how it ended and how long it took.
std::string log_head(std::string_view title, const std::vector<std::string>& words);
std::string log_end(std::string_view how, std::chrono::duration<double> taken);

}  // namespace packhouse::smoke
