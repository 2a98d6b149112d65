#include "upstream/examination.hpp"

#include <fmt/format.h>

#include "archive/byte_source.hpp"
#include "base/json.hpp"

namespace packhouse::upstream {

Result<Examination> examine(const BlobWriter& content, std::string_view filename,
                            const dist::Policy& policy) {
  const auto source = archive::FileSource::open(content.path());
  if (!source.ok()) return Error{Errc::unavailable, "the received file cannot be read back", {}};
  const auto report = dist::check_file(*source, filename, policy);
  Examination examination;
  json::Array findings;
  for (const auto& result : report.results) {
    if (result.outcome == dist::Outcome::passed) continue;
    findings.emplace_back(json::Object{{"check", result.id},
                                       {"outcome", to_string(result.outcome)},
                                       {"expected", result.expected},
                                       {"found", result.found}});
    if (examination.first.empty())
      examination.first = fmt::format("{}: expected {}, found {}", result.id, result.expected, result.found);
  }
  examination.count = findings.size();
  examination.findings = json::dump(findings);
  examination.refusal = report.refusal();
  const bool wheel = report.inspection && report.inspection->kind == dist::Kind::wheel;
  if (wheel) examination.metadata = report.inspection->metadata_bytes;
  return examination;
}

}  // namespace packhouse::upstream
