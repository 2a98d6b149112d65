#pragma once

#include <string>
#include <string_view>

#include "command_description.hpp"

namespace packhouse::app {

struct ManPage {
  std::string file;  ///< "packhouse-token-create.1"
  std::string text;  ///< in the macros of man(7)
};

/// The page of one command. `version` is that of the program: "0.1.0".
ManPage man_page(const CommandDescription& command, std::string_view version);

}  // namespace packhouse::app
