#include <array>

#include "dist/checks/check_table.hpp"

namespace packhouse::dist {
namespace {

constexpr auto refuse = Severity::refuse;
constexpr std::string_view build_both = "build the wheels from this sdist, in one run";

constexpr std::array infos{
    CheckInfo{"release.one-version", refuse, true, "files of one project and one version",
              "keep other projects' and versions' files in a release of their own"},
    CheckInfo{"release.single-sdist", refuse, false, "at most one sdist",
              "keep the one that the wheels were built from"},
    CheckInfo{"release.static-fields", refuse, false,
              "in each wheel the sdist's fields that are not Dynamic, unchanged (PEP 643)", build_both},
    CheckInfo{"release.extended-fields", refuse, false,
              "in each wheel all of the sdist's values of a Dynamic field, in their order (PEP 808)",
              build_both},
};

}  // namespace

std::span<const CheckInfo> release_check_infos() {
  return infos;
}

}  // namespace packhouse::dist
