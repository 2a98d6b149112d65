#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/release_file.hpp"
#include "dist/artifact.hpp"
#include "dist/manifest.hpp"
#include "evidence/check.hpp"
#include "source/policy.hpp"
#include "sys/file_system.hpp"

namespace packhouse::source {

/// The files of a release, unpacked and looked at.
struct Candidate {
  std::vector<client::ReleaseFile> files;  ///< by filename
  std::optional<dist::Manifest> manifest;
  /// The check `artifact.members` of each archive; where one is refused, there are no files.
  Checks checks;
  /// By their names, the texts of attestations among the sidecars; of an archive at most max_sidecar_bytes.
  std::map<std::string, std::string> sidecars = {};
};

/// A few kilobytes for each file of a large release.
inline constexpr std::uint64_t max_sidecar_bytes = 4U << 20U;
/// What the attestation of a file (PEP 740) is called beside it: its name and this.
inline constexpr std::string_view attestation_ending = ".publish.attestation";

/// An archive to unpack.
struct ArchiveToUnpack {
  std::string artifact;  ///< its name; empty where it is the only one
  Path archive;
  Path folder;  ///< exists and is empty
};

/// Unpacks the archive and inspects every file. The archive's members are judged before a byte is written;
/// names are plain filenames, files are made with O_EXCL.
Result<Candidate> unpack(FileSystem& disk, const ArchiveToUnpack& archive, const dist::Policy& policy,
                         const dist::Sidecars& sidecars = {});

/// The files of several artifacts as one release. `artifact.same-file`: what two artifacts have under one
/// name is the same bytes, and counts once.
Result<Candidate> merge(std::vector<Candidate> candidates);

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
