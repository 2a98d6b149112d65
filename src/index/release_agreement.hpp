#pragma once

#include <span>
#include <vector>

#include "dist/inspection.hpp"
#include "index/context.hpp"
#include "model/file.hpp"

namespace packhouse::index {

/// The checks over all files of a release, as `packhouse check FOLDER` makes them, under the index's policy.
/// `code` with the first refusal's words. Uploads, sessions and copies ask the same, so that none takes what
/// another one refuses.
Status check_agreement(const Context& context, std::span<const dist::Inspection* const> files, Errc code);

/// The same of a file that is to join those which its release has. Reads as little as the comparison needs:
/// of a wheel the sdist beside it, of an sdist the METADATA of the wheels. invalid_input for a refusal.
Status check_joins(const Context& context, const dist::Inspection& added);

/// The same of files that are to be published together.
Status check_joins(const Context& context, const ReleaseName& release, const std::vector<File>& added);

}  // namespace packhouse::index
