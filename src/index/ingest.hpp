#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "index/context.hpp"
#include "index/upload_form.hpp"

namespace packhouse::index {

/// An accepted upload.
struct Ingested {
  Recorded outcome = Recorded::added;
  File file;
  std::vector<dist::CheckResult> warnings;
  bool repaired = false;  ///< what was stored of this file was missing or damaged, and is whole again
};

/// Of a file that another index had.
struct Origin {
  Timestamp uploaded;                      ///< to that index; not after now
  std::optional<std::string> yanked = {};  ///< as File::yanked
  std::string from = {};                   ///< where it was found, for the ledger
};

/// The release in a filename; nullopt for a filename that the checks will refuse.
std::optional<ReleaseName> release_in(std::string_view filename);

/// Adds one file to the index, in named steps. A refusal changes nothing: the temporary file is removed with
/// its writer, no row is written, and a blob is stored only after every check has passed; if another upload
/// wins the name after that, the blob is removed again.
class Ingest {
 public:
  explicit Ingest(const Context& context) : context_(context) {}

  /// Refuses a file before its bytes are read, as far as the filename and the claimed SHA-256 (which may be
  /// missing) allow. accept() may refuse it all the same. conflict: "File already exists …"; forbidden: the
  /// index, the project or the release takes no files.
  Status admit(std::string_view filename, const std::optional<std::string>& claimed_sha256) const;

  /// The same file again is a success, and puts back what the index has lost of it.
  /// Call after admit(). `content` has all bytes and is not finished. invalid_input when a check refuses the
  /// file or the form disagrees with it; conflict when the filename exists with other bytes or is retired.
  Result<Ingested> accept(std::string_view filename, const UploadForm& form,
                          std::unique_ptr<BlobWriter> content, const Actor& actor) const;

  /// The same of a file without a form, which keeps the upload time of another index. Its release closes
  /// `closes-after` it was taken over.
  Result<Ingested> take_over(std::string_view filename, const Origin& origin,
                             std::unique_ptr<BlobWriter> content, const Actor& actor) const;

 private:
  /// How a file comes: one of both.
  struct Arrival {
    const UploadForm* form = nullptr;
    const Origin* origin = nullptr;
  };

  /// A file that passed its checks.
  struct Candidate {
    File file;
    std::string provenance;   ///< empty where there is none to store
    ReleaseDigests compared;  ///< the release's files when this one was compared with them
    Arrival arrival;
    const dist::Report& report;
  };

  Result<Ingested> take(std::string_view filename, const Arrival& arrival,
                        std::unique_ptr<BlobWriter> content, const Actor& actor) const;
  File describe(const dist::Inspection& inspection, const HashValues& digests, const Arrival& arrival) const;
  Result<HashValues> finish(const Arrival& arrival, BlobWriter& content) const;
  /// Empty where there are none to store.
  Result<std::string> verify_attestations(const File& file, const Arrival& arrival) const;
  Result<Recorded> store(const Candidate& candidate, BlobWriter& content, const Actor& actor) const;
  Status drop_unneeded(const File& file) const;
  Status keep_provenance(const File& file, const std::string& provenance) const;
  Status keep(const File& file, const dist::Inspection& inspection, BlobWriter& content) const;
  template <typename Store>
  Result<Recorded> store_or_drop(const File& file, const Store& store) const;
  Result<Ingested> repair(const File& there, const Result<dist::Report>& checked, BlobWriter& content,
                          const Actor& actor) const;
  Result<std::optional<File>> identical(std::string_view filename, const Sha256& digest) const;
  Result<dist::Report> check(std::string_view filename, const Arrival& arrival,
                             const BlobWriter& content) const;
  LedgerNote note_of(const File& added, const Arrival& arrival, const Actor& actor) const;
  /// Compares it again for as long as other files join its release.
  Result<Recorded> record(const Candidate& candidate, const Actor& actor) const;

  const Context& context_;
};

}  // namespace packhouse::index
