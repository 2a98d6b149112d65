#include "model/project.hpp"

#include <algorithm>
#include <stdexcept>

namespace packhouse {

const Release* ProjectDetail::find_release(const Version& version) const {
  const auto found = std::ranges::find(releases, version, &Release::version);
  return found == releases.end() ? nullptr : &*found;
}

std::vector<ReleaseFiles> by_release(const ProjectDetail& project) {
  std::vector<ReleaseFiles> releases;
  releases.reserve(project.releases.size());
  auto next = project.files.begin();
  for (const Release& release : project.releases) {
    const auto end = std::find_if(next, project.files.end(),
                                  [&](const File& file) { return file.release.version != release.version; });
    releases.push_back({.release = &release, .files = std::span(next, end)});
    next = end;
  }
  if (next != project.files.end())
    throw std::logic_error("a project's files are not in the order of its releases");
  return releases;
}

}  // namespace packhouse
