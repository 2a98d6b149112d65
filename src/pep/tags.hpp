#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pep/parse_error.hpp"

namespace packhouse {

/// What a wheel runs on ("Platform compatibility tags" specification). Lower case.
struct Tag {
  std::string interpreter;
  std::string abi;
  std::string platform;

  /// "py3-none-any"
  std::string str() const;
  auto operator<=>(const Tag&) const = default;
};

/// A compressed set such as "py2.py3-none-any" stands for at most this many tags: the count is a product, and
/// a name of 255 bytes could otherwise ask for twenty thousand.
inline constexpr std::size_t max_tags = 4096;

/// Expands a compressed tag set such as "py2.py3-none-any"; sorted, each tag once. Refused: not three fields,
/// an empty member, an interpreter that is no identifier, more than `max_tags`.
Parsed<std::vector<Tag>> expand_tags(std::string_view text);

/// Whether each of the fields is in sorted order, as the specification wants of a compressed set.
bool tags_are_sorted(std::string_view text);

/// A machine, as far as tags depend on it.
struct Machine {
  enum class System : std::uint8_t {
    linux_glibc,
    linux_musl,
    linux_other,
    macos,
    windows,
    android,
    ios,
    other
  };

  System system = System::other;
  /// The processor as the system names it: "x86_64", "aarch64", "armv7l", "arm64", "amd64", …; for `other`
  /// the whole platform name, e.g. "freebsd_14_1_release_amd64".
  std::string architecture;
  /// Of glibc, musl, macOS or iOS; for Android `major` is the API level.
  int major = 0;
  int minor = 0;
  /// Linux and macOS: a 32-bit interpreter on a 64-bit kernel.
  bool is_32_bit = false;
  /// 32-bit ARM on Linux: whether the interpreter uses the hard-float ABI, which manylinux needs.
  bool arm_hard_float = true;
  /// iOS only: "iphoneos" or "iphonesimulator".
  std::string ios_sdk = "iphoneos";
};

/// The machine's platform tags, best first, without "any", in the order of packaging.tags.platform_tags().
std::vector<std::string> platform_tags(const Machine& machine);

/// An interpreter, as far as tags depend on it.
struct Interpreter {
  std::string name = "cp";  ///< short: "cp", "pp", …
  int major = 3;
  int minor = 0;
  /// Best first, e.g. {"cp313"} or {"cp313t"}; empty for CPython: derived from the version.
  std::vector<std::string> abis;
};

/// Every tag that this interpreter on a machine with these platforms can use, best first, in the order of
/// packaging.tags.sys_tags().
std::vector<Tag> supported_tags(const Interpreter& interpreter, const std::vector<std::string>& platforms);

}  // namespace packhouse
