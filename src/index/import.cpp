#include "index/import.hpp"

#include <utility>

#include "archive/byte_source.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::index {
namespace {

Context with_policy(const Context& context, const dist::Policy& policy) {
  return {.index = context.index,
          .store = context.store,
          .blobs = context.blobs,
          .clock = context.clock,
          .policy = policy,
          .changes = context.changes,
          .rules = context.rules,
          .quotas = context.quotas,
          .attestations = context.attestations};
}

/// Faults of the file or of what it meets; all others end the import.
bool is_refusal(const Error& error) {
  return error.code != Errc::unavailable && error.code != Errc::internal;
}

}  // namespace

std::string_view to_string(ImportOutcome outcome) noexcept {
  switch (outcome) {
    case ImportOutcome::added:
      return "added";
    case ImportOutcome::lowered:
      return "lowered";
    case ImportOutcome::present:
      return "present";
    case ImportOutcome::refused:
      return "refused";
  }
  return "";
}

Import::Import(const Context& context, FileSystem& disk, ImportRules rules)
    : context_(context),
      mirror_(dist::Policy::mirror()),
      lenient_(with_policy(context, mirror_)),
      disk_(disk),
      rules_(rules) {}

Status Import::run(const std::vector<FoundFile>& files, std::string_view from, const Actor& actor,
                   const Done& done) const {
  for (const auto& found : files) {
    auto imported = import(found, from, actor);
    if (!imported.ok() && !is_refusal(imported.error())) {
      return std::move(imported.error()).context(found.path.string());
    }
    if (!imported.ok()) {
      imported =
          ImportedFile{.file = found, .outcome = ImportOutcome::refused, .reason = imported.error().message};
    }
    done(*imported);
  }
  return success();
}

Result<bool> Import::is_present(const FoundFile& found) const {
  const auto there = context_.store.files().find(context_.index, found.filename);
  if (!there.ok()) return false;
  TRY(const auto size, disk_.size(found.path));
  if (there->size != size) return false;  // the refusal of other bytes follows
  TRY(const auto hashed, hash_file(disk_, found.path));
  return hashed.sha256 == there->sha256;
}

Result<ImportedFile> Import::import(const FoundFile& found, std::string_view from, const Actor& actor) const {
  ImportedFile imported{.file = found};
  TRY(const bool present, is_present(found));
  if (present) {
    imported.outcome = ImportOutcome::present;
    return imported;
  }
  CHECK_OK(Ingest{context_}.admit(found.filename, std::nullopt));
  if (rules_.dry_run) return examine(found);
  const auto strictly = take(context_, found, from, actor);
  if (strictly.ok()) return imported;
  imported.reason = strictly.error().message;
  if (!rules_.lenient || strictly.error().code != Errc::invalid_input) return strictly.error();
  const auto leniently = take(lenient_, found, from, actor);
  if (!leniently.ok()) return leniently.error();
  imported.outcome = ImportOutcome::lowered;
  return imported;
}

Result<ImportedFile> Import::examine(const FoundFile& found) const {
  TRY(const auto source, archive::FileSource::open(found.path.string()));
  ImportedFile imported{.file = found};
  const auto strict = dist::check_file(source, found.filename, context_.policy);
  if (strict.accepted()) return imported;
  imported.reason = strict.refusal();
  const bool taken = rules_.lenient && dist::check_file(source, found.filename, mirror_).accepted();
  imported.outcome = taken ? ImportOutcome::lowered : ImportOutcome::refused;
  return imported;
}

Result<Ingested> Import::take(const Context& context, const FoundFile& found, std::string_view from,
                              const Actor& actor) const {
  TRY(const auto file, disk_.open(found.path));
  TRY(auto content, context.blobs.begin({.blake2b_256 = true, .md5 = false}));
  CHECK_OK(read_blocks(file, found.path, [&](std::string_view bytes) { return content->write(bytes); }));
  const Origin origin{.uploaded = found.uploaded, .yanked = found.yanked, .from = std::string(from)};
  return Ingest{context}.take_over(found.filename, origin, std::move(content), actor);
}

}  // namespace packhouse::index
