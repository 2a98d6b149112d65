#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/byte_source.hpp"
#include "archive/member.hpp"
#include "archive/policy.hpp"
#include "archive/rules.hpp"
#include "dist/form_claims.hpp"
#include "dist/inspection.hpp"
#include "dist/installed_path.hpp"
#include "dist/record.hpp"
#include "dist/scan.hpp"
#include "dist/wheel_file.hpp"
#include "pep/filename.hpp"
#include "pep/metadata.hpp"

namespace packhouse::dist {

/// What the one pass over an archive notes of a member.
struct MemberFacts {
  archive::Member member;
  bool intact = false;
  bool is_file() const noexcept { return member.type == archive::MemberType::file; }
  std::string digest;  ///< by the algorithm that RECORD names for it; empty if it names none that counts
  Magic magic = Magic::other;
  std::vector<ScanHit> hits;
};

/// Everything that checks look at, gathered in one pass: each member is inflated once and hashed at most
/// once. Memory: the members' names, and the few files that have a meaning, each up to `kept_limit`.
struct InspectedFile {
  InspectedFile() = default;
  InspectedFile(const InspectedFile&) = delete;  // by_path refers to members
  InspectedFile& operator=(const InspectedFile&) = delete;
  InspectedFile(InspectedFile&&) = default;
  InspectedFile& operator=(InspectedFile&&) = default;
  ~InspectedFile() = default;

  static constexpr std::uint64_t kept_limit = 8U << 20U;

  std::string filename;
  std::uint64_t size = 0;
  std::optional<Kind> kind;  ///< by the filename's extension

  /// One of them, if the filename could be read.
  std::optional<WheelFilename> wheel_name;
  std::optional<SdistFilename> sdist_name;
  std::string filename_fault;  ///< why not

  archive::Violations violations;
  std::optional<archive::Scope> container;  ///< which reader it was given to
  bool complete = false;                    ///< the archive was read to its end
  std::vector<MemberFacts> members;         ///< in the archive's order

  /// Of a wheel: top-level "*.dist-info" folders. Of an sdist: all top-level names.
  std::vector<std::string> roots;
  /// The folder that holds the metadata: "{name}-{version}.dist-info" or "{name}-{version}", as the filename
  /// spells it, if the archive has it; otherwise the only root.
  std::string root;

  /// The files with a meaning, by their path below `root`: METADATA, WHEEL, RECORD, entry_points.txt,
  /// PKG-INFO.
  std::map<std::string, std::string, std::less<>> kept;
  /// Those of them that are longer than kept_limit, and were not kept.
  std::vector<std::string> too_long;

  std::optional<CoreMetadata> metadata;
  std::vector<MetadataProblem> metadata_problems;

  std::optional<WheelFile> wheel_file;
  std::string wheel_file_fault;
  std::optional<std::vector<RecordEntry>> record;
  std::string record_fault;

  std::vector<InstalledPath> installed;  ///< of a wheel: where each member goes

  const FormClaims* form = nullptr;

  /// Null if there is no such member.
  const MemberFacts* find(std::string_view path) const;
  /// The bytes of METADATA or PKG-INFO; null if there is none.
  const std::string* metadata_bytes() const;
  const ProjectName* name() const;  ///< by the filename; null if that is unreadable
  const Version* version() const;
  /// Whether a value of that metadata field breaks its rule.
  bool has_wrong_value(std::string_view field) const;
  /// Of an sdist: the filename without its extension. A tool writes the same into the archive.
  std::string_view sdist_stem() const;
  /// Of an sdist: its only top-level folder; what the filename names if there are none or several.
  std::string sdist_folder() const;

  std::map<std::string_view, std::size_t> by_path;  ///< positions in `members`
};

InspectedFile inspect_wheel(const archive::ByteSource& source, std::string_view filename,
                            const archive::Policy& policy);
InspectedFile inspect_sdist(const archive::ByteSource& source, std::string_view filename,
                            const archive::Policy& policy);
/// The container alone, whichever it is by its first bytes.
InspectedFile inspect_archive(const archive::ByteSource& source, std::string_view filename,
                              const archive::Policy& policy);

}  // namespace packhouse::dist
