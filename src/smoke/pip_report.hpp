#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dist/manifest.hpp"
#include "evidence/check.hpp"
#include "http/client.hpp"
#include "pep/release_name.hpp"

namespace packhouse::smoke {

/// One thing that pip installed, as its `--report` tells.
struct InstalledItem {
  Field<std::string> name;
  Field<std::string> version;
  Field<std::string> url;  ///< where the file came from
  Field<std::string> sha256;
  bool direct = true;
  bool yanked = false;
  std::vector<std::string> extras = {};  ///< that its metadata has, normalised

  /// The last segment of the address, decoded; empty if there is none.
  std::string filename() const;
};

/// pip's installation report ("Installation Report" of its documentation).
struct PipReport {
  Field<std::string> version;
  std::vector<InstalledItem> items;

  static Result<PipReport> parse(std::string_view text);
};

/// Whether a report's name is the project's.
bool is_project(const ProjectName& project, const Field<std::string>& name);

/// Whether pip installed one thing, and that one is a promoted file, from the index. `hosts` are those that
/// the index's page names for this release.
Checks decide_report(const ReleaseName& release, const dist::Manifest& manifest,
                     const std::set<std::string>& hosts, const PipReport& report);

/// Whether the installed release has each of the extras that were asked for: pip only warns of another.
Checks decide_extras(const std::vector<std::string>& wanted, const InstalledItem& item);

/// Whether the dependencies came from an index and not from an address that a requirement names, none from
/// the public index, and the project itself was left as it was installed.
Checks decide_dependencies(const ProjectName& project, const PipReport& report);

}  // namespace packhouse::smoke
