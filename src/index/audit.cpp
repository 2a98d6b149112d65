#include "index/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "index/accepted_file.hpp"
#include "index/blob_state.hpp"
#include "index/context.hpp"
#include "store/ledger.hpp"
#include "store/store_error.hpp"

namespace packhouse::index {
namespace {

/// A file that should be there by the ledger's entries.
struct RecordedFile {
  std::string subject;
  std::string sha256;
};

/// Blobs that were read already, by digest.
using BlobReadings = std::map<Sha256, BlobReading>;

Result<Garbage> find_orphans(MetadataStore& store, BlobStore& blobs) {
  TRY(const auto needed, store.files().referenced_blobs());
  const std::set<Sha256> named{needed.begin(), needed.end()};
  Garbage garbage;
  CHECK_OK(blobs.each([&](const Sha256& digest, std::uint64_t size) {
    ++garbage.blobs;
    if (!named.contains(digest)) garbage.orphans.push_back({digest, size});
  }));
  return garbage;
}

/// What names a file in a ledger entry, without the spelling of its version: entries of before may have that
/// of the file, where those of today have the release's. A filename is unique in its index.
std::string key_of(std::string_view subject) {
  const auto index = subject.substr(0, subject.find('/'));
  return fmt::format("{}/{}", index, subject.substr(subject.rfind('/') + 1));
}

class Auditor {
 public:
  Auditor(MetadataStore& store, BlobStore& blobs) : store_(store), blobs_(blobs) {}

  /// Of a damaged database as much is read as it gives.
  Result<AuditReport> run() {
    TRY(const auto damage, store_.damage());
    for (const auto& fault : damage)
      find("database.damaged", "the database", fault);
    try {
      CHECK_OK(read_all());
    } catch (const StoreError& error) {
      if (damage.empty()) throw;
      find("database.damaged", "the database", error.what());
    }
    return std::move(report_);
  }

 private:
  Status read_all() {
    CHECK_OK(check_chain());
    CHECK_OK(read_ledger());
    TRY(const auto indexes, store_.catalog().indexes());
    for (const auto& index : indexes)
      CHECK_OK(check_index(index));
    for (const auto& [key, entry] : recorded_) {
      find("file.missing", entry.subject,
           fmt::format("the ledger has an entry of it with SHA-256 {}", entry.sha256));
    }
    CHECK_OK(check_staged());
    TRY(auto garbage, find_orphans(store_, blobs_));
    if (report_.files == 0 && !has_file_entries_ && garbage.suspicious()) {
      find("database.empty", "the database",
           fmt::format("there are {} blobs, and neither a row nor an entry of the ledger is about a file",
                       garbage.blobs));
    }
    report_.orphans = std::move(garbage.orphans);
    return success();
  }

  void find(std::string kind, std::string subject, std::string message) {
    report_.findings.push_back({std::move(kind), std::move(subject), std::move(message)});
  }

  Status check_chain() {
    const auto verified = verify_ledger(store_.ledger());
    if (verified.ok()) {
      report_.ledger_entries = *verified;
    } else {
      find("ledger.broken", "ledger", verified.error().message);
    }
    return success();
  }

  /// Which files should be there, by the ledger's entries.
  Status read_ledger() {
    constexpr std::size_t page = 1000;
    for (std::int64_t after = 0;;) {
      TRY(const auto entries, store_.ledger().entries(after, page));
      for (const auto& entry : entries)
        note(entry.note);
      if (entries.size() < page) return success();
      after = entries.back().sequence;
    }
  }

  void note(const LedgerNote& note) {
    if (note.action == "file.upload" || note.action == import_action) {
      const auto digest = json::get_string(note.detail, "sha256");
      record(note.subject, digest.ok() ? *digest : std::string{});
    }
    if (note.action == "file.delete") recorded_.erase(key_of(note.subject));
    if (note.action == "release.copy") note_copy(note);
  }

  void note_copy(const LedgerNote& note) {
    const auto files = json::get_array(note.detail, "files");
    if (!files.ok()) return;
    for (const auto& file : *files) {
      if (!file.is_object()) continue;
      const auto name = json::get_string(file.get_object(), "filename");
      const auto digest = json::get_string(file.get_object(), "sha256");
      if (name.ok() && digest.ok()) record(fmt::format("{}/{}", note.subject, *name), *digest);
    }
  }

  void record(const std::string& subject, std::string digest) {
    has_file_entries_ = true;
    recorded_[key_of(subject)] = {.subject = subject, .sha256 = std::move(digest)};
  }

  Status check_index(const std::string& index) {
    return each_project(store_.catalog(), index, [&](const ProjectSummary& project) -> Result<bool> {
      TRY(const auto detail, store_.catalog().project(index, project.name));
      for (const auto& file : detail.files)
        check_file(index, file);
      CHECK_OK(check_totals(index, detail));
      return true;
    });
  }

  /// Limits go by what the project's row says.
  Status check_totals(const std::string& index, const ProjectDetail& project) {
    TRY(const auto name, ProjectName::parse(project.name));
    TRY(const auto totals, store_.files().totals(index, name));
    std::uint64_t bytes = 0;
    for (const auto& file : project.files)
      bytes += file.size;
    if (totals.files == project.files.size() && totals.bytes == bytes) return success();
    find("project.totals", fmt::format("{}/{}", index, project.name),
         fmt::format("expected {} files of {} bytes, found {} of {}", project.files.size(), bytes,
                     totals.files, totals.bytes));
    return success();
  }

  /// What only sessions need, which are not visible yet: every other blob was read before.
  Status check_staged() {
    TRY(const auto needed, store_.files().referenced_blobs());
    for (const auto& digest : needed) {
      if (!readings_.contains(digest)) check_blob(digest, "a file of an open session", "blob.missing");
    }
    return success();
  }

  void check_file(const std::string& index, const File& file) {
    const auto subject = subject_of(index, file);
    ++report_.files;
    check_entry(file, subject);
    const auto before = report_.findings.size();
    check_content(file, subject);
    check_metadata(file, subject);
    check_provenance(file, subject);
    if (report_.findings.size() > before) report_.damaged.push_back({.index = index, .file = file});
  }

  void check_entry(const File& file, const std::string& subject) {
    const auto found = recorded_.find(key_of(subject));
    if (found == recorded_.end() || found->second.sha256 != file.sha256.hex()) {
      find("ledger.no-entry", subject, "no entry of the ledger has this file with these bytes");
    }
    if (found != recorded_.end()) recorded_.erase(found);
  }

  void check_content(const File& file, const std::string& subject) {
    const auto& reading = reading_of(file.sha256);
    const bool read = reading.state == BlobState::sound || reading.state == BlobState::wrong_bytes;
    if (read && reading.size != file.size) {
      find("blob.size", subject, fmt::format("expected {} bytes, found {}", file.size, reading.size));
    } else {
      check_blob(file.sha256, subject, "blob.missing");
    }
  }

  void check_blob(const Sha256& digest, const std::string& subject, std::string_view missing) {
    switch (reading_of(digest).state) {
      case BlobState::sound:
        return;
      case BlobState::missing:
        return find(std::string(missing), subject, fmt::format("there is no blob {}", digest.hex()));
      case BlobState::wrong_bytes:
        return find("blob.digest", subject, fmt::format("the bytes no longer have SHA-256 {}", digest.hex()));
      case BlobState::unreadable:
        return find("blob.unreadable", subject, fmt::format("blob {} cannot be read", digest.hex()));
    }
  }

  void check_metadata(const File& file, const std::string& subject) {
    if (file.kind == FileKind::wheel && !file.metadata_sha256) {
      find("metadata.missing", subject, "a wheel without its METADATA");
    }
    if (!file.metadata_sha256) return;
    check_blob(*file.metadata_sha256, subject + ".metadata", "metadata.missing");
  }

  void check_provenance(const File& file, const std::string& subject) {
    if (!file.provenance_sha256) return;
    if (reading_of(*file.provenance_sha256).state != BlobState::sound) {
      find("provenance.missing", subject,
           fmt::format("no sound blob {} with its attestations", file.provenance_sha256->hex()));
    }
  }

  const BlobReading& reading_of(const Sha256& digest) {
    const auto known = readings_.find(digest);
    if (known != readings_.end()) return known->second;
    const auto reading = read_again(blobs_, digest);
    report_.bytes += reading.size;
    return readings_.emplace(digest, reading).first->second;
  }

  MetadataStore& store_;
  BlobStore& blobs_;
  BlobReadings readings_;
  std::map<std::string, RecordedFile> recorded_;  // by key_of(subject), as far as not yet seen in a row
  bool has_file_entries_ = false;
  AuditReport report_;
};

}  // namespace

Result<AuditReport> audit(MetadataStore& store, BlobStore& blobs) {
  return Auditor{store, blobs}.run();
}

json::Object to_json(const AuditReport& report) {
  json::Array findings;
  for (const auto& finding : report.findings) {
    findings.emplace_back(
        json::Object{{"kind", finding.kind}, {"subject", finding.subject}, {"message", finding.message}});
  }
  json::Array orphans;
  for (const auto& orphan : report.orphans)
    orphans.emplace_back(json::Object{{"sha256", orphan.digest.hex()}, {"size", orphan.size}});
  return {{"sound", report.sound()},         {"files", report.files},
          {"bytes", report.bytes},           {"ledger_entries", report.ledger_entries},
          {"findings", std::move(findings)}, {"orphans", std::move(orphans)}};
}

bool Garbage::suspicious() const noexcept {
  constexpr std::uint64_t fewest = 16;
  return blobs >= fewest && orphans.size() > blobs / 2;
}

Result<Garbage> find_garbage(MetadataStore& store, BlobStore& blobs) {
  TRY(const auto damage, store.damage());
  if (!damage.empty()) {
    return Error{Errc::conflict, fmt::format("the database is damaged: {}", damage.front()),
                 "restore it from a backup; packhouse audit lists what is wrong"};
  }
  return find_orphans(store, blobs);
}

Status remove_garbage(BlobStore& blobs, const Garbage& garbage) {
  for (const auto& orphan : garbage.orphans)
    CHECK_OK(blobs.remove(orphan.digest));
  return success();
}

}  // namespace packhouse::index
