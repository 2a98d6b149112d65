#pragma once

#include <cstdint>
#include <string_view>

#include "archive/byte_source.hpp"
#include "archive/inflate.hpp"
#include "archive/policy.hpp"
#include "archive/rules.hpp"

namespace packhouse::archive {

/// A gzip file (RFC 1952) of exactly one member and nothing after it, block by block in constant memory. What
/// is wrong goes to `violations`. `source`, `limits` and `violations` must outlive it.
class GzipStream {
 public:
  /// Reads the header.
  GzipStream(const ByteSource& source, const Limits& limits, Violations& violations);

  /// The next block, valid until the next call. Empty at the end, which is reached only after CRC, size and
  /// what follows were checked, and empty where something is wrong or a limit is reached.
  std::string_view next();

  bool failed() const noexcept { return failed_; }
  /// Output so far.
  std::uint64_t produced() const noexcept { return produced_; }
  /// What may still come out within the limits.
  std::uint64_t allowance() const noexcept { return allowance_ - produced_; }
  /// Which limit that is, for a caller that refuses a stated size in advance.
  Rule limiting_rule() const noexcept { return by_ratio_ ? Rule::limit_ratio : Rule::limit_size; }

 private:
  bool read_header();
  bool skip_text(std::string_view what);
  void check_end();
  void refuse(Rule rule, std::string found);

  const ByteSource& source_;
  Violations& violations_;
  StreamInflater inflater_;
  std::uint64_t position_ = 0;  // of the deflate stream
  std::uint64_t allowance_ = 0;
  std::uint64_t produced_ = 0;
  std::uint32_t crc_ = 0;
  bool by_ratio_ = false;
  bool failed_ = false;
  bool checked_ = false;
};

}  // namespace packhouse::archive
