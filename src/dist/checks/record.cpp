#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks/check_table.hpp"

namespace packhouse::dist {
namespace {

// RECORD cannot hold its own hash, and the signatures are made after it.
bool is_exempt(const InspectedFile& inspected, std::string_view path) {
  return path == inspected.root + "/RECORD" || path == inspected.root + "/RECORD.jws" ||
         path == inspected.root + "/RECORD.p7s";
}

void check_format(const InspectedFile& inspected, Findings& findings) {
  if (!inspected.record_fault.empty()) findings.add(inspected.record_fault);
  if (std::ranges::find(inspected.too_long, "RECORD") != inspected.too_long.end()) {
    findings.add("RECORD is longer than 8 MiB");
  }
}

void check_duplicate(const InspectedFile& inspected, Findings& findings) {
  std::set<std::string_view> seen;
  for (const auto& entry : *inspected.record) {
    if (!seen.insert(entry.path).second) findings.add(quote(entry.path) + " twice");
  }
}

void check_unlisted(const InspectedFile& inspected, Findings& findings) {
  std::set<std::string_view> listed;
  for (const auto& entry : *inspected.record)
    listed.insert(entry.path);
  for (const auto& facts : inspected.members) {
    const auto& name = facts.member.name;
    if (facts.member.type == archive::MemberType::directory || listed.contains(name)) continue;
    if (!is_exempt(inspected, name)) findings.add(quote(name) + " in the wheel only");
  }
}

void check_missing(const InspectedFile& inspected, Findings& findings) {
  for (const auto& entry : *inspected.record) {
    if (inspected.find(entry.path) == nullptr) findings.add(quote(entry.path) + " in RECORD only");
  }
}

void check_self(const InspectedFile& inspected, Findings& findings) {
  const auto own = inspected.root + "/RECORD";
  const auto entry = std::ranges::find(*inspected.record, own, &RecordEntry::path);
  if (entry == inspected.record->end()) {
    findings.add("no line for itself");
  } else if (entry->has_hash() || !entry->size.empty()) {
    findings.add("a hash or a size of itself");
  }
}

void check_unhashed(const InspectedFile& inspected, Findings& findings) {
  for (const auto& entry : *inspected.record) {
    if (!entry.has_hash() && !is_exempt(inspected, entry.path)) findings.add(quote(entry.path));
  }
}

void check_algorithm(const InspectedFile& inspected, Findings& findings) {
  for (const auto& entry : *inspected.record) {
    if (entry.has_hash() && !is_strong_algorithm(entry.algorithm)) {
      findings.add(fmt::format("{}{} for {}", quote(entry.algorithm),
                               is_weak_algorithm(entry.algorithm) ? ", which is forbidden," : "",
                               quote(entry.path)));
    }
  }
}

void check_hash(const InspectedFile& inspected, Findings& findings) {
  for (const auto& entry : *inspected.record) {
    if (!is_strong_algorithm(entry.algorithm) || is_exempt(inspected, entry.path)) continue;
    const auto* facts = inspected.find(entry.path);
    // Content that did not come out whole was reported with the container.
    if (facts == nullptr || !facts->intact) continue;
    if (trim(entry.digest, "=") != facts->digest) {
      findings.add(fmt::format("{}={} for {}", entry.algorithm, facts->digest, quote(entry.path)),
                   fmt::format("{}={}", entry.algorithm, quote(entry.digest)));
    }
  }
}

void check_size(const InspectedFile& inspected, Findings& findings) {
  for (const auto& entry : *inspected.record) {
    const auto* facts = inspected.find(entry.path);
    if (entry.size.empty() || facts == nullptr || is_exempt(inspected, entry.path)) continue;
    if (parse_decimal(entry.size) != facts->member.size) {
      findings.add(fmt::format("{} bytes in {}", facts->member.size, quote(entry.path)), quote(entry.size));
    }
  }
}

constexpr auto refuse = Severity::refuse;
constexpr std::string_view rebuild = "build again; to change a wheel, use `wheel unpack` and `wheel pack`";

constexpr std::array table{
    Check{{"wheel.record.format", refuse, false, "lines of path, hash and size in UTF-8", rebuild},
          Kind::wheel,
          Need::contents,
          check_format},
    Check{{"wheel.record.duplicate", refuse, false, "each path once", rebuild},
          Kind::wheel,
          Need::record,
          check_duplicate},
    Check{{"wheel.record.unlisted", refuse, false, "every file of the wheel in RECORD", rebuild},
          Kind::wheel,
          Need::record,
          check_unlisted},
    Check{{"wheel.record.missing", refuse, false, "every file of RECORD in the wheel", rebuild},
          Kind::wheel,
          Need::record,
          check_missing},
    Check{{"wheel.record.self", refuse, false, "RECORD in RECORD, without hash and size", rebuild},
          Kind::wheel,
          Need::record,
          check_self},
    Check{{"wheel.record.unhashed", refuse, false, "a hash for every file but RECORD and its signatures",
           rebuild},
          Kind::wheel,
          Need::record,
          check_unhashed},
    Check{{"wheel.record.algorithm", refuse, false, "SHA-256 or stronger", rebuild},
          Kind::wheel,
          Need::record,
          check_algorithm},
    Check{{"wheel.record.hash", refuse, false, "the hash that RECORD states", rebuild},
          Kind::wheel,
          Need::record,
          check_hash},
    Check{{"wheel.record.size", refuse, false, "the size that RECORD states", rebuild},
          Kind::wheel,
          Need::record,
          check_size},
};

}  // namespace

std::span<const Check> record_checks() {
  return table;
}

}  // namespace packhouse::dist
