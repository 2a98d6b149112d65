#include "index/core_metadata.hpp"

#include "archive/byte_source.hpp"
#include "dist/check.hpp"

namespace packhouse::index {
namespace {

constexpr std::uint64_t max_metadata = 32ULL << 20U;

Result<std::optional<CoreMetadata>> of_sdist(const Context& context, const File& file) {
  TRY(const auto blob, context.blobs.open(file.sha256));
  const auto source = archive::FileSource::borrow(blob.fd(), blob.size());
  auto report = dist::check_file(source, file.filename, context.policy);
  if (!report.inspection) return std::optional<CoreMetadata>{};
  return std::optional{std::move(report.inspection->metadata)};
}

}  // namespace

Result<std::optional<CoreMetadata>> core_metadata(const Context& context, std::span<const File> files) {
  const File* sdist = nullptr;
  for (const auto& file : files) {
    if (file.kind == FileKind::sdist) sdist = &file;
    if (!file.metadata_sha256) continue;
    TRY(const auto bytes, context.blobs.read(*file.metadata_sha256, max_metadata));
    if (auto reading = CoreMetadata::read(bytes); reading.metadata) return std::move(reading.metadata);
  }
  if (sdist == nullptr) return std::optional<CoreMetadata>{};
  return of_sdist(context, *sdist);
}

}  // namespace packhouse::index
