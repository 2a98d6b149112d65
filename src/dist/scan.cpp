#include "dist/scan.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace packhouse::dist {
namespace {

constexpr std::size_t max_hits = 16;

constexpr bool is_word(char c) noexcept {
  return is_ascii_alnum(c) || c == '_' || c == '-';
}

// A published form: `prefix`, then at least `tail` characters of letters, digits, '_' and '-'.
struct Pattern {
  std::string_view prefix;
  std::size_t tail;
  std::string_view what;
  ScanHit::Kind kind = ScanHit::Kind::secret;
};

constexpr std::array patterns{
    Pattern{"ghp_", 36, "a GitHub token"},
    Pattern{"gho_", 36, "a GitHub token"},
    Pattern{"ghu_", 36, "a GitHub token"},
    Pattern{"ghs_", 36, "a GitHub token"},
    Pattern{"ghr_", 36, "a GitHub token"},
    Pattern{"github_pat_", 60, "a GitHub token"},
    Pattern{"glpat-", 20, "a GitLab token"},
    Pattern{"pypi-AgE", 60, "an index token"},
    Pattern{"packhouse_", 40, "an index token"},
    Pattern{"npm_", 36, "an npm token"},
    Pattern{"AKIA", 16, "an AWS key"},
    Pattern{"ASIA", 16, "an AWS key"},
    Pattern{"xoxb-", 40, "a Slack token"},
    Pattern{"xoxp-", 40, "a Slack token"},
    Pattern{"sk_live_", 24, "a Stripe key"},
    Pattern{"AIzaSy", 33, "a Google API key"},
    Pattern{"-----BEGIN ", 0, "a private key"},
    Pattern{"---BEGIN PYE FILE-----", 0, "encrypted code (sourcedefender)", ScanHit::Kind::obfuscated},
    Pattern{"__pyarmor__", 0, "encrypted code (pyarmor)", ScanHit::Kind::obfuscated},
};

// Every prefix is at least this long; the search looks at the last two bytes of such a window.
constexpr std::size_t window = 4;

// Wu and Manber's shift table for pairs of bytes: how far the window may move when it ends in that pair. A
// pair that is in no prefix allows three bytes at once.
struct Shifts {
  std::array<std::uint8_t, 65536> by_pair{};
  constexpr Shifts() {
    by_pair.fill(window - 1);
    for (const auto& pattern : patterns) {
      for (std::size_t end = 2; end <= window; ++end) {
        auto& shift = by_pair[pair(pattern.prefix[end - 2], pattern.prefix[end - 1])];
        shift = std::min(shift, static_cast<std::uint8_t>(window - end));
      }
    }
  }
  static constexpr std::size_t pair(char a, char b) noexcept {
    return static_cast<std::size_t>(static_cast<unsigned char>(a)) << 8U |
           static_cast<std::size_t>(static_cast<unsigned char>(b));
  }
};
constexpr Shifts shifts;

bool is_private_key(std::string_view rest) {
  const auto line = rest.substr(0, std::min(rest.find('\n'), std::size_t{80}));
  if (!line.contains("PRIVATE KEY-----")) return false;
  // Code that looks for keys holds the first line alone; a key has a body.
  const auto body = trim(rest.substr(line.size()));
  return body.size() >= 64 && std::ranges::all_of(body.substr(0, 40), [](char c) {
           return is_ascii_alnum(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == ' ' || c == ':' ||
                  c == ',' || c == '\n' || c == '\r';
         });
}

bool matches(const Pattern& pattern, std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  if (!rest.starts_with(pattern.prefix)) return false;
  if (pattern.prefix == "-----BEGIN ") return is_private_key(rest);
  if (pattern.tail == 0) return true;
  // In the middle of a longer word it is something else.
  if (at > 0 && is_word(text[at - 1])) return false;
  const auto tail = rest.substr(pattern.prefix.size());
  if (tail.size() < pattern.tail || !std::ranges::all_of(tail.substr(0, pattern.tail), is_word)) return false;
  // Documentation shows tokens as AKIAXXXXXXXXXXXXXXXX, and AWS's own ends in EXAMPLE.
  const auto word = tail.substr(0, pattern.tail);
  return word.find_first_not_of(word.front()) != std::string_view::npos && !word.ends_with("EXAMPLE");
}

// "MZ", and where the word at 0x3c points, "PE": a text may well begin with the first two letters.
bool is_pe(std::string_view bytes) noexcept {
  if (!bytes.starts_with("MZ") || bytes.size() < 64) return false;
  const auto byte = [bytes](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
  };
  const auto header = byte(0x3c) | byte(0x3d) << 8U | byte(0x3e) << 16U;
  return header < bytes.size() && bytes.substr(header).starts_with(std::string_view{"PE\0\0", 4});
}

}  // namespace

Magic magic_of(std::string_view first_bytes) noexcept {
  constexpr std::string_view elf{
      "\x7f"
      "ELF",
      4};
  static constexpr std::array<std::string_view, 4> mach_o{
      std::string_view{"\xfe\xed\xfa\xce", 4}, std::string_view{"\xfe\xed\xfa\xcf", 4},
      std::string_view{"\xce\xfa\xed\xfe", 4}, std::string_view{"\xcf\xfa\xed\xfe", 4}};
  if (first_bytes.starts_with(elf)) return Magic::elf;
  if (is_pe(first_bytes)) return Magic::pe;
  if (first_bytes.size() < 4) return Magic::other;
  if (std::ranges::find(mach_o, first_bytes.substr(0, 4)) != mach_o.end()) return Magic::mach_o;
  // CPython: a number, then CR LF.
  if (first_bytes[2] == '\r' && first_bytes[3] == '\n' && first_bytes.size() >= 16)
    return Magic::python_bytecode;
  return Magic::other;
}

std::vector<ScanHit> scan_text(std::string_view text) {
  std::vector<ScanHit> hits;
  for (std::size_t end = window; end <= text.size();) {
    const auto shift = shifts.by_pair[Shifts::pair(text[end - 2], text[end - 1])];
    if (shift > 0) {
      end += shift;
      continue;
    }
    const auto at = end - window;
    for (const auto& pattern : patterns) {
      if (!matches(pattern, text, at)) continue;
      const auto line = static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n')) + 1;
      hits.push_back({pattern.kind, pattern.what, line});
      if (hits.size() == max_hits) return hits;
    }
    ++end;
  }
  return hits;
}

}  // namespace packhouse::dist
