#pragma once

#include <cstdint>
#include <string>

#include "evidence/check.hpp"
#include "forge/forge.hpp"
#include "source/policy.hpp"
#include "sys/file_system.hpp"

namespace packhouse::source {

/// The archive of an artifact, on disk for as long as this process lives.
struct FetchedArchive {
  Path path;
  std::uint64_t size = 0;
  Sha256 sha256;                     ///< of the file, read back: what is used from here on
  std::uint32_t crc32 = 0;           ///< of the file, read back
  std::uint32_t streamed_crc32 = 0;  ///< of the bytes as they came
  std::string content_type;
};

/// Streams the archive into `target`, which must not exist. At most `max_bytes`.
Result<FetchedArchive> fetch_archive(forge::Forge& forge, FileSystem& disk, std::int64_t artifact_id,
                                     const Path& target, std::uint64_t max_bytes, const Progress& progress);

/// Whether the bytes on disk are the artifact's.
Checks decide_archive(const Policy& policy, const forge::ArtifactFacts& artifact,
                      const FetchedArchive& archive);

}  // namespace packhouse::source
