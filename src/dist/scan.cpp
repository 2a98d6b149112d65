#include "dist/scan.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

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
  std::size_t anchor;  // where in the prefix its rarest four bytes begin: what the search looks for
  unsigned bucket;     // 0 to 7: patterns of alike anchors share one
  std::size_t tail;
  std::string_view what;
  ScanHit::Kind kind = ScanHit::Kind::secret;
};

constexpr std::array patterns{
    Pattern{"ghp_", 0, 0, 36, "a GitHub token"},
    Pattern{"gho_", 0, 0, 36, "a GitHub token"},
    Pattern{"ghu_", 0, 0, 36, "a GitHub token"},
    Pattern{"ghs_", 0, 0, 36, "a GitHub token"},
    Pattern{"ghr_", 0, 0, 36, "a GitHub token"},
    Pattern{"github_pat_", 3, 0, 60, "a GitHub token"},
    Pattern{"glpat-", 1, 3, 20, "a GitLab token"},
    Pattern{"pypi-AgE", 4, 7, 60, "an index token"},
    Pattern{"packhouse_", 3, 3, 40, "an index token"},
    Pattern{"npm_", 0, 4, 36, "an npm token"},
    Pattern{"AKIA", 0, 1, 16, "an AWS key"},
    Pattern{"ASIA", 0, 1, 16, "an AWS key"},
    Pattern{"xoxb-", 0, 5, 40, "a Slack token"},
    Pattern{"xoxp-", 0, 5, 40, "a Slack token"},
    Pattern{"sk_live_", 2, 4, 24, "a Stripe key"},
    Pattern{"AIzaSy", 0, 2, 33, "a Google API key"},
    Pattern{"-----BEGIN ", 5, 6, 0, "a private key"},
    Pattern{"---BEGIN PYE FILE-----", 9, 6, 0, "encrypted code (sourcedefender)", ScanHit::Kind::obfuscated},
    Pattern{"__pyarmor__", 3, 7, 0, "encrypted code (pyarmor)", ScanHit::Kind::obfuscated},
};

// The bytes of an anchor that are compared: the third is what the forms of one family differ in.
constexpr std::array<std::size_t, 3> compared{0, 1, 3};
constexpr std::size_t window = 4;

// For each compared byte a set of buckets, by the byte itself and by its two halves: where one bucket is left
// in all three, one of its patterns may stand. Searching by halves is what vector shuffles can do.
struct Tables {
  std::array<std::array<std::uint8_t, 256>, 3> byte{};
  std::array<std::array<std::uint8_t, 16>, 3> low{};
  std::array<std::array<std::uint8_t, 16>, 3> high{};
  constexpr Tables() {
    for (const auto& pattern : patterns) {
      const auto bit = static_cast<std::uint8_t>(1U << pattern.bucket);
      for (std::size_t i = 0; i < compared.size(); ++i) {
        const auto value = static_cast<unsigned char>(pattern.prefix[pattern.anchor + compared[i]]);
        byte[i][value] |= bit;
        low[i][value & 0x0fU] |= bit;
        high[i][value >> 4U] |= bit;
      }
    }
  }
};
constexpr Tables tables;

// The first place from `at` on where an anchor may begin; text.size() if there is none.
std::size_t next_candidate_plain(std::string_view text, std::size_t at) noexcept {
  const auto mask = [&](std::size_t i, std::size_t place) {
    return tables.byte[i][static_cast<unsigned char>(text[place + compared[i]])];
  };
  for (; at + window <= text.size(); ++at) {
    if ((mask(0, at) & mask(1, at)) != 0 && (mask(0, at) & mask(1, at) & mask(2, at)) != 0) return at;
  }
  return text.size();
}

#if defined(__x86_64__)
// The same for 32 places at a time. A search byte by byte took as long as inflating the text.
__attribute__((target("avx2"))) std::size_t next_candidate_avx2(std::string_view text,
                                                                std::size_t at) noexcept {
  const auto table = [](const std::array<std::uint8_t, 16>& half) __attribute__((target("avx2"))) {
    __m128i lane;
    std::memcpy(&lane, half.data(), sizeof lane);
    return _mm256_broadcastsi128_si256(lane);
  };
  const __m256i low_bits = _mm256_set1_epi8(0x0f);
  const std::array<__m256i, 3> low{table(tables.low[0]), table(tables.low[1]), table(tables.low[2])};
  const std::array<__m256i, 3> high{table(tables.high[0]), table(tables.high[1]), table(tables.high[2])};
  for (; at + sizeof(__m256i) + window <= text.size(); at += sizeof(__m256i)) {
    __m256i left = _mm256_set1_epi8(-1);
    for (std::size_t i = 0; i < compared.size(); ++i) {
      __m256i bytes;
      std::memcpy(&bytes, text.data() + at + compared[i], sizeof bytes);
      const auto lower = _mm256_shuffle_epi8(low[i], _mm256_and_si256(bytes, low_bits));
      const auto upper =
          _mm256_shuffle_epi8(high[i], _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low_bits));
      left = _mm256_and_si256(left, _mm256_and_si256(lower, upper));
    }
    const auto none =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(left, _mm256_setzero_si256())));
    if (none != 0xffffffff) return at + static_cast<std::size_t>(std::countr_one(none));
  }
  return next_candidate_plain(text, at);
}
#endif

std::size_t next_candidate(std::string_view text, std::size_t at) noexcept {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) return next_candidate_avx2(text, at);
#endif
  return next_candidate_plain(text, at);
}

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
  for (auto at = next_candidate(text, 0); at < text.size(); at = next_candidate(text, at + 1)) {
    for (const auto& pattern : patterns) {
      if (at < pattern.anchor || !matches(pattern, text, at - pattern.anchor)) continue;
      const auto line = static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n')) + 1;
      hits.push_back({pattern.kind, pattern.what, line});
      if (hits.size() == max_hits) return hits;
    }
  }
  return hits;
}

}  // namespace packhouse::dist
