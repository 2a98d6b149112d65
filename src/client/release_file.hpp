#pragma once

#include <cstdint>
#include <string>

#include "base/digest.hpp"
#include "dist/check.hpp"
#include "sys/file_system.hpp"

namespace packhouse::client {

/// One wheel or sdist that is to be released, on disk.
struct ReleaseFile {
  Path path;
  std::string filename;
  std::uint64_t size = 0;
  Sha256 sha256;
  dist::Report report;

  bool is_wheel() const { return filename.ends_with(".whl"); }
};

}  // namespace packhouse::client
