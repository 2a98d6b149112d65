#include "pep/dependency_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pep/project_name.hpp"

namespace packhouse {
namespace {

constexpr std::size_t max_requirements = 100'000;
constexpr std::size_t max_inclusions = 1000;  // on one path; each is a step of recursion

using Groups = std::map<std::string, std::vector<DependencyGroupItem>, std::less<>>;

Error invalid(std::string message) {
  return {Errc::invalid_input, std::move(message)};
}

class Resolution {
 public:
  explicit Resolution(const Groups& groups) : groups_(groups) {}

  Status include(std::string_view name) {
    const std::string group = normalize_name(name);
    const auto found = groups_.find(group);
    if (found == groups_.end())
      return invalid(fmt::format("expected a dependency group, found no {}", quote(name)));
    if (std::ranges::find(path_, group) != path_.end()) {
      return invalid(
          fmt::format("expected dependency groups to include no group twice on one path, found {} -> {}",
                      fmt::join(path_, " -> "), group));
    }
    if (path_.size() == max_inclusions) {
      return invalid(fmt::format("expected at most {} nested dependency groups", max_inclusions));
    }
    path_.push_back(group);
    for (const auto& item : found->second)
      CHECK_OK(add(item));
    path_.pop_back();
    return success();
  }

  std::vector<Requirement> take() { return std::move(requirements_); }

 private:
  Status add(const DependencyGroupItem& item) {
    // Counted for inclusions too: groups that include empty ones twice would double the work, not the result.
    if (++steps_ > max_requirements) {
      return invalid(fmt::format("expected at most {} requirements in a dependency group", max_requirements));
    }
    if (const auto* inclusion = std::get_if<DependencyGroupInclude>(&item)) return include(inclusion->group);
    auto requirement = Requirement::parse(std::get<std::string>(item));
    if (!requirement.ok()) return std::move(requirement.error()).context("dependency group " + path_.back());
    requirements_.push_back(std::move(*requirement));
    return success();
  }

  const Groups& groups_;
  std::vector<std::string> path_;
  std::vector<Requirement> requirements_;
  std::size_t steps_ = 0;
};

}  // namespace

Result<DependencyGroups> DependencyGroups::from_table(const DependencyGroupTable& table) {
  DependencyGroups groups;
  for (const auto& [name, items] : table) {
    if (!groups.groups_.try_emplace(normalize_name(name), items).second) {
      return invalid(
          fmt::format("expected dependency group names to differ in their normal form, found {} twice",
                      quote(normalize_name(name))));
    }
  }
  return groups;
}

Result<std::vector<Requirement>> DependencyGroups::resolve(std::string_view group) const {
  Resolution resolution(groups_);
  CHECK_OK(resolution.include(group));
  return resolution.take();
}

}  // namespace packhouse
