#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pep/requirement.hpp"

namespace packhouse {

/// The table [dependency-groups] of a pyproject.toml (PEP 735), before its names are looked at.
struct DependencyGroupInclude {
  std::string group;
};
/// A requirement's text, or the inclusion of another group.
using DependencyGroupItem = std::variant<std::string, DependencyGroupInclude>;
using DependencyGroupTable = std::vector<std::pair<std::string, std::vector<DependencyGroupItem>>>;

/// Dependency groups with their names normalised. Immutable.
class DependencyGroups {
 public:
  /// Refuses two names that are the same in their normal form.
  static Result<DependencyGroups> from_table(const DependencyGroupTable& table);

  /// The group's requirements with all inclusions resolved, in order, repeated as often as they are written.
  /// Refused: an unknown group, a malformed requirement, an inclusion that reaches itself, and more than
  /// 100,000 requirements (inclusions can double at every step).
  Result<std::vector<Requirement>> resolve(std::string_view group) const;

 private:
  std::map<std::string, std::vector<DependencyGroupItem>, std::less<>> groups_;
};

}  // namespace packhouse
