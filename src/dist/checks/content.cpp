#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks/check_table.hpp"

namespace packhouse::dist {
namespace {

void check_pth(const InspectedFile& inspected, Findings& findings) {
  for (const auto& file : inspected.installed) {
    if (is_path_file(file)) findings.add(quote(file.member->name));
  }
}

void check_startup(const InspectedFile& inspected, Findings& findings) {
  for (const auto& file : inspected.installed) {
    if (is_startup_module(file)) findings.add(quote(file.member->name));
  }
}

std::string_view to_string(Magic magic) {
  switch (magic) {
    case Magic::elf:
      return "an ELF program or library";
    case Magic::pe:
      return "a Windows program or library";
    case Magic::mach_o:
      return "a macOS program or library";
    case Magic::python_bytecode:
      return "Python bytecode";
    case Magic::other:
      break;
  }
  return "data";
}

bool is_native(Magic magic) {
  return magic == Magic::elf || magic == Magic::pe || magic == Magic::mach_o;
}

// In a file that claims to run anywhere, or to be source.
void check_native(const InspectedFile& inspected, Findings& findings) {
  if (inspected.wheel_name) {
    const auto for_any = [](const Tag& tag) { return tag.platform == "any"; };
    if (std::ranges::none_of(inspected.wheel_name->tags, for_any)) return;
  }
  for (const auto& facts : inspected.members) {
    if (is_native(facts.magic))
      findings.add(fmt::format("{}: {}", quote(facts.member.name), to_string(facts.magic)));
  }
}

void check_bytecode(const InspectedFile& inspected, Findings& findings) {
  for (const auto& facts : inspected.members) {
    const auto name = ascii_lower(facts.member.name);
    if (name.ends_with(".pyc") || name.ends_with(".pyo")) findings.add(quote(facts.member.name));
  }
}

// In a folder of tests, or a file that is one: keys among them are made for the test, and a warning of each
// would teach people to pass over all.
bool is_among_tests(std::string_view path) {
  static constexpr std::array<std::string_view, 6> folders{"test",     "tests",    "testing",
                                                           "testdata", "fixtures", "unittests"};
  for (const auto part : split(path, '/')) {
    const auto name = ascii_lower(part);
    const auto stem = std::string_view{name}.substr(0, name.find('.'));
    if (std::ranges::find(folders, name) != folders.end() || name == "conftest.py") return true;
    if (stem.starts_with("test_") || stem.starts_with("test-") || stem.ends_with("_test") ||
        stem.ends_with("_tests") || stem.ends_with("-tests")) {
      return true;
    }
  }
  return false;
}

void note_hits(const InspectedFile& inspected, ScanHit::Kind kind, Findings& findings) {
  for (const auto& facts : inspected.members) {
    if (kind == ScanHit::Kind::secret && is_among_tests(facts.member.name)) continue;
    for (const auto& hit : facts.hits) {
      if (hit.kind == kind)
        findings.add(fmt::format("{} in {}, line {}", hit.what, quote(facts.member.name), hit.line));
    }
  }
}

void check_secret(const InspectedFile& inspected, Findings& findings) {
  note_hits(inspected, ScanHit::Kind::secret, findings);
}

void check_obfuscated(const InspectedFile& inspected, Findings& findings) {
  note_hits(inspected, ScanHit::Kind::obfuscated, findings);
}

// Files that hold credentials, or the whole history of the sources, and have no place in a release.
void check_leftover(const InspectedFile& inspected, Findings& findings) {
  static constexpr std::array<std::string_view, 6> names{".pypirc", ".netrc",     ".env",
                                                         "id_rsa",  "id_ed25519", ".npmrc"};
  for (const auto& facts : inspected.members) {
    const std::string_view path = facts.member.name;
    const auto base = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
    const bool history = path.contains("/.git/") || path.starts_with(".git/");
    if (history || std::ranges::find(names, base) != names.end()) findings.add(quote(path));
  }
}

constexpr auto warn = Severity::warn;

constexpr std::array table{
    Check{{"content.pth", warn, false, "no .pth file, whose lines run whenever Python starts",
           "leave it out, or tell your users why it is there"},
          Kind::wheel,
          Need::contents,
          check_pth},
    Check{{"content.startup-hook", warn, false,
           "no sitecustomize or usercustomize, which run whenever Python starts", "leave it out"},
          Kind::wheel,
          Need::contents,
          check_startup},
    Check{{"content.native-code", warn, false, "no native code in a file for every platform",
           "ship it in a wheel for its platform"},
          {},
          Need::contents,
          check_native},
    Check{{"content.bytecode", warn, false, "no compiled Python files, which may hold more than their source",
           "exclude __pycache__ from the build"},
          {},
          Need::contents,
          check_bytecode},
    Check{{"content.secret", warn, false, "no token and no private key, except among tests",
           "revoke it, since others may have it; then build without it"},
          {},
          Need::contents,
          check_secret},
    Check{{"content.leftover", warn, false, "no credential file and no version control folder",
           "exclude it from the build"},
          {},
          Need::contents,
          check_leftover},
    Check{{"content.obfuscated", Severity::off, false, "code that a person can read", "ship the source"},
          {},
          Need::contents,
          check_obfuscated},
};

}  // namespace

std::span<const Check> content_checks() {
  return table;
}

}  // namespace packhouse::dist
