#include "dist/release_report.hpp"

#include <algorithm>

namespace packhouse::dist {
namespace {

bool none_refused(const std::vector<CheckResult>& results) {
  return std::ranges::find(results, Outcome::refused, &CheckResult::outcome) == results.end();
}

}  // namespace

bool ReleaseReport::accepted() const noexcept {
  return none_refused(members) && none_refused(release) && std::ranges::all_of(files, &Report::accepted);
}

}  // namespace packhouse::dist
