#include <array>

#include "dist/checks/check_table.hpp"

namespace packhouse::dist {
namespace {

constexpr std::string_view build_again =
    "keep exactly the build's dist/*.whl and dist/*.tar.gz as the artifact";

constexpr std::array infos{
    CheckInfo{"artifact.flat", Severity::refuse, true, "files in no folder", build_again},
    CheckInfo{"artifact.only-distributions", Severity::refuse, true, "wheels and sdists only", build_again},
    CheckInfo{"artifact.has-wheel", Severity::refuse, false, "at least one wheel", build_again},
    CheckInfo{"artifact.has-sdist", Severity::refuse, false, "at least one sdist", build_again},
    // Found by Artifact::extract(); its caller reports it under this name.
    CheckInfo{"artifact.intact", Severity::refuse, true, "files that unpack whole", build_again},
};

}  // namespace

std::span<const CheckInfo> artifact_check_infos() {
  return infos;
}

}  // namespace packhouse::dist
