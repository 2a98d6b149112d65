#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/upstream.hpp"
#include "pep/project_name.hpp"
#include "pep/version.hpp"
#include "store/metadata_store.hpp"
#include "upstream/page.hpp"

namespace packhouse::upstream {

/// The version that a wheel's or sdist's name states; nullopt: it is neither.
std::optional<Version> version_in(std::string_view filename);

/// What an upstream did to a file that was fetched, by its page; null: it has no page any more. nullopt: it
/// offers the file as before.
std::optional<UpstreamRecall> recall_of(const RemotePage* page, const UpstreamFile& file);

/// The ledger entry of recalls that began or ended. `upstream`: its address; empty: no upstream has the name.
LedgerNote recall_note(std::string_view project_subject, std::string_view upstream, bool began,
                       const std::vector<UpstreamRecall>& recalls);

/// 403, with the reason.
Error recalled_error(const UpstreamRecall& recall);

/// A file that the index had and that is not offered as it was, and who fetched it.
struct RecalledFile {
  std::string filename;
  Sha256 sha256{{}};
  std::string reason;  ///< "yanked: …", "deleted here", "deleted by its upstream, seen …"
  std::vector<DownloadTally> downloads = {};
};

/// Of an index's project, or of one version of it: files that are yanked, withheld or deleted here, and those
/// that an upstream recalled. By what is stored alone: no upstream is asked. By filename.
Result<std::vector<RecalledFile>> recalled_files(MetadataStore& store, std::string_view index,
                                                 const ProjectName& name,
                                                 const std::optional<Version>& version = {});

/// The projects that can have such files, by name.
Result<std::vector<std::string>> recallable_projects(MetadataStore& store, std::string_view index);

}  // namespace packhouse::upstream
