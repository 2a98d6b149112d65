#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "pep/metadata.hpp"
#include "store/catalog_store.hpp"

namespace packhouse::api {

/// The version that a project's page is about: one with files before one without, one that is not all yanked
/// before one that is, a final one before a pre-release, then the highest. nullopt when there is no release.
std::optional<Version> latest_version(const ProjectDetail& project);

/// What the JSON API says of one version, in the shape of Warehouse's /pypi/<project>/<version>/json;
/// absolute links begin with `base`. Without `metadata`, "info" holds what the index knows by itself. What
/// this index does not count or keep (downloads, vulnerabilities, MD5) is as Warehouse has it where there is
/// nothing.
json::Object version_json(const ProjectDetail& project, const Version& version,
                          const std::optional<CoreMetadata>& metadata, std::string_view base);

/// The same, with every release's files under "releases": /pypi/<project>/json.
json::Object project_json_api(const ProjectDetail& project, const Version& version,
                              const std::optional<CoreMetadata>& metadata, std::string_view base);

}  // namespace packhouse::api
