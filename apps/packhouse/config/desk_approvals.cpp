#include "config/desk_approvals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "config/toml_reader.hpp"
#include "journal/approval.hpp"

namespace packhouse::app {
namespace {

constexpr std::int32_t max_approval_hours = 24 * 31;

/// NAME = "the public line of a key"; the same key under two names would make two owners of one person.
Status read_owners(const toml::table& table, std::string_view file, journal::ApprovalPolicy& approvals) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto line = node.value_exact<std::string>();
    const std::string place = fmt::format("{}: [approvals.owners] {}", file, quote(name));
    if (!line) return Error{Errc::invalid_input, place + ": expected a public line as a string"};
    auto pem = journal::public_key_pem(*line);
    if (!pem.ok()) return std::move(pem).error().context(place);
    for (const auto& [other, held] : approvals.owners) {
      if (held == *line) {
        return Error{Errc::invalid_input,
                     fmt::format("{}: expected a different key for each owner, found that of {}", place,
                                 quote(other))};
      }
      if (iequals(other, name)) {
        return Error{
            Errc::invalid_input,
            fmt::format("{}: expected a different name for each owner, found {} too", place, quote(other))};
      }
    }
    approvals.owners[name] = *line;
  }
  return success();
}

Status take_mode(const std::string& text, source::AttestationPolicy& attestations) {
  using Mode = source::AttestationPolicy::Mode;
  constexpr std::array<std::string_view, 2> words{"off", "require"};
  if (text != words[0] && text != words[1])
    return Error{Errc::invalid_input, "unknown mode " + quote(text), suggest(text, words)};
  attestations.mode = text == words[1] ? Mode::require : Mode::off;
  return success();
}

}  // namespace

Status read_approvals(const toml::table& table, std::string_view file, journal::ApprovalPolicy& approvals) {
  std::int32_t hours = static_cast<std::int32_t>(approvals.max_validity.count());
  CHECK_OK(TomlReader(table, file, "in [approvals]")
               .integer("required", approvals.required)
               .integer("max-hours", hours)
               .table("owners", [&](const toml::table& inner) { return read_owners(inner, file, approvals); })
               .finish());
  approvals.max_validity = std::chrono::hours(std::min(hours, max_approval_hours));
  if (std::cmp_less_equal(approvals.required, approvals.owners.size())) return success();
  return Error{
      Errc::invalid_input,
      fmt::format("{}: expected at least {} owners in [approvals.owners], found {}", file, approvals.required,
                  approvals.owners.size()),
      "each makes a key with `packhouse approve --new-key FILE`, and its public line is listed here"};
}

Status read_attestations(const toml::table& table, std::string_view file,
                         source::AttestationPolicy& attestations) {
  CHECK_OK(TomlReader(table, file, "in [attestations]")
               .text_with("mode", [&](const std::string& text) { return take_mode(text, attestations); })
               .text("trusted-root", attestations.trusted_root)
               .finish());
  const bool required = attestations.mode == source::AttestationPolicy::Mode::require;
  if (required && attestations.trusted_root.empty()) {
    return Error{Errc::invalid_input, fmt::format("{}: expected \"trusted-root\" in [attestations]", file),
                 "name a file made by `gh attestation trusted-root`"};
  }
  return success();
}

}  // namespace packhouse::app
