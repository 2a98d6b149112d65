#include "dist/platform_tags.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "base/text.hpp"

namespace packhouse::dist {
namespace {

constexpr std::array<std::string_view, 18> fixed{"any",
                                                 "win32",
                                                 "win_arm64",
                                                 "win_amd64",
                                                 "win_ia64",
                                                 "manylinux1_x86_64",
                                                 "manylinux1_i686",
                                                 "manylinux2010_x86_64",
                                                 "manylinux2010_i686",
                                                 "manylinux2014_x86_64",
                                                 "manylinux2014_i686",
                                                 "manylinux2014_aarch64",
                                                 "manylinux2014_armv7l",
                                                 "manylinux2014_ppc64",
                                                 "manylinux2014_ppc64le",
                                                 "manylinux2014_s390x",
                                                 "linux_armv6l",
                                                 "linux_armv7l"};

constexpr std::array<std::string_view, 8> linux_architectures{"x86_64", "i686",    "aarch64", "armv7l",
                                                              "ppc64",  "ppc64le", "s390x",   "riscv64"};
constexpr std::array<std::string_view, 11> mac_architectures{
    "ppc", "ppc64", "i386", "x86_64", "arm64", "intel", "fat", "fat32", "fat64", "universal", "universal2"};
constexpr std::array<std::string_view, 3> ios_architectures{"arm64_iphoneos", "arm64_iphonesimulator",
                                                            "x86_64_iphonesimulator"};
constexpr std::array<std::string_view, 4> android_architectures{"armeabi_v7a", "arm64_v8a", "x86", "x86_64"};
// Of macOS since 11, each of which counts as N_0.
constexpr std::array<std::string_view, 6> mac_versions{"11", "12", "13", "14", "15", "26"};

bool contains(std::span<const std::string_view> list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

// Takes "word_" off `text` if the word is a number; nothing if it is not.
std::optional<std::string_view> take_number(std::string_view& text) {
  const auto end = text.find('_');
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  const auto number = text.substr(0, end);
  if (!std::ranges::all_of(number, is_ascii_digit)) return std::nullopt;
  text.remove_prefix(end + 1);
  return number;
}

// "MAJOR_MINOR_ARCHITECTURE"
bool is_versioned(std::string_view rest, std::span<const std::string_view> architectures) {
  return take_number(rest) && take_number(rest) && contains(architectures, rest);
}

bool is_macos(std::string_view rest) {
  const auto major = take_number(rest);
  const auto minor = take_number(rest);
  if (!major || !minor || !contains(mac_architectures, rest)) return false;
  return *major == "10" || (contains(mac_versions, *major) && *minor == "0");
}

bool is_android(std::string_view rest) {
  return take_number(rest) && contains(android_architectures, rest);
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

bool is_public_platform(std::string_view platform) {
  if (contains(fixed, platform)) return true;
  auto rest = platform;
  if (take_prefix(rest, "manylinux_")) return is_versioned(rest, linux_architectures);
  if (take_prefix(rest, "musllinux_"))
    return is_versioned(rest, linux_architectures) && !rest.ends_with("_ppc64");
  if (take_prefix(rest, "macosx_")) return is_macos(rest);
  if (take_prefix(rest, "ios_")) return is_versioned(rest, ios_architectures);
  if (take_prefix(rest, "android_")) return is_android(rest);
  constexpr std::array<std::string_view, 1> wasm{"wasm32"};
  if (take_prefix(rest, "pyemscripten_") || take_prefix(rest, "pyodide_")) return is_versioned(rest, wasm);
  return false;
}

bool is_known_platform(std::string_view platform) {
  if (is_public_platform(platform)) return true;
  auto rest = platform;
  if (!take_prefix(rest, "linux_") || rest.empty()) return false;
  return std::ranges::all_of(rest, [](char c) { return is_ascii_alnum(c) || c == '_'; });
}

}  // namespace packhouse::dist
