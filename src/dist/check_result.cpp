#include "dist/check_result.hpp"

namespace packhouse::dist {

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::off:
      return "off";
    case Severity::warn:
      return "warn";
    case Severity::refuse:
      return "refuse";
  }
  return "refuse";
}

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::warned:
      return "warned";
    case Outcome::refused:
      return "refused";
    case Outcome::skipped:
      return "skipped";
  }
  return "passed";
}

}  // namespace packhouse::dist
