#include "index/release_agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "archive/byte_source.hpp"
#include "dist/check.hpp"
#include "dist/release_checks.hpp"

namespace packhouse::index {
namespace {

constexpr std::uint64_t max_metadata = 32ULL << 20U;

/// What a stored wheel says of itself, by its METADATA alone. Nothing where that is not stored.
Result<std::optional<dist::Inspection>> stored_wheel(const Context& context, const File& file) {
  std::optional<dist::Inspection> inspection;
  if (!file.metadata_sha256) return inspection;
  TRY(auto bytes, context.blobs.read(*file.metadata_sha256, max_metadata));
  auto metadata = CoreMetadata::read(bytes).metadata;
  if (!metadata) return inspection;
  inspection.emplace(dist::Inspection{.filename = file.filename,
                                      .kind = dist::Kind::wheel,
                                      .size = file.size,
                                      .name = file.release.project,
                                      .version = file.release.version,
                                      .metadata_bytes = std::move(bytes),
                                      .metadata = *std::move(metadata),
                                      .tags = {}});
  return inspection;
}

/// Of an sdist, which has no metadata beside it.
Result<std::optional<dist::Inspection>> stored_sdist(const Context& context, const File& file) {
  TRY(const auto blob, context.blobs.open(file.sha256));
  const auto source = archive::FileSource::borrow(blob.fd(), blob.size());
  return dist::check_file(source, file.filename, context.policy).inspection;
}

Status add_stored(const Context& context, const std::vector<File>& files, FileKind kind,
                  std::vector<dist::Inspection>& inspections) {
  for (const File& file : files) {
    if (file.kind != kind) continue;
    TRY(auto inspection, kind == FileKind::wheel ? stored_wheel(context, file) : stored_sdist(context, file));
    if (inspection) inspections.push_back(*std::move(inspection));
  }
  return success();
}

std::vector<const dist::Inspection*> pointers_to(const std::vector<dist::Inspection>& inspections) {
  std::vector<const dist::Inspection*> pointers;
  for (const auto& inspection : inspections)
    pointers.push_back(&inspection);
  return pointers;
}

}  // namespace

Status check_agreement(const Context& context, std::span<const dist::Inspection* const> files, Errc code) {
  const auto results = dist::check_release(files, context.policy);
  const auto refused = std::ranges::find(results, dist::Outcome::refused, &dist::CheckResult::outcome);
  if (refused == results.end()) return success();
  return Error{code, fmt::format("{}: expected {}, found {}", refused->id, refused->expected, refused->found),
               refused->hint};
}

Result<ReleaseDigests> check_joins(const Context& context, const dist::Inspection& added) {
  TRY(const auto there, context.store.files().of_release(context.index, {added.name, added.version}));
  std::vector<dist::Inspection> others;
  const auto wanted = added.kind == dist::Kind::wheel ? FileKind::sdist : FileKind::wheel;
  CHECK_OK(add_stored(context, there, wanted, others));
  if (others.empty()) return digests_of(there);
  auto all = pointers_to(others);
  all.push_back(&added);
  CHECK_OK(check_agreement(context, all, Errc::invalid_input));
  return digests_of(there);
}

Result<ReleaseDigests> check_joins(const Context& context, const ReleaseName& release,
                                   const std::vector<File>& added) {
  TRY(auto files, context.store.files().of_release(context.index, release));
  auto there = digests_of(files);
  std::ranges::copy_if(added, std::back_inserter(files), [&](const File& file) {
    return std::ranges::find(files, file.filename, &File::filename) == files.end();
  });
  std::vector<dist::Inspection> all;
  CHECK_OK(add_stored(context, files, FileKind::sdist, all));
  if (all.empty()) return there;
  CHECK_OK(add_stored(context, files, FileKind::wheel, all));
  CHECK_OK(check_agreement(context, pointers_to(all), Errc::invalid_input));
  return there;
}

ReleaseDigests digests_of(const std::vector<File>& files) {
  ReleaseDigests digests;
  std::ranges::transform(files, std::back_inserter(digests), &File::sha256);
  std::ranges::sort(digests);
  return digests;
}

Status Comparison::still_holds(const ReleaseDigests& there, const ReleaseDigests& added) {
  overtaken_ = there != there_ || added != added_;
  if (!overtaken_) return success();
  return Error{Errc::unavailable, "the files of the release changed while this was compared with them",
               "send it again"};
}

}  // namespace packhouse::index
