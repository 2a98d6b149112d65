#include "pep/tags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

using Members = std::vector<std::string_view>;

std::string nodot(int major, int minor) {
  return fmt::format("{}{}", major, minor);
}

// "win-amd64" is "win_amd64" in a tag.
std::string as_platform(std::string_view name) {
  std::string out(name);
  std::ranges::replace_if(out, [](char c) { return c == '.' || c == '-' || c == ' '; }, '_');
  return out;
}

struct LibcVersion {
  int major;
  int minor;
  auto operator<=>(const LibcVersion&) const = default;
};

// PEP 513, 571 and 599 came before the numbered tags of PEP 600.
constexpr std::array<std::pair<LibcVersion, std::string_view>, 3> legacy_manylinux = {
    {{{2, 17}, "manylinux2014"}, {{2, 12}, "manylinux2010"}, {{2, 5}, "manylinux1"}}};

bool has_manylinux_abi(const Machine& machine, const std::vector<std::string>& architectures) {
  constexpr std::array<std::string_view, 8> allowed = {"x86_64", "aarch64",     "ppc64",   "ppc64le",
                                                       "s390x",  "loongarch64", "riscv64", "i686"};
  const auto has = [&](std::string_view name) {
    return std::ranges::find(architectures, name) != architectures.end();
  };
  if (has("armv7l")) return machine.arm_hard_float;
  return std::ranges::any_of(allowed, has);
}

void append_manylinux(const Machine& machine, const std::vector<std::string>& architectures,
                      std::vector<std::string>& out) {
  if (!has_manylinux_abi(machine, architectures)) return;
  // What a later major version would leave of the one before it is a guess: see packaging._manylinux.
  constexpr int last_minor = 50;
  const bool is_x86 = architectures.front() == "x86_64" || architectures.front() == "i686";
  for (const auto& architecture : architectures) {
    for (int major = machine.major; major >= 2; --major) {
      const int oldest = major > 2 ? 0 : is_x86 ? 5 : 17;
      for (int minor = major == machine.major ? machine.minor : last_minor; minor >= oldest; --minor) {
        out.push_back(fmt::format("manylinux_{}_{}_{}", major, minor, architecture));
        for (const auto& [version, name] : legacy_manylinux) {
          if (version == LibcVersion{major, minor}) out.push_back(fmt::format("{}_{}", name, architecture));
        }
      }
    }
  }
}

void append_linux(const Machine& machine, std::vector<std::string>& out) {
  std::string architecture = as_platform(machine.architecture);
  if (machine.is_32_bit && architecture == "x86_64") architecture = "i686";
  if (machine.is_32_bit && architecture == "aarch64") architecture = "armv8l";
  std::vector<std::string> architectures = {architecture};
  if (architecture == "armv8l") architectures.emplace_back("armv7l");
  for (const auto& name : architectures)
    out.push_back("linux_" + name);
  if (machine.system == Machine::System::linux_glibc) append_manylinux(machine, architectures, out);
  if (machine.system != Machine::System::linux_musl) return;
  for (const auto& name : architectures) {
    for (int minor = machine.minor; minor >= 0; --minor) {
      out.push_back(fmt::format("musllinux_{}_{}_{}", machine.major, minor, name));
    }
  }
}

// Which of the formats for several processors a system of this version and processor runs.
std::vector<std::string_view> mac_formats(LibcVersion version, std::string_view processor) {
  std::vector<std::string_view> formats = {processor};
  const bool too_old = version < LibcVersion{10, 4};
  if (processor == "x86_64") {
    if (too_old) return {};
    formats.insert(formats.end(), {"intel", "fat64", "fat3"});
  } else if (processor == "i386") {
    if (too_old) return {};
    formats.insert(formats.end(), {"intel", "fat3", "fat"});
  } else if (processor == "ppc64") {
    if (too_old || version > LibcVersion{10, 5}) return {};
    formats.emplace_back("fat64");
  } else if (processor == "ppc") {
    if (version > LibcVersion{10, 6}) return {};
    formats.insert(formats.end(), {"fat3", "fat"});
  }
  if (processor == "arm64" || processor == "x86_64") formats.emplace_back("universal2");
  constexpr std::array<std::string_view, 5> universal = {"x86_64", "i386", "ppc64", "ppc", "intel"};
  if (std::ranges::find(universal, processor) != universal.end()) formats.emplace_back("universal");
  return formats;
}

void append_mac(const Machine& machine, std::vector<std::string>& out) {
  std::string processor = machine.architecture;
  if (machine.is_32_bit) processor = processor.starts_with("ppc") ? "ppc" : "i386";
  const auto append = [&](int major, int minor) {
    for (const auto format : mac_formats({major, minor}, processor)) {
      out.push_back(fmt::format("macosx_{}_{}_{}", major, minor, format));
    }
  };
  if (machine.major == 10) {
    for (int minor = machine.minor; minor >= 0; --minor)
      append(10, minor);
  }
  if (machine.major < 11) return;
  for (int major = machine.major; major > 10; --major)
    append(major, 0);
  // macOS 11 still runs what was built for 10.x: Intel's formats, and on ARM the Intel half of universal2.
  for (int minor = 16; minor > 3; --minor) {
    if (processor == "x86_64") {
      append(10, minor);
    } else {
      out.push_back(fmt::format("macosx_10_{}_universal2", minor));
    }
  }
}

void append_ios(const Machine& machine, std::vector<std::string>& out) {
  constexpr int oldest = 12;  // the first that CPython runs on
  const std::string suffix = as_platform(fmt::format("{}_{}", machine.architecture, machine.ios_sdk));
  for (int major = machine.major; major >= oldest; --major) {
    for (int minor = major == machine.major ? machine.minor : 9; minor >= 0; --minor) {
      out.push_back(fmt::format("ios_{}_{}_{}", major, minor, suffix));
    }
  }
}

void append_android(const Machine& machine, std::vector<std::string>& out) {
  constexpr int oldest = 16;
  for (int level = machine.major; level >= oldest; --level) {
    out.push_back(fmt::format("android_{}_{}", level, as_platform(machine.architecture)));
  }
}

class TagList {
 public:
  explicit TagList(const std::vector<std::string>& platforms) : platforms_(platforms) {}
  void add(const std::string& interpreter, const std::string& abi) {
    for (const auto& platform : platforms_) {
      tags_.push_back({ascii_lower(interpreter), ascii_lower(abi), ascii_lower(platform)});
    }
  }
  void add_pure(const std::string& interpreter) {
    tags_.push_back({ascii_lower(interpreter), "none", "any"});
  }
  std::vector<Tag> take() { return std::move(tags_); }

 private:
  const std::vector<std::string>& platforms_;
  std::vector<Tag> tags_;
};

bool is_free_threaded(const std::vector<std::string>& abis) {
  if (abis.empty() || !abis.front().starts_with("cp")) return false;
  const auto flags = abis.front().find_first_not_of("0123456789", 2);
  return flags != std::string::npos && flags > 2 && abis.front().find('t', flags) != std::string::npos;
}

void add_cpython(const Interpreter& interpreter, TagList& list) {
  const std::string own = "cp" + nodot(interpreter.major, interpreter.minor);
  std::vector<std::string> abis = interpreter.abis;
  if (abis.empty()) abis.push_back(own + (interpreter.major == 3 && interpreter.minor < 8 ? "m" : ""));
  const bool free_threaded = is_free_threaded(abis);
  std::erase_if(abis, [&](const std::string& abi) {
    return abi == "abi3" || abi == "none" || (free_threaded && abi == "abi3t");
  });
  for (const auto& abi : abis)
    list.add(own, abi);
  const bool has_stable = std::pair(interpreter.major, interpreter.minor) >= std::pair(3, 2);
  const std::string stable = free_threaded ? "abi3t" : "abi3";
  if (has_stable) list.add(own, stable);
  list.add(own, "none");
  for (int minor = interpreter.minor - 1; has_stable && minor > 1; --minor) {
    list.add("cp" + nodot(interpreter.major, minor), stable);
  }
}

void add_generic(const Interpreter& interpreter, TagList& list) {
  const std::string own = interpreter.name + nodot(interpreter.major, interpreter.minor);
  for (const auto& abi : interpreter.abis)
    list.add(own, abi);
  if (std::ranges::find(interpreter.abis, "none") == interpreter.abis.end()) list.add(own, "none");
}

// py313, py3, py312, … py30
std::vector<std::string> pure_interpreters(const Interpreter& interpreter) {
  std::vector<std::string> names = {"py" + nodot(interpreter.major, interpreter.minor),
                                    fmt::format("py{}", interpreter.major)};
  for (int minor = interpreter.minor - 1; minor >= 0; --minor)
    names.push_back("py" + nodot(interpreter.major, minor));
  return names;
}

}  // namespace

std::string Tag::str() const {
  return fmt::format("{}-{}-{}", interpreter, abi, platform);
}

Parsed<std::vector<Tag>> expand_tags(std::string_view text) {
  std::vector<Members> fields;
  std::size_t count = 1;
  for (const auto field : split(text, '-')) {
    fields.push_back(split(field, '.'));
    for (const auto member : fields.back()) {
      if (!member.empty()) continue;
      return ParseError::at(text, static_cast<std::size_t>(member.data() - text.data()),
                            "expected a tag to have no empty part");
    }
    if (fields.size() <= 3) count *= std::min(fields.back().size(), max_tags + 1);
  }
  if (fields.size() != 3) {
    return ParseError::at(text, 0, "expected a tag of three parts, such as py3-none-any", text.size());
  }
  for (const auto member : fields[0]) {
    if (unicode::is_identifier(member)) continue;
    return ParseError::at(text, static_cast<std::size_t>(member.data() - text.data()),
                          "expected the interpreter of a tag to be an identifier", member.size());
  }
  if (count > max_tags) {
    return ParseError::at(text, 0,
                          fmt::format("expected a compressed tag set to stand for at most {} tags", max_tags),
                          text.size());
  }
  std::vector<Tag> tags;
  tags.reserve(count);
  for (const auto interpreter : fields[0]) {
    for (const auto abi : fields[1]) {
      for (const auto platform : fields[2]) {
        tags.push_back({unicode::lower(interpreter), unicode::lower(abi), unicode::lower(platform)});
      }
    }
  }
  std::ranges::sort(tags);
  const auto repeated = std::ranges::unique(tags);
  tags.erase(repeated.begin(), repeated.end());
  return tags;
}

bool tags_are_sorted(std::string_view text) {
  return std::ranges::all_of(split(text, '-'),
                             [](auto field) { return std::ranges::is_sorted(split(field, '.')); });
}

std::vector<std::string> platform_tags(const Machine& machine) {
  std::vector<std::string> out;
  switch (machine.system) {
    case Machine::System::linux_glibc:
    case Machine::System::linux_musl:
    case Machine::System::linux_other:
      append_linux(machine, out);
      break;
    case Machine::System::macos:
      append_mac(machine, out);
      break;
    case Machine::System::ios:
      append_ios(machine, out);
      break;
    case Machine::System::android:
      append_android(machine, out);
      break;
    case Machine::System::windows:
    case Machine::System::other:
      out.push_back(as_platform(machine.architecture));
      break;
  }
  return out;
}

std::vector<Tag> supported_tags(const Interpreter& interpreter, const std::vector<std::string>& platforms) {
  TagList list(platforms);
  if (interpreter.name == "cp") {
    add_cpython(interpreter, list);
  } else {
    add_generic(interpreter, list);
  }
  const auto names = pure_interpreters(interpreter);
  for (const auto& name : names)
    list.add(name, "none");
  if (interpreter.name == "cp") list.add_pure("cp" + nodot(interpreter.major, interpreter.minor));
  if (interpreter.name == "pp") list.add_pure("pp3");
  for (const auto& name : names)
    list.add_pure(name);
  return list.take();
}

}  // namespace packhouse
