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
#include "upstream/policy.hpp"

namespace packhouse::upstream {

/// What is asked.
struct ExplainRequest {
  std::string index;
  ProjectName name;
  std::optional<Version> version = {};  ///< unset: all
  /// Of the index's upstreams, in their order; unset: they are not known, and files count as offered.
  std::optional<std::vector<NamedPolicy>> policies = {};
};

/// One file, and whether the index offers it.
struct ExplainedFile {
  std::string filename;
  bool offered = true;
  std::string reason;
};

/// An upstream, and whether it is asked for the name.
struct ExplainedUpstream {
  std::string upstream;
  std::string refusal;  ///< why it is not; empty: it is
};

/// Why an index offers what it offers under a name.
struct Explanation {
  bool upstream = false;                          ///< the name is asked of the upstreams
  std::string origin;                             ///< why, in words
  std::vector<ExplainedUpstream> upstreams = {};  ///< of a name that is asked of them
  std::string page;                               ///< which page the files are on; empty: there is none
  std::vector<ExplainedFile> files;
};

/// By what is stored alone: no upstream is asked. not_found for an index that does not exist.
Result<Explanation> explain(MetadataStore& store, const NameSet& reserved, const ExplainRequest& request,
                            Timestamp now);

}  // namespace packhouse::upstream
