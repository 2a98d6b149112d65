#include "index/copy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "archive/byte_source.hpp"
#include "base/reason.hpp"
#include "base/text.hpp"
#include "dist/check.hpp"
#include "dist/manifest.hpp"
#include "index/release_agreement.hpp"
#include "sys/fail_point.hpp"

namespace packhouse::index {
namespace {

Status check_way(const Context& context, std::string_view from) {
  const auto& allowed = context.rules.copy_from;
  if (std::ranges::find(allowed, from) != allowed.end()) return success();
  return Error{Errc::forbidden,
               fmt::format("the index {} takes no release from {}", context.index, quote(from)),
               allowed.empty() ? "its configuration names no index as copy-from"
                               : fmt::format("its configuration has copy-from: {}", join(allowed, ", "))};
}

Result<ProjectDetail> find_project(const Context& context, std::string_view from,
                                   const ReleaseTarget& target) {
  auto project = context.store.catalog().project(from, target.release.project.str());
  if (project.ok()) return project;
  return Error{Errc::not_found, fmt::format("there is no project {} in the index {}",
                                            quote(target.release.project.str()), quote(from))};
}

/// As the source spells the version, so that both sides have one name for it.
Result<Release> find_release(const ProjectDetail& project, std::string_view from,
                             const ReleaseTarget& target) {
  const auto* const found = project.find_release(target.release.version);
  if (found != nullptr) return *found;
  return Error{Errc::not_found,
               fmt::format("there is no release {} of {} in the index {}",
                           quote(target.release.version.str()), target.release.project.str(), quote(from))};
}

Status check_offered(const ProjectDetail& project, const Release& release, const ReleaseCopy& copy) {
  if (const auto reason = withheld(copy.release.project, project.state, release)) {
    return Error{Errc::forbidden, *reason, "only a release that is offered can be copied"};
  }
  for (const File& file : copy.files) {
    if (!file.yanked) continue;
    return Error{Errc::forbidden, fmt::format("{} is yanked: {}", file.filename, *file.yanked),
                 "only a release that is offered can be copied"};
  }
  if (!copy.files.empty()) return success();
  return Error{Errc::not_found,
               fmt::format("release {} of {} has no file", release.version.str(), project.name)};
}

Result<dist::Inspection> check_bytes(const Context& context, const File& file) {
  TRY(const auto blob, context.blobs.open(file.sha256));
  const auto source = archive::FileSource::borrow(blob.fd(), blob.size());
  auto report = dist::check_file(source, file.filename, context.policy);
  if (report.accepted()) return *std::move(report.inspection);
  return Error{Errc::refused, fmt::format("{}: {}", file.filename, report.refusal()),
               fmt::format("the policy of the index {} refuses it", context.index)};
}

/// The target's policy on every file, and on the files together.
Status check_policy(const Context& context, const std::vector<File>& files) {
  std::vector<dist::Inspection> inspections;
  inspections.reserve(files.size());
  for (const File& file : files) {
    TRY(auto inspection, check_bytes(context, file));
    inspections.push_back(std::move(inspection));
  }
  std::vector<const dist::Inspection*> all;
  for (const auto& inspection : inspections)
    all.push_back(&inspection);
  return check_agreement(context, all, Errc::refused);
}

Result<std::string> manifest_of(const std::vector<File>& files) {
  std::vector<dist::ManifestEntry> entries;
  for (const File& file : files)
    entries.push_back({.filename = file.filename, .size = file.size, .sha256 = file.sha256});
  TRY(const auto manifest, dist::Manifest::make(std::move(entries)));
  return manifest.digest().hex();
}

json::Object detail_of(const ReleaseCopy& copy, std::string_view manifest) {
  json::Array files;
  for (const File& file : copy.files) {
    files.emplace_back(
        json::Object{{"filename", file.filename}, {"sha256", file.sha256.hex()}, {"size", file.size}});
  }
  return {{"from", copy.from}, {"manifest", manifest}, {"files", std::move(files)}};
}

CopyHooks fail_points() {
  return {.after_file = [] { reach(FailPoint::copy_file_written); },
          .before_commit = [] { reach(FailPoint::copy_in_transaction); }};
}

}  // namespace

Result<CopyOutcome> copy_release(const Context& context, std::string_view from, const ReleaseTarget& target,
                                 std::string_view reason, const Actor& actor) {
  TRY(auto why, parse_reason(reason, "say why: the ledger keeps it"));
  CHECK_OK(check_way(context, from));
  TRY(const auto project, find_project(context, from, target));
  TRY(const auto release, find_release(project, from, target));
  ReleaseCopy copy{.from = std::string(from),
                   .release = {target.release.project, release.version},
                   .files = {},
                   .room = context.quotas};
  std::ranges::copy_if(project.files, std::back_inserter(copy.files),
                       [&](const File& file) { return file.release.version == release.version; });
  CHECK_OK(check_offered(project, release, copy));
  CHECK_OK(check_policy(context, copy.files));
  TRY(const auto manifest, manifest_of(copy.files));
  CopyOutcome outcome{.files = copy.files.size(),
                      .added = 0,
                      .subject = subject_of(context.index, copy.release),
                      .manifest = manifest};
  const LedgerNote note{.actor = actor,
                        .action = "release.copy",
                        .subject = outcome.subject,
                        .reason = std::move(why),
                        .detail = detail_of(copy, manifest)};
  TRY(outcome.added,
      context.store.files().copy_release(context.index, copy, note, context.clock.now(), fail_points()));
  reach(FailPoint::copy_committed);
  if (outcome.added > 0 || release.label) context.changes.project_changed(copy.release.project.str());
  return outcome;
}

json::Object to_json(const CopyOutcome& outcome) {
  return {{"subject", outcome.subject},
          {"changed", outcome.added > 0},
          {"files", static_cast<std::int64_t>(outcome.files)},
          {"added", static_cast<std::int64_t>(outcome.added)},
          {"manifest", outcome.manifest}};
}

}  // namespace packhouse::index
