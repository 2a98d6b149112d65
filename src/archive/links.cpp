#include "archive/links.hpp"

#include <set>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace packhouse::archive {
namespace {

std::string_view top_of(std::string_view path) {
  return path.substr(0, path.find('/'));
}

bool symlink_stays_inside(const Member& link) {
  const std::string_view target = link.link_target;
  if (target.empty() || target.front() == '/' || target.find_first_of("\\:") != std::string_view::npos)
    return false;
  auto folder = split(link.name, '/');
  folder.pop_back();
  bool descends = false;
  for (const auto segment : split(target, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      descends = true;
      folder.push_back(segment);
      continue;
    }
    // ".." after a name would climb from wherever that name, perhaps a link, leads.
    if (descends || folder.empty()) return false;
    folder.pop_back();
  }
  return !folder.empty() && folder.front() == top_of(link.name);
}

}  // namespace

void check_links(std::span<const Member> members, bool allowed, Violations& violations) {
  std::set<std::string_view> files;
  for (const auto& member : members) {
    const auto found = [&] { return quote(member.name) + " to " + quote(member.link_target); };
    if (member.type == MemberType::symlink && !(allowed && symlink_stays_inside(member))) {
      violations.add(Rule::member_symlink, found());
    }
    if (member.type == MemberType::hardlink) {
      const bool inside =
          files.contains(member.link_target) && top_of(member.link_target) == top_of(member.name);
      if (!(allowed && inside)) violations.add(Rule::member_hardlink, found());
    }
    if (member.type == MemberType::file && member.name.contains('/')) files.insert(member.name);
  }
}

}  // namespace packhouse::archive
