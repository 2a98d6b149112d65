#include "model/release_label.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::string_view no_ci_provenance = "no-ci-provenance";

}  // namespace

std::string_view to_string(ReleaseLabel label) noexcept {
  switch (label) {
    case ReleaseLabel::no_ci_provenance:
      return no_ci_provenance;
  }
  return {};
}

Result<ReleaseLabel> parse_release_label(std::string_view text) {
  if (text == no_ci_provenance) return ReleaseLabel::no_ci_provenance;
  return Error{Errc::invalid_input,
               fmt::format("expected the label \"{}\", found {}", no_ci_provenance, quote(text))};
}

}  // namespace packhouse
