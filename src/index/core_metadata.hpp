#pragma once

#include <optional>

#include "index/context.hpp"
#include "pep/metadata.hpp"

namespace packhouse::index {

/// What a release says of itself, read from its stored files: the METADATA of a wheel, which is kept as a
/// blob of its own, or else the PKG-INFO of an sdist, for which the whole archive is read through its checks.
/// Nothing when the release has no file that tells. A blob that is missing: an Error.
Result<std::optional<CoreMetadata>> core_metadata(const Context& context, const ProjectDetail& project,
                                                  std::string_view version);

}  // namespace packhouse::index
