#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/release_file.hpp"
#include "dist/manifest.hpp"
#include "evidence/check.hpp"
#include "source/policy.hpp"
#include "sys/file_system.hpp"

namespace packhouse::source {

/// The files of an artifact, unpacked and looked at.
struct Candidate {
  std::vector<client::ReleaseFile> files;  ///< by filename
  std::optional<dist::Manifest> manifest;
  /// The check `artifact.members`; where it is refused, there are no files.
  Checks checks;
};

/// Unpacks the archive into `folder` (which exists and is empty) and inspects every file. The archive's
/// members are judged before a byte is written; names are plain filenames, files are made with O_EXCL.
Result<Candidate> unpack(FileSystem& disk, const Path& archive, const Path& folder,
                         const dist::Policy& policy);

/// Copies the files that a build left in `built` into `folder` (which exists and is empty), and inspects
/// each. The check is `build.members`: flat wheels and sdists, each a file of its own, and nothing else.
Result<Candidate> take_built(FileSystem& disk, const Path& built, const Path& folder,
                             const dist::Policy& policy);

/// Looks again at files that take_built() copied.
Result<Candidate> look_at_built(FileSystem& disk, const Path& folder, const dist::Policy& policy);

/// What the checks of the files warn of without refusing it, one line each.
std::vector<std::string> file_warnings(const Candidate& candidate);

/// Whether these files are exactly the release: at least one wheel, one sdist, each of this project and this
/// version, each sound, all agreeing.
Checks decide_files(const Policy& policy, const Version& version, const Candidate& candidate,
                    const dist::Policy& file_policy);

}  // namespace packhouse::source
