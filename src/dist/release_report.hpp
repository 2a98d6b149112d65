#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dist/check.hpp"
#include "dist/manifest.hpp"

namespace packhouse::dist {

/// What `packhouse check` says of a folder, an artifact zip, or a set of files: each file, and all together.
struct ReleaseReport {
  std::string source;                ///< as the caller named it
  std::vector<CheckResult> members;  ///< the checks `artifact.*`, and the container's where it is a zip
  std::vector<Report> files;
  std::vector<CheckResult> release;  ///< the checks `release.*`
  /// Set where every file could be read whole; its digest names the release only if accepted().
  std::optional<Manifest> manifest;

  bool accepted() const noexcept;
};

}  // namespace packhouse::dist
