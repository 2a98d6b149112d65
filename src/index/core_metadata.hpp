#pragma once

#include <optional>

#include "index/context.hpp"
#include "pep/metadata.hpp"

namespace packhouse::index {

/// A release's core metadata, read from its stored files: the METADATA of a wheel, which is a separate blob,
/// or else the PKG-INFO of an sdist, for which the whole archive is read through its checks. Nothing when the
/// release has no such file. A blob that is missing: an Error.
Result<std::optional<CoreMetadata>> core_metadata(const Context& context, const ProjectDetail& project,
                                                  const Version& version);

}  // namespace packhouse::index
