#include "dist/metadata_reading.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace packhouse::dist {
namespace {

// setuptools wrote License-File into metadata that it called 2.1 for years, and the public index took it.
// Such a file is read as the first version that has the field, and a separate check reports the fault.
std::optional<CoreMetadata> parse_as_newer(std::string_view bytes) {
  const auto end = std::min(bytes.find("\n\n"), bytes.size());
  for (std::size_t at = 0; at < end; at = std::min(bytes.find('\n', at), end) + 1) {
    constexpr std::string_view key = "metadata-version:";
    if (!iequals(bytes.substr(at, key.size()), key)) continue;
    const auto line_end = std::min(bytes.find('\n', at), bytes.size());
    std::string newer{bytes.substr(0, at)};
    newer += "Metadata-Version: 2.5";
    newer += bytes.substr(line_end);
    auto parsed = CoreMetadata::parse(newer);
    if (!parsed.has_value()) return std::nullopt;
    parsed->metadata_version = trim(bytes.substr(at + key.size(), line_end - at - key.size()));
    return std::move(*parsed);
  }
  return std::nullopt;
}

}  // namespace

MetadataReading read_metadata(std::string_view bytes) {
  MetadataReading reading;
  auto parsed = CoreMetadata::parse(bytes);
  if (parsed.has_value()) {
    reading.metadata = std::move(*parsed);
    return reading;
  }
  reading.problems = std::move(parsed.error());
  const bool unknown_version = std::ranges::any_of(
      reading.problems, [](const auto& problem) { return problem.field == "metadata-version"; });
  if (unknown_version) return reading;
  reading.metadata = parse_as_newer(bytes);
  reading.has_newer_fields = reading.metadata.has_value();
  return reading;
}

}  // namespace packhouse::dist
