#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/redactor.hpp"
#include "base/time.hpp"
#include "dist/manifest.hpp"
#include "evidence/check.hpp"
#include "pep/release_name.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"

namespace packhouse::journal {

struct JournalEntry {
  std::int64_t seq = 0;
  std::string time;   ///< when it was written, as ISO 8601
  std::string step;   ///< "preflight", "upload", …
  std::string phase;  ///< "intent" or "outcome"
  json::Object detail;
  std::string hash;  ///< SHA-256 of the line's canonical JSON without this member
};

/// When an entry lasts through a power cut. That this process is killed takes none that was written.
enum class Durable {
  now,           ///< once the call has returned
  with_the_next  ///< with the next entry that lasts: nothing but that one follows from it
};

/// What the desk did for one release, on this machine: one line of canonical JSON for each intent before its
/// effects and for each outcome after them, each holding the hash of the line before. It records; what is
/// true is read from the forge and the index. Not for several threads; one process at a time (ReleaseLock).
///
/// Layout of the folder: journal.jsonl, evidence/SHA256.json, logs/.
class Journal {
 public:
  /// Reads what is there. A last line that a power cut tore is passed over, and the chain goes on before it.
  /// conflict when a line was changed or taken out. The parameters outlive it.
  static Result<Journal> open(FileSystem& disk, Clock& clock, const Redactor& redactor, Path folder);

  /// The same for reading alone: nothing is made or changed on the disk. not_found where there is no journal.
  static Result<Journal> load(FileSystem& disk, Clock& clock, const Redactor& redactor, Path folder);

  /// Every text in `detail` is redacted. After a failure the journal takes nothing more: nobody knows what of
  /// the line is on the disk until it is opened again.
  Status intent(std::string_view step, json::Object detail);
  Status outcome(std::string_view step, json::Object detail, Durable when = Durable::now);
  /// Several entries of the same step and phase with one wait for the disk.
  Status append(std::string_view step, std::string_view phase, std::vector<json::Object> details,
                Durable when = Durable::now);
  /// Keeps each document under its digest; durable when it returns.
  Status keep(const std::vector<Evidence>& evidence);

  const std::vector<JournalEntry>& entries() const noexcept { return entries_; }
  const Path& folder() const noexcept { return folder_; }
  /// The files of the last `verify` that passed; nullopt if there was none.
  Result<std::optional<dist::Manifest>> promoted() const;

 private:
  Journal(FileSystem& disk, Clock& clock, const Redactor& redactor, Path folder)
      : disk_(&disk), clock_(&clock), redactor_(&redactor), folder_(std::move(folder)) {}
  Status read();
  JournalEntry next_entry(std::string_view step, std::string_view phase, json::Object detail) const;
  Status write(const std::string& lines, bool first, Durable when);

  FileSystem* disk_;
  Clock* clock_;
  const Redactor* redactor_;
  Path folder_;
  std::vector<JournalEntry> entries_;
  bool torn_ = false;    // the file does not end in a newline
  bool failed_ = false;  // a line may be on the disk or not
};

/// Held while one release is worked on; another process on this machine is refused. Gone with the process.
class ReleaseLock {
 public:
  /// conflict when it is held; makes the folder.
  static Result<ReleaseLock> take(FileSystem& disk, const Path& folder);

 private:
  explicit ReleaseLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

json::Array to_json(const dist::Manifest& manifest);
/// What to_json wrote.
Result<dist::Manifest> read_manifest(const json::Array& files);

/// The names of files that were sent, or were about to be.
std::set<std::string> sent_files(const std::vector<JournalEntry>& entries);

/// The ids of the checks that refused, of an outcome's detail: "run.event, run.branch".
std::string refused_checks(const json::Object& detail);

/// Where a project's releases are under the state folder, each in a folder named by its version.
Path project_folder(const Path& state, std::string_view project);
Path release_folder(const Path& state, const ReleaseName& release);

}  // namespace packhouse::journal
