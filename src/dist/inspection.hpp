#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "pep/metadata.hpp"
#include "pep/project_name.hpp"
#include "pep/tags.hpp"
#include "pep/version.hpp"

namespace packhouse::dist {

enum class Kind { wheel, sdist };

/// "wheel" or "sdist".
std::string_view to_string(Kind kind) noexcept;
/// As the upload form's `filetype` names it: "bdist_wheel" or "sdist".
std::string_view filetype(Kind kind) noexcept;

/// What a distribution file says of itself. The file's own metadata is the only source.
struct Inspection {
  std::string filename;
  Kind kind;
  std::uint64_t size;  ///< of the file, bytes
  ProjectName name;
  Version version;
  std::string metadata_bytes;  ///< METADATA or the top-level PKG-INFO, unmodified: what PEP 658 serves
  CoreMetadata metadata;       ///< the same, parsed
  std::vector<Tag> tags;       ///< of a wheel, expanded; empty for an sdist

  const std::optional<std::string>& requires_python() const noexcept { return metadata.requires_python; }
};

}  // namespace packhouse::dist
