#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace packhouse::dist {

/// One line of a wheel's RECORD ("Recording installed projects" specification).
struct RecordEntry {
  std::string path;
  std::string algorithm;  ///< as written, e.g. "sha256"; empty if there is no hash
  std::string digest;     ///< base64url without padding, as written
  std::string size;       ///< as written; may be empty

  bool has_hash() const noexcept { return !algorithm.empty() || !digest.empty(); }
};

/// Lines of three fields, as Python's csv module reads them: quoted where needed, ended by LF or CRLF.
/// invalid_input, with the line's number, for anything else.
Result<std::vector<RecordEntry>> parse_record(std::string_view bytes);

/// Whether RECORD may name this algorithm: SHA-256 or stronger, as hashlib spells it.
bool is_strong_algorithm(std::string_view name) noexcept;
/// Known, but forbidden by the specification ("md5, sha1 and sha224 are not permitted").
bool is_weak_algorithm(std::string_view name) noexcept;

/// Computes one member's digest at a time in the form of RECORD. Reusable, since setting up a digest for each
/// of thousands of small members costs more than their bytes. Throws std::runtime_error if the crypto library
/// fails.
class RecordHasher {
 public:
  RecordHasher();
  ~RecordHasher();
  RecordHasher(const RecordHasher&) = delete;
  RecordHasher& operator=(const RecordHasher&) = delete;

  /// is_strong_algorithm(algorithm)
  void start(std::string_view algorithm);
  void update(std::string_view bytes);
  /// base64url without padding.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace packhouse::dist
