#include "archive/rules.hpp"

#include <array>
#include <utility>

namespace packhouse::archive {
namespace {

constexpr std::string_view rebuild = "rebuild the file with a current build backend";
constexpr std::string_view rename_member = "rename the member in the project and build again";
constexpr std::string_view link = "ship the file itself instead of a link to it";
constexpr std::string_view upload_again =
    "the bytes are damaged or were edited: take them from the build again";

constexpr std::array table{
    RuleInfo{Rule::container, "archive.container", Scope::any, true,
             "a zip or a gzip-compressed tar, from the first byte on", rebuild},
    RuleInfo{Rule::polyglot, "archive.polyglot", Scope::any, true,
             "a file that only one kind of reader can open", rebuild},
    RuleInfo{Rule::truncated, "archive.truncated", Scope::any, true, "every byte that the records announce",
             upload_again},
    RuleInfo{Rule::limit_entries, "archive.limit.entries", Scope::any, true,
             "no more members than the policy allows", "ship fewer files, or raise limits.entries"},
    RuleInfo{Rule::limit_index, "archive.limit.index", Scope::any, true,
             "names and headers within the policy's limit", "ship fewer files, or raise limits.index-bytes"},
    RuleInfo{Rule::limit_size, "archive.limit.size", Scope::any, true,
             "an unpacked size within the policy's limit", "ship less, or raise limits.total-size"},
    RuleInfo{Rule::limit_ratio, "archive.limit.ratio", Scope::any, true,
             "unpacked over packed size within the policy's limit",
             "do not ship padding; if the data is real, raise limits.ratio"},
    RuleInfo{Rule::path_absolute, "archive.path.absolute", Scope::any, true, "a relative path",
             rename_member},
    RuleInfo{Rule::path_traversal, "archive.path.traversal", Scope::any, true, "a path without \"..\"",
             rename_member},
    RuleInfo{Rule::path_backslash, "archive.path.backslash", Scope::any, true,
             "\"/\" as the only separator of a path", rename_member},
    RuleInfo{Rule::path_drive, "archive.path.drive", Scope::any, true,
             "a path without \":\" (a drive letter or an alternate data stream on Windows)", rename_member},
    RuleInfo{Rule::path_device, "archive.path.device", Scope::any, true,
             "a path without a Windows device name (CON, NUL, COM1, …)", rename_member},
    RuleInfo{Rule::path_control_character, "archive.path.control-character", Scope::any, true,
             "a path without control characters", rename_member},
    RuleInfo{Rule::path_segment, "archive.path.segment", Scope::any, true,
             "a path without empty and \".\" segments", rename_member},
    RuleInfo{Rule::path_trailing, "archive.path.trailing", Scope::any, true,
             "path segments that do not end in a blank or a dot (Windows drops them)", rename_member},
    RuleInfo{Rule::path_length, "archive.path.length", Scope::any, true,
             "a path within the policy's limit, each segment within 255 bytes", rename_member},
    RuleInfo{Rule::name_encoding, "archive.name.encoding", Scope::any, true,
             "a name in UTF-8 and, in a zip, flagged so if it is not ASCII", rename_member},
    RuleInfo{Rule::name_duplicate, "archive.name.duplicate", Scope::any, true, "each name once", rebuild},
    RuleInfo{Rule::name_case_clash, "archive.name.case-clash", Scope::any, true,
             "names that differ also where case is ignored", rename_member},
    RuleInfo{Rule::name_unicode_clash, "archive.name.unicode-clash", Scope::any, true,
             "names that differ also in Unicode's normal forms", rename_member},
    RuleInfo{Rule::name_file_and_directory, "archive.name.file-and-directory", Scope::any, true,
             "no path that is both a file and a directory", rename_member},
    RuleInfo{Rule::member_symlink, "archive.member.symlink", Scope::any, true,
             "no symbolic link, except in an sdist to what its top folder holds", link},
    RuleInfo{Rule::member_hardlink, "archive.member.hardlink", Scope::any, true,
             "no hard link, except in an sdist to an earlier file in its top folder", link},
    RuleInfo{Rule::member_special, "archive.member.special", Scope::any, true,
             "only regular files and directories", "leave devices, pipes and sockets out"},
    RuleInfo{Rule::member_type, "archive.member.type", Scope::any, true,
             "a member whose name, mode and size agree on what it is", rebuild},
    RuleInfo{Rule::member_mode, "archive.member.mode", Scope::any, false, "no setuid, setgid or sticky bit",
             "clear the mode bits before the build"},
    RuleInfo{Rule::zip_end_record, "archive.zip.end-record", Scope::zip, true,
             "exactly one end-of-central-directory record, at the very end", rebuild},
    RuleInfo{Rule::zip_trailing_data, "archive.zip.trailing-data", Scope::zip, true,
             "nothing after the end-of-central-directory record and its comment", upload_again},
    RuleInfo{Rule::zip_prepended_data, "archive.zip.prepended-data", Scope::zip, true,
             "a local file header as the first bytes", upload_again},
    RuleInfo{Rule::zip_directory, "archive.zip.directory", Scope::zip, true,
             "a central directory whose place, size and count agree with the end record", rebuild},
    RuleInfo{Rule::zip_disks, "archive.zip.disks", Scope::zip, true, "an archive on one disk", rebuild},
    RuleInfo{Rule::zip_zip64, "archive.zip.zip64", Scope::zip, true,
             "ZIP64 records that agree with the fields they extend", rebuild},
    RuleInfo{Rule::zip_extra, "archive.zip.extra", Scope::zip, true,
             "extra fields that fill their space exactly, each kind once", rebuild},
    RuleInfo{Rule::zip_local_header, "archive.zip.local-header", Scope::zip, true,
             "a local header that repeats the central directory in every field", rebuild},
    RuleInfo{Rule::zip_overlap, "archive.zip.overlap", Scope::zip, true, "members that do not share bytes",
             rebuild},
    RuleInfo{Rule::zip_gap, "archive.zip.gap", Scope::zip, true, "no bytes between the records", rebuild},
    RuleInfo{Rule::zip_data_descriptor, "archive.zip.data-descriptor", Scope::zip, true,
             "sizes and CRC in the local header, and no data descriptor",
             "write the archive to a seekable file, or set archive.data-descriptors = true in the policy"},
    RuleInfo{Rule::zip_encryption, "archive.zip.encryption", Scope::zip, true, "no encryption", rebuild},
    RuleInfo{Rule::zip_flags, "archive.zip.flags", Scope::zip, true,
             "no flag beyond compression level and UTF-8", rebuild},
    RuleInfo{Rule::zip_method, "archive.zip.method", Scope::zip, true, "members stored or deflated",
             "compress with deflate, which every installer can read"},
    RuleInfo{Rule::zip_comment, "archive.zip.comment", Scope::zip, true, "no comment on a member", rebuild},
    RuleInfo{Rule::zip_unicode_extra, "archive.zip.unicode-extra", Scope::zip, true,
             "no second name in a Unicode path field, or the same one", rebuild},
    RuleInfo{Rule::zip_size, "archive.zip.size", Scope::zip, true, "as many bytes as stated", upload_again},
    RuleInfo{Rule::zip_crc, "archive.zip.crc", Scope::zip, true, "the stated CRC-32", upload_again},
    RuleInfo{Rule::zip_deflate, "archive.zip.deflate", Scope::zip, true,
             "one whole deflate stream and nothing after it", upload_again},
    RuleInfo{Rule::gzip_header, "archive.gzip.header", Scope::tar_gz, true,
             "a gzip header of RFC 1952 with no reserved flag", rebuild},
    RuleInfo{Rule::gzip_deflate, "archive.gzip.deflate", Scope::tar_gz, true, "one whole deflate stream",
             upload_again},
    RuleInfo{Rule::gzip_crc, "archive.gzip.crc", Scope::tar_gz, true, "the stated CRC-32", upload_again},
    RuleInfo{Rule::gzip_size, "archive.gzip.size", Scope::tar_gz, true, "the stated size", upload_again},
    RuleInfo{Rule::gzip_concatenated, "archive.gzip.concatenated", Scope::tar_gz, true,
             "a single gzip member", rebuild},
    RuleInfo{Rule::gzip_trailing_data, "archive.gzip.trailing-data", Scope::tar_gz, true,
             "nothing after the gzip member", upload_again},
    RuleInfo{Rule::tar_header, "archive.tar.header", Scope::tar_gz, true,
             "a header of the ustar, pax or GNU format", rebuild},
    RuleInfo{Rule::tar_checksum, "archive.tar.checksum", Scope::tar_gz, true, "the stated header checksum",
             upload_again},
    RuleInfo{Rule::tar_number, "archive.tar.number", Scope::tar_gz, true,
             "numbers in octal from the field's first byte on, ended by a blank or NUL", rebuild},
    RuleInfo{Rule::tar_pax, "archive.tar.pax", Scope::tar_gz, true,
             "pax records that are well formed, each key once, and none that changes sizes or encodings",
             rebuild},
    RuleInfo{Rule::tar_long_name, "archive.tar.long-name", Scope::tar_gz, true,
             "one GNU long name, ended by NUL, before the member it names", rebuild},
    RuleInfo{Rule::tar_sparse, "archive.tar.sparse", Scope::tar_gz, true, "no sparse member", rebuild},
    RuleInfo{Rule::tar_end, "archive.tar.end", Scope::tar_gz, true, "two zero blocks after the last member",
             rebuild},
    RuleInfo{Rule::tar_trailing_data, "archive.tar.trailing-data", Scope::tar_gz, true,
             "nothing but zeros after the two zero blocks", rebuild},
};

// info() indexes the table by the enumeration.
constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].rule) != i) return false;
  }
  return static_cast<std::size_t>(Rule::tar_trailing_data) + 1 == table.size();
}
static_assert(in_order());

}  // namespace

std::span<const RuleInfo> rules() noexcept {
  return table;
}

const RuleInfo& info(Rule rule) noexcept {
  return table[static_cast<std::size_t>(rule)];
}

void Violations::add(Rule rule, std::string found) {
  if (counts_.empty()) counts_.resize(table.size());
  auto& count = counts_[static_cast<std::size_t>(rule)];
  if (++count <= kept_per_rule) kept_.push_back({rule, std::move(found)});
}

void Violations::add_all(const Violations& other) {
  if (other.empty()) return;
  for (const auto& violation : other.kept_)
    add(violation.rule, violation.found);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (other.counts_[i] > kept_per_rule) counts_[i] += other.counts_[i] - kept_per_rule;
  }
}

std::uint64_t Violations::count(Rule rule) const noexcept {
  return counts_.empty() ? 0 : counts_[static_cast<std::size_t>(rule)];
}

}  // namespace packhouse::archive
