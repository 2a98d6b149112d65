#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/secret.hpp"

namespace packhouse {

/// Replaces every secret it knows by "****", in each spelling in which one leaks: plain,
/// percent-encoded (both cases), JSON-escaped, in base64 (padded or not, URL-safe or not), and as the
/// base64 of "user:password" at any of the three alignments. Built once from the configuration, then
/// immutable: safe to share between threads.
class Redactor {
 public:
  Redactor() = default;
  /// Of secrets of fewer than 4 bytes only the plain spelling is masked: their encodings would mask half of
  /// any text.
  void add(const Secret& secret);
  /// Also masks the Basic credential made of both.
  void add_basic(std::string_view user, const Secret& password);

  std::string redact(std::string_view text) const;

  /// The longest spelling known; a stream must hold back one byte less than this.
  std::size_t longest() const noexcept { return longest_; }

 private:
  friend class RedactingStream;
  void add_needle(std::string needle);
  std::vector<std::string> needles_;  // longest first, so that a longer spelling wins
  std::size_t longest_ = 0;
};

/// Redacts every text and every key in the document. To be called before it is escaped or cut: a secret that
/// is escaped or cut is no longer found.
json::Value redact(const Redactor& redactor, const json::Value& value);

/// Redacts text that arrives in pieces, also when a secret is split across them. The caller keeps the
/// redactor alive.
class RedactingStream {
 public:
  explicit RedactingStream(const Redactor& redactor) : redactor_(redactor) {}
  /// Returns what may be shown so far.
  std::string feed(std::string_view chunk);
  /// The rest. Call once, at the end.
  std::string finish();

 private:
  const Redactor& redactor_;
  std::string held_;
};

}  // namespace packhouse
