#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "blob/blob_store.hpp"
#include "dist/check.hpp"

namespace packhouse::upstream {

/// What the index's checks say of a file that came from an upstream.
struct Examination {
  std::string findings = "[]";  ///< UpstreamFile::findings
  std::size_t count = 0;
  std::string first;     ///< the first finding, in words; empty: there is none
  std::string refusal;   ///< of the first check that refuses, in one line; empty: none does
  std::string metadata;  ///< of a wheel: its METADATA, unmodified; empty where it cannot be read
};

/// Of bytes that are finished and not yet committed. Takes as long as the checks of an upload.
Result<Examination> examine(const BlobWriter& content, std::string_view filename, const dist::Policy& policy);

}  // namespace packhouse::upstream
