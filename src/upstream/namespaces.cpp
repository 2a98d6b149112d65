#include "upstream/namespaces.hpp"

#include <algorithm>
#include <set>

namespace packhouse::upstream {

bool is_within(std::string_view name, std::string_view space) {
  return name == space || (name.starts_with(space) && name.substr(space.size()).starts_with('-'));
}

Result<std::vector<std::string>> Namespaces::all() const {
  std::set<std::string, std::less<>> spaces = configured_.prefixes();
  TRY(const auto reserved, store_.upstreams().reserved());
  for (const auto& name : reserved)
    if (name.prefix) spaces.insert(name.name);
  return std::vector<std::string>(spaces.begin(), spaces.end());
}

Result<std::vector<std::string>> Namespaces::of(std::string_view project) const {
  TRY(auto spaces, all());
  std::erase_if(spaces, [&](const std::string& space) { return !is_within(project, space); });
  return spaces;  // each is the beginning of the next
}

NamespaceDetail detail_of(std::string_view space, const std::vector<std::string>& all) {
  const auto last = [](std::string_view name) { return name.substr(0, name.rfind('-')); };
  NamespaceDetail detail;
  for (const auto& each : all) {
    if (each.size() < space.size() && last(space) == each) detail.parent = each;
    if (each.size() > space.size() && last(each) == space) detail.children.push_back(each);
  }
  return detail;
}

}  // namespace packhouse::upstream
