#pragma once

#include <cstdint>
#include <string>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "model/ledger_entry.hpp"

namespace packhouse {

/// How often one caller fetched a file, and when.
struct DownloadTally {
  std::string index;
  std::string project;  ///< normalised
  std::string version;  ///< normalised (PEP 440)
  std::string filename;
  Sha256 sha256{{}};
  Actor actor;  ///< of kind "anonymous" where reading is open
  Timestamp first;
  Timestamp last;
  std::int64_t count = 1;
};

}  // namespace packhouse
