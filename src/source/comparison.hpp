#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "sys/file_system.hpp"

namespace packhouse::source {

/// How a file that was released stands to the file of that name that CI built.
struct FileComparison {
  enum class Kind : std::uint8_t {
    same,          ///< byte for byte
    same_members,  ///< other bytes (times, order, compression), and every member as it is in the other
    differs,
    missing,  ///< CI built no such file
    extra,    ///< CI built it, and it was not released
  };
  std::string filename;
  Kind kind = Kind::missing;
  std::vector<std::string> members = {};  ///< that differ, by name; only where the kind is `differs`
};

/// "same", "same members", "differs", "missing", "extra"
std::string_view to_string(FileComparison::Kind kind) noexcept;

/// Whether one file may stand for the other.
bool agrees(const FileComparison& comparison) noexcept;

/// Two wheels or two sdists whose digests differ, member by member: content, type, permissions to run and
/// link targets, in any order. An archive that cannot be read differs.
Result<FileComparison> compare_members(FileSystem& disk, const std::string& filename, const Path& released,
                                       const Path& built);

json::Array to_json(const std::vector<FileComparison>& comparisons);
/// "demo-1.0.tar.gz: same members; demo-1.0-py3-none-any.whl: differs (WHEEL)"
std::string describe(const std::vector<FileComparison>& comparisons);

}  // namespace packhouse::source
