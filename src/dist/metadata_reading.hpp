#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "pep/metadata.hpp"

namespace packhouse::dist {

/// A METADATA or PKG-INFO file as the checks, and everything that shows what passed them, read it.
struct MetadataReading {
  std::optional<CoreMetadata> metadata;  ///< unset: it cannot be read
  /// What a strict reader finds wrong; not empty where `metadata` is unset.
  std::vector<MetadataProblem> problems;
  /// It has fields of a later version than it states, and was read as that one.
  bool has_newer_fields = false;
};

MetadataReading read_metadata(std::string_view bytes);

}  // namespace packhouse::dist
