#include "index/ingest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <shared_mutex>

#include "archive/byte_source.hpp"
#include "base/text.hpp"
#include "index/accepted_file.hpp"
#include "index/quota.hpp"
#include "index/release_agreement.hpp"
#include "index/repair.hpp"
#include "index/unneeded_blobs.hpp"
#include "pep/filename.hpp"
#include "store/store_error.hpp"
#include "sys/fail_point.hpp"

namespace packhouse::index {
namespace {

Error already_exists(std::string_view filename, const Sha256& there) {
  return {Errc::conflict,
          fmt::format("File already exists: {} is there with other bytes (SHA-256 {}).", quote(filename),
                      there.hex()),
          "a file never changes: give the release a new version"};
}

/// What was received, read back for the checks. That it cannot be opened is no fault of the client, whom the
/// server's folders do not concern.
Result<archive::FileSource> received(const BlobWriter& content) {
  auto source = archive::FileSource::open(content.path());
  if (source.ok()) return source;
  return Error{Errc::unavailable,
               replace_all(source.error().message, quote(content.path()), "the received file"),
               "try again in a moment"};
}

/// A client may send its MD5 after the file, too late for the pass that hashes the bytes as they arrive.
Result<std::string> md5_of(const BlobWriter& content) {
  TRY(const auto source, received(content));
  Hasher hasher{{.blake2b_256 = false, .md5 = true}};
  std::string buffer(256U << 10U, '\0');
  for (std::uint64_t offset = 0; offset < source.size();) {
    const auto count = std::min<std::uint64_t>(buffer.size(), source.size() - offset);
    source.read_at(offset, std::span(buffer).first(count));
    hasher.update(std::string_view(buffer).substr(0, count));
    offset += count;
  }
  return hasher.finish().md5;
}

Status compare_digest(std::string_view kind, const std::optional<std::string>& claimed,
                      std::string_view received) {
  if (!claimed || *claimed == received) return success();
  return Error{Errc::invalid_input,
               fmt::format("The digest supplied does not match the file: {} {} was claimed, {} arrived.",
                           kind, *claimed, received),
               "send the file again: it changed on its way or after its digest was taken"};
}

Status compare_digests(const dist::FormClaims& claims, const HashValues& received) {
  CHECK_OK(compare_digest("SHA-256", claims.sha256, received.sha256.hex()));
  CHECK_OK(compare_digest("BLAKE2b-256", claims.blake2b_256, received.blake2b_256));
  return compare_digest("MD5", claims.md5, received.md5);
}

json::Array warning_notes(const dist::Report& report, bool drops_attestations) {
  auto notes = to_notes(results_of(report, dist::Outcome::warned));
  if (drops_attestations) {
    notes.emplace_back(
        json::Object{{"check", "form.attestations"},
                     {"expected", "no attestations: this index has no trusted root to verify them by"},
                     {"found", "attestations, which were dropped"}});
  }
  return notes;
}

}  // namespace

std::optional<ReleaseName> release_in(std::string_view filename) {
  if (const auto wheel = WheelFilename::parse(filename); wheel.ok())
    return ReleaseName{wheel->name, wheel->version};
  if (const auto sdist = SdistFilename::parse(filename); sdist.ok())
    return ReleaseName{sdist->name, sdist->version};
  return std::nullopt;
}

Status Ingest::admit(std::string_view filename, const std::optional<std::string>& claimed_sha256) const {
  CHECK_OK(refuse_closed_index(context_));
  const auto release = release_in(filename);
  if (!release) return success();
  CHECK_OK(context_.store.files().can_add(context_.index, *release, filename, context_.clock.now()));
  const auto there = context_.store.files().find(context_.index, filename);
  if (!there.ok()) return success();
  if (!claimed_sha256 || *claimed_sha256 == there->sha256.hex()) return success();
  return already_exists(filename, there->sha256);
}

Result<Ingested> Ingest::accept(std::string_view filename, const UploadForm& form,
                                std::unique_ptr<BlobWriter> content, const Actor& actor) const {
  return take(filename, {.form = &form}, std::move(content), actor);
}

Result<Ingested> Ingest::take_over(std::string_view filename, const Origin& origin,
                                   std::unique_ptr<BlobWriter> content, const Actor& actor) const {
  return take(filename, {.origin = &origin}, std::move(content), actor);
}

Result<Ingested> Ingest::take(std::string_view filename, const Arrival& arrival,
                              std::unique_ptr<BlobWriter> content, const Actor& actor) const {
  CHECK_OK(refuse_closed_index(context_));
  CHECK_OK(content->seal());
  // The archive is read while the digests are computed and the disk writes. A wrong digest is reported first.
  auto checked = check(filename, arrival, *content);
  TRY(const auto digests, finish(arrival, *content));
  TRY(const auto there, identical(filename, digests.sha256));
  if (there) return repair(*there, checked, *content, actor);
  TRY(const auto report, std::move(checked));
  Candidate candidate{.file = describe(*report.inspection, digests, arrival),
                      .provenance = {},
                      .compared = {},
                      .arrival = arrival,
                      .report = report};
  File& file = candidate.file;
  TRY(candidate.compared, check_joins(context_, *report.inspection));
  CHECK_OK(check_quota(context_, file));
  CHECK_OK(
      context_.store.files().can_name(context_.index, file.release.project, actor, context_.clock.now()));
  TRY(candidate.provenance, verify_attestations(file, arrival));
  if (!candidate.provenance.empty()) file.provenance_sha256 = Sha256::of(candidate.provenance);
  reach(FailPoint::upload_checked);
  TRY(const auto outcome, store_or_drop(file, [&] { return store(candidate, *content, actor); }));
  return Ingested{.outcome = outcome, .file = file, .warnings = results_of(report, dist::Outcome::warned)};
}

/// A file that gets no row leaves no blob. Garbage collection removes what cannot be removed now; the client
/// gets the refusal, or the server the exception.
template <typename Store>
Result<Recorded> Ingest::store_or_drop(const File& file, const Store& store) const {
  try {
    auto outcome = store();
    if (!outcome.ok()) static_cast<void>(drop_unneeded(file));
    return outcome;
  } catch (const StoreError&) {
    try {
      static_cast<void>(drop_unneeded(file));
    } catch (const StoreError&) {  // the database does not say what is needed
    }
    throw;
  }
}

/// The client has the bytes that the index may have lost.
Result<Ingested> Ingest::repair(const File& there, const Result<dist::Report>& checked, BlobWriter& content,
                                const Actor& actor) const {
  const bool read = checked.ok() && checked->inspection;
  const std::string_view metadata = read ? std::string_view(checked->inspection->metadata_bytes) : "";
  TRY(const bool repaired, index::repair(context_, there, content, metadata, actor));
  return Ingested{.outcome = Recorded::identical, .file = there, .warnings = {}, .repaired = repaired};
}

Result<Recorded> Ingest::store(const Candidate& candidate, BlobWriter& content, const Actor& actor) const {
  const std::shared_lock no_gc(context_.blobs.gc_lock());
  CHECK_OK(keep_provenance(candidate.file, candidate.provenance));
  CHECK_OK(keep(candidate.file, *candidate.report.inspection, content));
  return record(candidate, actor);
}

/// After another upload won the name between the checks and the transaction.
Status Ingest::drop_unneeded(const File& file) const {
  std::vector<Sha256> digests{file.sha256};
  if (file.metadata_sha256) digests.push_back(*file.metadata_sha256);
  if (file.provenance_sha256) digests.push_back(*file.provenance_sha256);
  return index::drop_unneeded(context_.store.files(), context_.blobs, digests);
}

File Ingest::describe(const dist::Inspection& inspection, const HashValues& digests,
                      const Arrival& arrival) const {
  const Timestamp now = context_.clock.now();
  if (arrival.origin == nullptr) return index::describe(inspection, digests, now);
  File file = index::describe(inspection, digests, std::min(now, arrival.origin->uploaded));
  file.yanked = arrival.origin->yanked;
  return file;
}

Result<std::string> Ingest::verify_attestations(const File& file, const Arrival& arrival) const {
  if (arrival.form == nullptr || !arrival.form->attestations || context_.attestations == nullptr)
    return std::string{};
  return provenance_of(*context_.attestations, file, *arrival.form->attestations);
}

Status Ingest::keep_provenance(const File& file, const std::string& provenance) const {
  if (!file.provenance_sha256) return success();
  TRY(const auto stored, context_.blobs.put(provenance));
  if (stored != *file.provenance_sha256) throw std::logic_error("a blob was stored under another digest");
  return success();
}

/// All digests, after comparing them with those of the form.
Result<HashValues> Ingest::finish(const Arrival& arrival, BlobWriter& content) const {
  TRY(auto digests, content.finish());
  if (arrival.form == nullptr) return digests;
  const auto& claims = arrival.form->claims;
  if (claims.md5 && digests.md5.empty()) {
    TRY(digests.md5, md5_of(content));
  }
  CHECK_OK(compare_digests(claims, digests));
  return digests;
}

/// Bytes before rows: a crash between them leaves a blob without a row, never a row without bytes.
Status Ingest::keep(const File& file, const dist::Inspection& inspection, BlobWriter& content) const {
  if (!file.metadata_sha256) return content.commit();
  TRY(const auto metadata, context_.blobs.begin({}));
  CHECK_OK(metadata->write(inspection.metadata_bytes));
  TRY(const auto stored, metadata->finish());
  if (stored.sha256 != *file.metadata_sha256)
    throw std::logic_error("a blob was stored under another digest");
  CHECK_OK(content.place());
  CHECK_OK(metadata->place());
  CHECK_OK(content.commit());
  return metadata->commit();
}

/// The transaction decides whether the file may be added. This only spares a file that is here already the
/// checks, which may have become stricter since.
Result<std::optional<File>> Ingest::identical(std::string_view filename, const Sha256& digest) const {
  auto there = context_.store.files().find(context_.index, filename);
  if (!there.ok()) return std::optional<File>{};
  if (there->sha256 == digest) return std::optional{*std::move(there)};
  return already_exists(filename, there->sha256);
}

Result<dist::Report> Ingest::check(std::string_view filename, const Arrival& arrival,
                                   const BlobWriter& content) const {
  TRY(const auto source, received(content));
  const auto claims = arrival.form == nullptr ? std::nullopt : std::optional{arrival.form->claims};
  auto report = dist::check_file(source, filename, context_.policy, claims);
  if (report.accepted()) return report;
  return Error{Errc::invalid_input, report.refusal(), "packhouse check FILE shows every check that it fails"};
}

LedgerNote Ingest::note_of(const File& added, const Arrival& arrival, const Actor& actor) const {
  LedgerNote note{.actor = actor,
                  .action = "file.upload",
                  .subject = subject_of(context_.index, added),
                  .reason = {},
                  .detail = detail_of(added)};
  if (arrival.origin == nullptr) return note;
  note.action = std::string(import_action);
  note.detail["from"] = arrival.origin->from;
  note.detail["uploaded"] = to_iso8601(added.uploaded);
  if (added.yanked) note.detail["yanked"] = *added.yanked;
  return note;
}

Result<Recorded> Ingest::record(const Candidate& candidate, const Actor& actor) const {
  const auto& [file, provenance, compared, arrival, report] = candidate;
  const bool drops = arrival.form != nullptr && arrival.form->attestations && !file.provenance_sha256;
  NewFile row{.file = file,
              .added = context_.clock.now(),
              .warnings = warning_notes(report, drops),
              .room = context_.quotas};
  const auto note = [&](const File& added) { return note_of(added, candidate.arrival, actor); };
  Comparison comparison{compared};
  row.examine = [&](const ReleaseDigests& there) { return comparison.still_holds(there); };
  const auto add = [&] {
    return context_.store.files().add(context_.index, row, note,
                                      [] { reach(FailPoint::upload_in_transaction); });
  };
  auto outcome = add();
  for (int again = 0; comparison.overtaken() && again < Comparison::most; ++again) {
    TRY(auto now, check_joins(context_, *report.inspection));
    comparison = Comparison{std::move(now)};
    outcome = add();
  }
  if (!outcome.ok()) return outcome;
  reach(FailPoint::upload_committed);
  context_.changes.project_changed(file.release.project.str());
  return outcome;
}

}  // namespace packhouse::index
