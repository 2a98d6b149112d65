#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pep/project_name.hpp"
#include "pep/version.hpp"
#include "store/metadata_store.hpp"
#include "upstream/name_rules.hpp"

namespace packhouse::upstream {

/// What is asked.
struct ExplainRequest {
  std::string index;
  ProjectName name;
  std::optional<Version> version = {};  ///< unset: all
};

/// One file, and whether the index offers it.
struct ExplainedFile {
  std::string filename;
  bool offered = true;
  std::string reason;
};

/// Why an index offers what it offers under a name.
struct Explanation {
  bool upstream = false;  ///< the name is asked of the upstreams
  std::string origin;     ///< why, in words
  std::string page;       ///< which page the files are on; empty: there is none
  std::vector<ExplainedFile> files;
};

/// By what is stored alone: no upstream is asked. not_found for an index that does not exist.
Result<Explanation> explain(MetadataStore& store, const NameSet& reserved, const ExplainRequest& request,
                            Timestamp now);

}  // namespace packhouse::upstream
