#pragma once

#include <string_view>

#include "console/console.hpp"

namespace packhouse::app {

/// Where the desk's output goes: text to stdout, or to stderr and one document to stdout with `json`; on a
/// GitHub runner also to the step's summary.
console::ConsoleOptions output_options(bool json);

/// Writes all of it, unless the reader has gone.
void write_all(int descriptor, std::string_view text);

}  // namespace packhouse::app
