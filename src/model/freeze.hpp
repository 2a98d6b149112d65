#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/time.hpp"

namespace packhouse {

/// A moment of an index that stays readable.
struct Freeze {
  std::int64_t serial = 0;  ///< the index's, taken for this freeze alone
  std::string reason;       ///< may be empty
  Timestamp made;
  std::int64_t projects = 0;
  std::int64_t files = 0;
};

/// A file that a freeze keeps.
struct FrozenFile {
  std::string filename;
  Sha256 sha256{{}};
  std::optional<Sha256> metadata_sha256 = {};
};

/// A project as a freeze keeps it.
struct FrozenPage {
  std::string project;   ///< normalised
  std::string document;  ///< JSON: upstream::RemotePage::to_json()
  std::vector<FrozenFile> files;
};

/// A file of a freeze, and whose it is.
struct FrozenPlace {
  std::string project;
  FrozenFile file;
};

}  // namespace packhouse
