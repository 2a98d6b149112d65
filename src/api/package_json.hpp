#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "api/simple_page.hpp"
#include "base/json.hpp"
#include "model/project.hpp"
#include "pep/metadata.hpp"

namespace packhouse::api {

/// The release that a project's page describes: one with files before one without, one that is not all yanked
/// before one that is, a final one before a pre-release, then the highest. Null if the project has no
/// release.
const ReleaseFiles* latest_release(std::span<const ReleaseFiles> releases);

/// What the absolute links of a document begin with, without a slash at the end.
struct PackageLinks {
  std::string pages;  ///< the index: "https://packages.example.org/prod"
  std::string files;  ///< what is behind it is as below /files/
};

/// The JSON API's document of one version, in the shape of Warehouse's /pypi/<project>/<version>/json;
/// Without `metadata`, "info" holds what the index itself has. Downloads,
/// vulnerabilities and MD5, which this index does not keep, are as in Warehouse without a value.
json::Object version_json(const ProjectDetail& project, const ReleaseFiles& release,
                          const std::optional<CoreMetadata>& metadata, const PackageLinks& links);

/// The same of the latest release, whose metadata it is, with every release's files under "releases":
/// /pypi/<project>/json. Written in pieces, so that memory does not grow with the number of releases.
/// `releases`: by_release(project), at least one. The error of the sink.
Status write_project_json(const ProjectDetail& project, std::span<const ReleaseFiles> releases,
                          const std::optional<CoreMetadata>& metadata, const PackageLinks& links,
                          const TextSink& sink);

}  // namespace packhouse::api
