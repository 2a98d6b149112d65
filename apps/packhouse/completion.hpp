#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "command_description.hpp"

namespace packhouse::app {

/// A script that makes "bash", "zsh" or "fish" complete the words of the program: commands, options, and the
/// values of an option where they are known; else names of files. invalid_input for another shell.
Result<std::string> completion_script(std::string_view shell, const CommandDescription& program);

}  // namespace packhouse::app
