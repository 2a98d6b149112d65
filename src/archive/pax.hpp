#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "archive/rules.hpp"

namespace packhouse::archive {

/// What a pax header says of the member after it, as far as that matters here.
struct PaxHeader {
  std::optional<std::string> path;
  std::optional<std::string> link_path;
};

/// Reads the records of a pax header (POSIX.1-2008, "pax Header Block"). Refused: malformed records, a key
/// twice, sizes (a reader that ignores the header would go on at another byte), character sets, sparse maps,
/// unknown keys, and names in a header that holds for the whole archive. False if anything was refused.
bool read_pax(std::string_view bytes, bool global, PaxHeader& header, Violations& violations);

}  // namespace packhouse::archive
