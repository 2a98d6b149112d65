#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "model/project.hpp"
#include "pep/metadata.hpp"

namespace packhouse::api {

/// The version that a project's page describes: one with files before one without, one that is not all yanked
/// before one that is, a final one before a pre-release, then the highest. nullopt when there is no release.
std::optional<Version> latest_version(const ProjectDetail& project);

/// The JSON API's document of one version, in the shape of Warehouse's /pypi/<project>/<version>/json;
/// absolute links begin with `base`. Without `metadata`, "info" holds what the index itself has. Downloads,
/// vulnerabilities and MD5, which this index does not keep, are as in Warehouse without a value.
json::Object version_json(const ProjectDetail& project, const Version& version,
                          const std::optional<CoreMetadata>& metadata, std::string_view base);

/// The same, with every release's files under "releases": /pypi/<project>/json.
json::Object project_json_api(const ProjectDetail& project, const Version& version,
                              const std::optional<CoreMetadata>& metadata, std::string_view base);

}  // namespace packhouse::api
