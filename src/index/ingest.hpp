#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "index/context.hpp"
#include "index/upload_form.hpp"

namespace packhouse::index {

/// What became of an upload that was accepted.
struct Ingested {
  Recorded outcome = Recorded::added;
  File file;
  std::vector<dist::CheckResult> warnings;
};

/// Takes one file into the index, in named steps. On any refusal nothing has changed: the temporary file goes
/// with its writer, no row is written, and a blob is stored only after every check has passed; if another
/// upload wins the name after that, the blob goes again.
class Ingest {
 public:
  explicit Ingest(const Context& context) : context_(context) {}

  /// Says no before the bytes are read, where that can be told from the name and the claimed SHA-256 (which
  /// may be missing) alone. A yes promises nothing. conflict: "File already exists …".
  Status admit(std::string_view filename, const std::optional<std::string>& claimed_sha256) const;

  /// `content` has all bytes and was not finished. invalid_input when a check refuses the file or the form
  /// disagrees with it; conflict when the filename exists with other bytes or was retired.
  Result<Ingested> accept(std::string_view filename, const UploadForm& form,
                          std::unique_ptr<BlobWriter> content, const Actor& actor) const;

 private:
  Result<HashValues> finish(const UploadForm& form, BlobWriter& content) const;
  /// Empty where there are none to keep.
  Result<std::string> verify_attestations(const File& file, const UploadForm& form) const;
  Result<Recorded> store(const File& file, const std::string& provenance, const UploadForm& form,
                         const dist::Report& report, BlobWriter& content, const Actor& actor) const;
  Status drop_unneeded(const File& file) const;
  Status keep_provenance(const File& file, const std::string& provenance) const;
  Status keep(const File& file, const dist::Inspection& inspection, BlobWriter& content) const;
  Result<std::optional<File>> identical(std::string_view filename, const Sha256& digest) const;
  Result<dist::Report> check(std::string_view filename, const UploadForm& form,
                             const BlobWriter& content) const;
  Result<Recorded> record(const File& file, const UploadForm& form, const dist::Report& report,
                          const Actor& actor) const;

  const Context& context_;
};

}  // namespace packhouse::index
