#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace packhouse::dist {

/// What a member's first bytes (a few hundred, if there are) say it is.
enum class Magic { other, elf, pe, mach_o, python_bytecode };

Magic magic_of(std::string_view first_bytes) noexcept;

/// Something in a text that should not be published.
struct ScanHit {
  enum class Kind { secret, obfuscated } kind;
  std::string_view what;  ///< "a GitHub token", "a private key", …; never the secret itself
  std::size_t line;       ///< from 1
};

/// Looks for tokens and private keys by their published forms, and for code made unreadable on purpose.
/// Exact forms only: a prefix, then enough characters of the right kind. At most 16 hits. About 3 GB/s, so
/// that it costs little beside inflating.
std::vector<ScanHit> scan_text(std::string_view text);

}  // namespace packhouse::dist
