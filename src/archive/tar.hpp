#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "archive/byte_source.hpp"
#include "archive/member.hpp"
#include "archive/policy.hpp"
#include "archive/rules.hpp"

namespace packhouse::archive {

/// A gzip-compressed tar (ustar, pax as far as it names members, GNU long names), read so strictly that every
/// other reader sees the same members. Constant memory beside the names. Not for several threads at once.
class TarGzReader {
 public:
  /// Reads nothing yet; `source` and `policy` must outlive it.
  TarGzReader(const ByteSource& source, const Policy& policy) : source_(source), policy_(policy) {}

  /// Delivers the members in their order, and stops where the extent of one is in doubt. Call it once.
  void read_all(MemberSink& sink);

  /// In order, as far as the reading came.
  const std::vector<Member>& members() const noexcept { return members_; }
  /// The archive was read to its very end, so that members() is complete.
  bool complete() const noexcept { return complete_; }
  const Violations& violations() const noexcept { return violations_; }

 private:
  const ByteSource& source_;
  const Policy& policy_;
  Violations violations_;
  std::vector<Member> members_;
  bool complete_ = false;
};

/// Whether the first block has the checksum of a tar header: used on files that are to be something else.
bool looks_like_tar(const ByteSource& source);

}  // namespace packhouse::archive
