#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "model/release_label.hpp"
#include "pep/release_name.hpp"

namespace packhouse {

enum class FileKind { wheel, sdist };

/// "wheel", "sdist".
std::string_view to_string(FileKind kind) noexcept;
Result<FileKind> parse_file_kind(std::string_view text);

/// A digest of what an installer chooses a file by: its project, version (1.0 and 1.0.0 are equal), kind,
/// build tag and tag set. Two files of one identity are one distribution in two spellings, such as
/// demo-1.0-py2.py3-none-any.whl and demo-1.0.0-py3.py2-none-any.whl. A name that is no distribution's has an
/// identity that no other name has.
std::string identity_of(std::string_view filename);

/// One distribution file of a release, as the index offers it.
struct File {
  std::int64_t id = 0;
  ReleaseName release;
  std::string filename;
  FileKind kind = FileKind::wheel;
  Sha256 sha256;
  std::string blake2b_256;  ///< 64 hexadecimal digits
  std::uint64_t size = 0;   ///< bytes
  std::optional<std::string> requires_python;
  std::optional<Sha256> metadata_sha256;         ///< of the METADATA blob (PEP 658), for wheels
  std::optional<Sha256> provenance_sha256 = {};  ///< of the blob with its attestations (PEP 740)
  Timestamp uploaded;
  /// The reason, which may be empty: the file's or its release's; unset: not yanked.
  std::optional<std::string> yanked;
  /// Why it is not offered, in words (model/release.hpp): its release is blocked or its project quarantined;
  /// unset: it is offered.
  std::optional<std::string> withheld = {};
  std::optional<ReleaseLabel> label = {};  ///< its release's
};

}  // namespace packhouse
