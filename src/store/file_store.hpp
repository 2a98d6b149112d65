#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/file.hpp"
#include "model/ledger_entry.hpp"
#include "model/quotas.hpp"

namespace packhouse {

/// The files of a release by their SHA-256, ascending.
using ReleaseDigests = std::vector<Sha256>;

/// A file to be added. `file.id` is ignored.
struct NewFile {
  File file;
  /// When it is added, of a file that keeps the upload time of another index; unset: file.uploaded.
  std::optional<Timestamp> added = {};
  /// Warnings of the checks; kept in the ledger entry.
  json::Array warnings = {};
  /// The index's limits; unset: no limit.
  std::optional<Quotas> room = {};
  /// Looks at what the release has within the transaction; its error refuses the file. Unset: all is taken.
  std::function<Status(const ReleaseDigests&)> examine = {};

  Timestamp now() const { return added.value_or(file.uploaded); }
};

/// The ledger note of a file that becomes visible, under the release's spelling of its version.
using FileNote = std::function<LedgerNote(const File&)>;

enum class Recorded {
  added,
  identical,  ///< the same name and bytes existed already: nothing changed
};

/// A release to be copied from another index, exactly as it was when it was examined.
struct ReleaseCopy {
  std::string from;  ///< the other index
  ReleaseName release;
  std::vector<File> files;          ///< as `from` had them; none of them withheld or yanked
  std::optional<Quotas> room = {};  ///< limits of the target; unset: no limit
};

/// Called within a transaction, for fail points. Each may be empty.
struct CopyHooks {
  std::function<void()> after_file;     ///< after each file's row
  std::function<void()> before_commit;  ///< all rows and the ledger entry are written
};

/// The files of an index. Errors, durability and threads as in MetadataStore. A read sees one snapshot;
/// `index` is a name, and one that does not exist is not_found.
class FileStore {
 public:
  virtual ~FileStore() = default;

  /// By filename, which is unique in an index.
  virtual Result<File> find(std::string_view index, std::string_view filename) = 0;
  /// The files of a release, by filename, whatever may withhold them; none for one that does not exist. Of
  /// two equal versions (1.0 and 1.0.0) both name the release.
  virtual Result<std::vector<File>> of_release(std::string_view index, const ReleaseName& release) = 0;
  /// Zeros for a project that does not exist and has no open session.
  virtual Result<Totals> totals(std::string_view index, const ProjectName& project) = 0;

  /// Adds the file, and its project and release if they are new. conflict when the filename exists with other
  /// bytes or was retired with a deleted file, or when another spelling of it is there (the same identity,
  /// model/file.hpp); the message begins "File already exists". conflict also once the release is closed: by
  /// IndexPolicy::closing() after its first file, by its publication or a deletion.
  /// conflict also when another actor's session reserves the name of a project without a release.
  /// forbidden when the release is blocked, the project archived or quarantined, also for the same bytes, or
  /// when the name is new, not reserved, and an upstream's. too_large when there is no room for it; at last
  /// what `file.examine` gives. Of two equal versions (1.0 and 1.0.0, PEP 440) the first one names the
  /// release, and the file joins it.
  /// `before_commit` runs inside the transaction, after the rows were written (for fail points).
  virtual Result<Recorded> add(std::string_view index, const NewFile& file, const FileNote& note,
                               const std::function<void()>& before_commit) = 0;
  /// Would add() be refused at that time whatever the bytes? For an answer before they are read; add()
  /// decides. An empty `filename` asks about the release alone.
  virtual Status can_add(std::string_view index, const ReleaseName& release, std::string_view filename,
                         Timestamp now) = 0;
  /// Would add() be refused to `actor` now because another actor's session reserves the project's name? As
  /// can_add(): for an answer before anything is stored.
  virtual Status can_name(std::string_view index, const ProjectName& project, const Actor& actor,
                          Timestamp now) = 0;
  /// Deletes the row, retires the filename and closes the release. not_found when it does not exist,
  /// forbidden in an immutable index.
  virtual Result<File> remove(std::string_view index, std::string_view filename, const LedgerNote& note,
                              Timestamp now) = 0;
  /// The same for every file of these releases, all of them or none. `note` makes each file's entry. The
  /// files that it deleted; a release without files counts for nothing.
  virtual Result<std::vector<File>> remove_releases(std::string_view index,
                                                    std::span<const ReleaseName> releases,
                                                    const FileNote& note, Timestamp now) = 0;

  /// Copies a release from another index: the same blobs under the same names, all files or none. Returns the
  /// number of files that are new here, and closes the release with them; 0: the same release was here
  /// already, and nothing was written but a label that it lacked. The source's label is copied. conflict when
  /// the source differs from `copy`, or when the target has another file in that release, other bytes under
  /// one of the names, or retired one of them, or has closed the release and lacks a file of it; forbidden
  /// when the target's release or project takes no files, too_large when there is no room.
  virtual Result<std::size_t> copy_release(std::string_view index, const ReleaseCopy& copy,
                                           const LedgerNote& note, Timestamp now, const CopyHooks& hooks) = 0;

  /// Every blob that a row refers to: files and metadata, those of open sessions, of upstreams and of freezes
  /// included. For the audit and for garbage collection.
  virtual Result<std::vector<Sha256>> referenced_blobs() = 0;
  /// Whether that is one of them.
  virtual Result<bool> needs_blob(const Sha256& digest) = 0;
};

}  // namespace packhouse
