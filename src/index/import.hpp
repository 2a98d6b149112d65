#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "index/context.hpp"
#include "index/import_folder.hpp"
#include "index/ingest.hpp"

namespace packhouse::index {

/// What became of a file that was to be imported.
enum class ImportOutcome {
  added,
  lowered,  ///< added, though the index's own policy refuses it: the policy `mirror` takes it
  present,  ///< it was there already, with the same bytes
  refused,
};
/// "added", "lowered", "present", "refused".
std::string_view to_string(ImportOutcome outcome) noexcept;

struct ImportedFile {
  FoundFile file;
  ImportOutcome outcome = ImportOutcome::added;
  std::string reason = {};  ///< of a file that the index's policy refuses
};

struct ImportRules {
  bool lenient = true;   ///< also what the policy `mirror` takes
  bool dry_run = false;  ///< say what would be done; nothing is changed
};

/// Takes files that another index had into this one, in the order of their upload times, which they keep. One
/// file is one transaction with its ledger entry, so that an import that was interrupted is begun again:
/// what is there already is passed over. The files are read twice where the index's policy refuses them.
/// `done` is called after each file. An Error for a broken disk; a file at fault is `refused`.
class Import {
 public:
  using Done = std::function<void(const ImportedFile&)>;

  /// The context outlives it.
  Import(const Context& context, FileSystem& disk, ImportRules rules);

  Status run(const std::vector<FoundFile>& files, std::string_view from, const Actor& actor,
             const Done& done) const;

 private:
  Result<ImportedFile> import(const FoundFile& found, std::string_view from, const Actor& actor) const;
  Result<bool> is_present(const FoundFile& found) const;
  Result<ImportedFile> examine(const FoundFile& found) const;
  Result<Ingested> take(const Context& context, const FoundFile& found, std::string_view from,
                        const Actor& actor) const;

  const Context& context_;
  const dist::Policy mirror_;
  const Context lenient_;
  FileSystem& disk_;
  const ImportRules rules_;
};

}  // namespace packhouse::index
