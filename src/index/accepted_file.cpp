#include "index/accepted_file.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse::index {

Status refuse_closed_index(const Context& context) {
  if (context.rules.uploads) return success();
  return Error{Errc::forbidden, fmt::format("the index {} takes no uploads", context.index),
               context.rules.copy_from.empty()
                   ? std::string{}
                   : fmt::format("releases are copied to it from: {}", join(context.rules.copy_from, ", "))};
}

File describe(const dist::Inspection& inspection, const HashValues& digests, Timestamp now) {
  const bool wheel = inspection.kind == dist::Kind::wheel;
  return {.id = 0,
          .release = {inspection.name, inspection.version},
          .filename = inspection.filename,
          .kind = wheel ? FileKind::wheel : FileKind::sdist,
          .sha256 = digests.sha256,
          .blake2b_256 = digests.blake2b_256,
          .size = inspection.size,
          .requires_python = inspection.requires_python(),
          .metadata_sha256 = wheel ? std::optional{Sha256::of(inspection.metadata_bytes)} : std::nullopt,
          .uploaded = now,
          .yanked = std::nullopt};
}

std::vector<dist::CheckResult> results_of(const dist::Report& report, dist::Outcome outcome) {
  std::vector<dist::CheckResult> results;
  for (const auto& result : report.results) {
    if (result.outcome == outcome) results.push_back(result);
  }
  return results;
}

json::Array to_notes(const std::vector<dist::CheckResult>& results) {
  json::Array notes;
  for (const auto& result : results) {
    notes.emplace_back(
        json::Object{{"check", result.id}, {"expected", result.expected}, {"found", result.found}});
  }
  return notes;
}

json::Object detail_of(const File& file) {
  return {{"sha256", file.sha256.hex()},
          {"blake2b_256", file.blake2b_256},
          {"size", file.size},
          {"kind", to_string(file.kind)}};
}

}  // namespace packhouse::index
