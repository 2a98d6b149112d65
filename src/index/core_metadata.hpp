#pragma once

#include <optional>
#include <span>

#include "index/context.hpp"
#include "model/file.hpp"
#include "pep/metadata.hpp"

namespace packhouse::index {

/// The core metadata of a release with these files, read from what is stored as the checks read it: the
/// METADATA of a wheel, which is a separate blob, or else the PKG-INFO of an sdist, for which the whole
/// archive is read through its checks. Nothing when the release has no such file, or none that can be read. A
/// blob that is missing: an Error.
Result<std::optional<CoreMetadata>> core_metadata(const Context& context, std::span<const File> files);

}  // namespace packhouse::index
