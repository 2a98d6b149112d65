#include "upstream/name_rules.hpp"

#include <fmt/format.h>

namespace packhouse::upstream {
namespace {

Result<std::set<std::string, std::less<>>> normalised(const std::vector<std::string>& texts) {
  std::set<std::string, std::less<>> names;
  for (const auto& text : texts) {
    TRY(const auto name, ProjectName::parse(text));
    names.insert(name.str());
  }
  return names;
}

}  // namespace

Result<NameSet> NameSet::parse(const std::vector<std::string>& names,
                               const std::vector<std::string>& prefixes) {
  NameSet reserved;
  TRY(reserved.names_, normalised(names));
  TRY(reserved.prefixes_, normalised(prefixes));
  return reserved;
}

Result<NameSet> NameSet::parse(const std::vector<std::string>& patterns) {
  constexpr std::string_view wildcard = "-*";
  std::vector<std::string> names;
  std::vector<std::string> prefixes;
  for (const auto& pattern : patterns) {
    if (pattern.ends_with(wildcard)) {
      prefixes.push_back(pattern.substr(0, pattern.size() - wildcard.size()));
    } else {
      names.push_back(pattern);
    }
  }
  return parse(names, prefixes);
}

bool NameSet::has(const ProjectName& name) const {
  return names_.contains(name.str());
}

std::string_view NameSet::prefix_of(const ProjectName& name) const {
  const std::string_view whole = name.str();
  for (auto end = whole.size(); end != std::string_view::npos; end = whole.rfind('-', end - 1)) {
    const auto found = prefixes_.find(whole.substr(0, end));
    if (found != prefixes_.end()) return *found;
  }
  return {};
}

NameOrigin origin_of(const ProjectName& name, NameClaim claim, const NameSet& reserved) {
  if (claim == NameClaim::project) return {.reason = "a project of this server has the name"};
  if (claim == NameClaim::session) return {.reason = "an open publishing session has the name"};
  if (claim == NameClaim::reservation) return {.reason = "the name is reserved on this server"};
  if (reserved.has(name)) return {.reason = "the configuration reserves the name"};
  if (const auto prefix = reserved.prefix_of(name); !prefix.empty())
    return {.reason = fmt::format("the configuration reserves the prefix {}", prefix)};
  return {.upstream = true, .reason = "nothing on this server has the name"};
}

}  // namespace packhouse::upstream
