#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace packhouse::archive {

enum class MemberType { file, directory, symlink, hardlink, special };

/// One member as the archive states it. `name` is the stored bytes, not yet safe to use as a path unless
/// the archive had no violation.
struct Member {
  std::string name;  ///< a directory's ends in '/'
  MemberType type = MemberType::file;
  std::uint64_t size = 0;   ///< unpacked
  std::uint32_t mode = 0;   ///< permission bits with setuid, setgid and sticky; 0 if not stated
  std::string link_target;  ///< of a symlink or hardlink
};

/// Receives an archive's members in order: begin, any number of writes, end. The bytes of a member are
/// right only if end() says so; a reader stops at the first member whose extent is in doubt.
class MemberSink {
 public:
  virtual ~MemberSink() = default;
  virtual void begin(const Member& member) = 0;
  /// `chunk` is valid during the call only.
  virtual void write(std::string_view chunk) = 0;
  /// `intact`: every byte came out and sizes and checksums agreed.
  virtual void end(const Member& member, bool intact) = 0;
};

}  // namespace packhouse::archive
