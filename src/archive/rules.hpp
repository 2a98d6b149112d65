#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace packhouse::archive {

/// Which containers a rule can speak about.
enum class Scope { any, zip, tar_gz };

/// One rule per way in which two readers could read an archive differently, or a reader be harmed.
enum class Rule : std::uint8_t {
  // Either container
  container,
  polyglot,
  truncated,
  limit_entries,
  limit_index,
  limit_size,
  limit_ratio,
  path_absolute,
  path_traversal,
  path_backslash,
  path_drive,
  path_device,
  path_control_character,
  path_segment,
  path_trailing,
  path_length,
  name_encoding,
  name_duplicate,
  name_case_clash,
  name_unicode_clash,
  name_file_and_directory,
  member_symlink,
  member_hardlink,
  member_special,
  member_type,
  member_mode,
  // Zip
  zip_end_record,
  zip_trailing_data,
  zip_prepended_data,
  zip_directory,
  zip_disks,
  zip_zip64,
  zip_extra,
  zip_local_header,
  zip_overlap,
  zip_gap,
  zip_data_descriptor,
  zip_encryption,
  zip_flags,
  zip_method,
  zip_comment,
  zip_unicode_extra,
  zip_size,
  zip_crc,
  zip_deflate,
  // Gzip and tar
  gzip_header,
  gzip_deflate,
  gzip_crc,
  gzip_size,
  gzip_concatenated,
  gzip_trailing_data,
  tar_header,
  tar_checksum,
  tar_number,
  tar_pax,
  tar_long_name,
  tar_sparse,
  tar_end,
  tar_trailing_data,
};

struct RuleInfo {
  Rule rule;
  std::string_view id;  ///< stable: scripts and policies name it
  Scope scope;
  bool refuses;  ///< by default; otherwise it warns
  std::string_view expected;
  std::string_view hint;  ///< what to do
};

/// Every rule, in the order of the enumeration.
std::span<const RuleInfo> rules() noexcept;
const RuleInfo& info(Rule rule) noexcept;

/// One breach of a rule. `found` is safe to show: outside bytes in it went through quote().
struct Violation {
  Rule rule;
  std::string found;
  bool operator==(const Violation&) const = default;
};

/// What an archive did wrong. Bounded: of each rule the first few breaches are kept and the rest counted.
class Violations {
 public:
  static constexpr std::size_t kept_per_rule = 8;

  void add(Rule rule, std::string found);
  void add_all(const Violations& other);
  bool has(Rule rule) const noexcept { return count(rule) > 0; }
  bool empty() const noexcept { return kept_.empty(); }
  /// All breaches of that rule, kept or not.
  std::uint64_t count(Rule rule) const noexcept;
  const std::vector<Violation>& kept() const noexcept { return kept_; }

 private:
  std::vector<Violation> kept_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace packhouse::archive
