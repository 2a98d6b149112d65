#include "dist/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "dist/check_list.hpp"

namespace packhouse::dist {
namespace {

struct LimitName {
  std::string_view name;
  std::uint64_t archive::Limits::* member;
};

constexpr std::array limit_names{
    LimitName{"limits.entries", &archive::Limits::entries},
    LimitName{"limits.index-bytes", &archive::Limits::index_bytes},
    LimitName{"limits.name-bytes", &archive::Limits::name_bytes},
    LimitName{"limits.total-size", &archive::Limits::total_size},
    LimitName{"limits.ratio", &archive::Limits::ratio},
    LimitName{"limits.ratio-from", &archive::Limits::ratio_from},
};

struct SwitchName {
  std::string_view name;
  bool archive::Policy::* member;
};

constexpr std::array switch_names{
    SwitchName{"archive.data-descriptors", &archive::Policy::data_descriptors},
    SwitchName{"archive.links-inside", &archive::Policy::links_inside},
};

// What old files break although installers take them. Nothing that lets a file have two meanings, and no
// hash.
constexpr std::array<std::string_view, 14> lowered_for_mirrors{
    "archive.path.device",  "archive.path.trailing",     "metadata.withdrawn-version", "metadata.values",
    "metadata.summary",     "metadata.license-conflict", "metadata.lock-file-marker",  "wheel.platform",
    "wheel.license-files",  "sdist.top-level.single",    "sdist.top-level.name",       "sdist.license-files",
    "wheel.record.missing", "release.single-sdist"};

Error wrong_value(std::string_view name, std::string_view expected, std::string_view found) {
  return {Errc::invalid_input, fmt::format("expected {} for {}, found {}", expected, name, quote(found))};
}

std::optional<Severity> parse_severity(std::string_view word) {
  for (const auto severity : {Severity::off, Severity::warn, Severity::refuse}) {
    if (word == to_string(severity)) return severity;
  }
  return std::nullopt;
}

}  // namespace

Policy Policy::public_index() {
  Policy policy;
  policy.take_public_rules();
  return policy;
}

Policy Policy::mirror() {
  Policy policy;
  policy.take_mirror_rules();
  return policy;
}

void Policy::take_public_rules() {
  static constexpr std::array<std::string_view, 12> public_only{"metadata.local-version",
                                                                "metadata.direct-url",
                                                                "metadata.private-classifier",
                                                                "metadata.classifier",
                                                                "metadata.stdlib-name",
                                                                "wheel.platform.public",
                                                                "content.obfuscated",
                                                                "metadata.email",
                                                                "metadata.url",
                                                                "metadata.project-url",
                                                                "wheel.filename.normalized",
                                                                "sdist.filename.canonical"};
  for (const auto check : public_only)
    severities_.emplace(check, Severity::refuse);
}

void Policy::take_mirror_rules() {
  is_mirror_ = true;
  for (const auto check : lowered_for_mirrors)
    severities_.emplace(check, Severity::warn);
}

Status Policy::set(std::string_view name, std::string_view value) {
  if (name == "base") {
    if (value == "public-index") take_public_rules();
    if (value == "mirror") take_mirror_rules();
    if (value == "public-index" || value == "private-index" || value == "mirror") return success();
    return wrong_value(name, "public-index, private-index or mirror", value);
  }
  if (const auto limit = std::ranges::find(limit_names, name, &LimitName::name); limit != limit_names.end()) {
    const auto number = parse_decimal(value);
    if (!number || *number == 0) return wrong_value(name, "a number above 0", value);
    archive_.limits.*limit->member = *number;
    return success();
  }
  const auto flag = std::ranges::find(switch_names, name, &SwitchName::name);
  if (flag != switch_names.end() || name == "sdist.zip") {
    if (value != "true" && value != "false") return wrong_value(name, "true or false", value);
    if (name == "sdist.zip") {
      zip_sdists_ = value == "true";
    } else {
      archive_.*flag->member = value == "true";
    }
    return success();
  }
  const auto* check = find_check(name);
  if (check == nullptr) {
    return Error{Errc::invalid_input, "no check, limit or switch is named " + quote(name),
                 "docs/checks.md lists them all"};
  }
  const auto severity = parse_severity(value);
  if (!severity) return wrong_value(name, "refuse, warn or off", value);
  if (check->fixed && *severity < check->severity) {
    return Error{Errc::invalid_input,
                 fmt::format("{} cannot be lowered: without it a file has no one meaning", name)};
  }
  severities_.insert_or_assign(std::string{name}, *severity);
  return success();
}

std::optional<Severity> Policy::severity(std::string_view check) const {
  const auto found = severities_.find(check);
  return found == severities_.end() ? std::nullopt : std::optional{found->second};
}

std::string lowering(const CheckInfo& check) {
  if (check.fixed) return {};
  const bool mirror = std::ranges::find(lowered_for_mirrors, check.id) != lowered_for_mirrors.end();
  return fmt::format("\"{}\" = \"warn\" in the policy takes it{}", check.id,
                     mirror ? ", as base = \"mirror\" does" : "");
}

}  // namespace packhouse::dist
